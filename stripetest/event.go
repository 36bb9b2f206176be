package stripetest

// eventOperations read the account's events.
var eventOperations = map[string]operation{
	"GET /v1/events":      listWhere("event", eventMatches),
	"GET /v1/events/{id}": retrieve("event"),
}

func eventMatches(c *call, e object) bool {
	kind := e.str("type")
	if c.has("type") && !matchesType(c.str("type"), kind) {
		return false
	}
	if !c.has("types") {
		return true
	}
	for _, pattern := range c.strings("types") {
		if matchesType(pattern, kind) {
			return true
		}
	}
	return false
}

// emit records an event about the object as it is now, and queues its webhooks. before holds the
// previous_attributes of an update, nil for other events.
func (a *Account) emit(kind string, about, before object) {
	data := object{"object": about.public()}
	if before != nil {
		data["previous_attributes"] = before
	}
	request := object{"id": nil, "idempotency_key": nil}
	if a.request != nil {
		request["id"] = a.request.RequestID
		if a.request.IdempotencyKey != "" {
			request["idempotency_key"] = a.request.IdempotencyKey
		}
	}
	targets := a.endpointsFor(kind)
	event := a.add(newObject("event", object{
		"id": a.newID("evt"), "type": kind, "api_version": a.version, "created": a.now(), "data": data,
		"livemode": a.livemode, "pending_webhooks": len(targets), "request": request,
	}))
	for _, endpoint := range targets {
		a.server.enqueue(&delivery{endpoint: endpoint, event: event})
	}
}

// change edits an object and emits the event, which tells what the edit changed. An edit without
// effect has no event, as in Stripe.
func (a *Account) change(o object, kind string, edit func()) {
	before := o.public()
	edit()
	for name, value := range o {
		o[name] = normalize(value)
	}
	if was := previous(before, o.public()); len(was) > 0 {
		a.emit(kind, o, was)
	}
}
