package stripetest

var subscriptionOperations = map[string]operation{
	"POST /v1/subscriptions":                             createSubscription,
	"GET /v1/subscriptions":                              listWhere("subscription", subscriptionMatches),
	"GET /v1/subscriptions/{subscription_exposed_id}":    retrieve("subscription"),
	"POST /v1/subscriptions/{subscription_exposed_id}":   updateSubscription,
	"DELETE /v1/subscriptions/{subscription_exposed_id}": cancelSubscription,
	"POST /v1/subscriptions/{subscription}/resume":       resumeSubscription,
}

// subscriptionMatches hides canceled subscriptions unless a status asks for them.
func subscriptionMatches(c *call, s object) bool {
	status := s.str("status")
	switch wanted := c.str("status"); {
	case wanted == "" && status == "canceled":
		return false
	case wanted == "ended" && !ended(s):
		return false
	case wanted != "" && wanted != "all" && wanted != "ended" && wanted != status:
		return false
	case c.has("customer") && c.str("customer") != s.str("customer"):
		return false
	case c.has("collection_method") && c.str("collection_method") != s.str("collection_method"):
		return false
	case !c.inRange("current_period_end", s.int("current_period_end")), !c.inRange("current_period_start", s.int("current_period_start")):
		return false
	}
	if !c.has("price") {
		return true
	}
	for _, item := range s.data("items") {
		if item.hash("price").id() == c.str("price") {
			return true
		}
	}
	return false
}

// ended tells the two statuses that nothing leads out of.
func ended(s object) bool {
	return s.str("status") == "canceled" || s.str("status") == "incomplete_expired"
}

// subscriptionDraft is what a subscription is made of.
type subscriptionDraft struct {
	customer object
	items    []object // not stored yet
	once     []object // lines of the first invoice for what is paid once
	trialEnd int64    // 0 is no trial
	anchor   int64    // 0 is now
	free     bool     // the time before the anchor costs nothing
	fields   object
	intent   object // that a declined card left for the first invoice, nil for none
	pay      attempt
}

// startSubscription stores a subscription, and makes and pays its first invoice. It is active at once
// when nothing has to be paid for it now. The card error of a first payment that failed is returned,
// and leaves the subscription incomplete.
func (a *Account) startSubscription(d subscriptionDraft) (object, *Error) {
	s := a.add(a.draftedSubscription(d))
	for _, item := range s.data("items") {
		a.add(item)
	}
	first := a.firstInvoice(s, d)
	if first.due > 0 && s.str("status") == "active" && s.str("collection_method") == "charge_automatically" {
		s["status"] = "incomplete"
	}
	first.id = a.newID("in")
	s["latest_invoice"] = first.id
	a.emit("customer.subscription.created", s, nil)
	a.schedule(s)
	a.noticeTrial(s)
	invoice := a.newInvoice(first)
	a.adopt(invoice, d.intent)
	if s.str("collection_method") == "send_invoice" {
		a.advanceLater(invoice)
		return s, nil
	}
	return s, a.collectNow(invoice, d.pay)
}

// firstInvoice bills the start of a subscription.
func (a *Account) firstInvoice(s object, d subscriptionDraft) invoiceDraft {
	var lines []object
	if !d.free || d.anchor == 0 || d.trialEnd > 0 {
		lines = a.itemLines(s)
	}
	return a.draftInvoice(s, "subscription_create", append(lines, d.once...))
}

// draftedSubscription is the subscription before anything is due.
func (a *Account) draftedSubscription(d subscriptionDraft) object {
	id, start := a.newID("sub"), a.now()
	for _, item := range d.items {
		item["subscription"] = id
	}
	s := newObject("subscription", object{
		"id": id, "automatic_tax": object{"enabled": false, "liability": nil}, "billing_cycle_anchor": start, "collection_method": "charge_automatically",
		"cancellation_details": object{"comment": nil, "feedback": nil, "reason": nil},
		"created":              start, "currency": d.items[0].hash("price").str("currency"), "current_period_start": start, "customer": d.customer.id(),
		"default_tax_rates": []any{}, "items": listOf("/v1/subscription_items?subscription="+id, d.items), "livemode": a.livemode,
		"metadata": object{}, "start_date": start, "status": "active",
		"payment_settings": object{"payment_method_options": nil, "payment_method_types": nil, "save_default_payment_method": "off"},
		"trial_settings":   object{"end_behavior": object{"missing_payment_method": "create_invoice"}},
	})
	s.merge(d.fields)
	a.showPlan(s)
	if d.anchor > 0 {
		s["billing_cycle_anchor"] = d.anchor
	}
	s["current_period_end"] = periodEnd(s, start)
	if d.trialEnd > 0 {
		s.merge(object{"status": "trialing", "trial_start": start, "trial_end": d.trialEnd, "billing_cycle_anchor": d.trialEnd, "current_period_end": d.trialEnd})
	}
	if s.bool("cancel_at_period_end") {
		s.merge(object{"cancel_at": s.int("current_period_end")})
	}
	return s
}

// showPlan keeps the legacy fields: a plan and quantity at the top while there is one item only.
func (a *Account) showPlan(s object) {
	items := s.data("items")
	s["plan"], s["quantity"] = nil, nil
	if len(items) == 1 {
		s["plan"], s["quantity"] = normalize(items[0]["plan"]), items[0]["quantity"]
	}
	s.hash("items")["total_count"] = int64(len(items))
}
