package stripetest

import (
	"slices"
	"time"
)

// eventOperations read the account's events.
var eventOperations = map[string]operation{
	"GET /v1/events":      listWhere("event", eventMatches),
	"GET /v1/events/{id}": getEvent,
}

// eventLife is how long Stripe keeps an event.
const eventLife = 30 * 24 * time.Hour

func (a *Account) expired(e object) bool {
	return e.int("created") <= a.server.clock.now().Add(-eventLife).Unix()
}

func getEvent(c *call) (object, error) {
	e, err := c.lookup("event", c.pathID(), "")
	if err == nil && c.expired(e) {
		return nil, missingObject("event", c.pathID(), "")
	}
	return e, err
}

func eventMatches(c *call, e object) bool {
	kind := e.str("type")
	switch {
	case c.expired(e):
		return false
	case c.has("type") && !matchesType(c.str("type"), kind):
		return false
	case c.has("delivery_success") && c.bool("delivery_success") != (e.int("pending_webhooks") == 0):
		return false
	}
	return !c.has("types") || slices.ContainsFunc(c.strings("types"), func(p string) bool { return matchesType(p, kind) })
}

// emit records an event about the object as it is now, and sends its webhooks on their way. before
// holds the previous_attributes of an update, nil for other events.
func (a *Account) emit(kind string, about, before object) {
	a.tellDescribed()
	if a.withheld != nil {
		*a.withheld = append(*a.withheld, withheldEvent{kind, about, before})
		return
	}
	a.publish(a.newEvent(kind, about, before), true)
}

// newEvent is an event that isn't stored yet.
func (a *Account) newEvent(kind string, about, before object) object {
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
	return newObject("event", object{
		"id": a.newID("evt"), "type": kind, "api_version": a.version, "created": a.now(), "data": data,
		"livemode": a.livemode, "pending_webhooks": 0, "request": request,
	})
}

// publish stores an event, if it is the account's own, and sends its webhooks on their way.
func (a *Account) publish(event object, listed bool) {
	targets := a.endpointsFor(event.str("type"))
	event["pending_webhooks"] = int64(len(targets))
	if listed {
		event = a.add(event)
		a.forgetEvents()
	}
	for _, endpoint := range targets {
		a.server.dispatch(&Delivery{server: a.server, endpoint: endpoint, event: event, arrived: new(bool)})
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
