package stripetest

import "time"

var subscriptionOperations = map[string]operation{
	"GET /v1/subscriptions":                              listWhere("subscription", subscriptionMatches),
	"GET /v1/subscriptions/{subscription_exposed_id}":    retrieve("subscription"),
	"POST /v1/subscriptions/{subscription_exposed_id}":   updateSubscription,
	"DELETE /v1/subscriptions/{subscription_exposed_id}": cancelSubscription,
	"GET /v1/subscription_items":                         listItems,
	"GET /v1/subscription_items/{item}":                  retrieve("subscription_item"),
}

// subscriptionMatches hides canceled subscriptions unless a status asks for them.
func subscriptionMatches(c *call, s object) bool {
	status := s.str("status")
	switch wanted := c.str("status"); {
	case wanted == "" && status == "canceled":
		return false
	case wanted == "ended" && status != "canceled" && status != "incomplete_expired":
		return false
	case wanted != "" && wanted != "all" && wanted != "ended" && wanted != status:
		return false
	case c.has("customer") && c.str("customer") != s.str("customer"):
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

func listItems(c *call) (object, error) {
	s, err := c.lookup("subscription", c.str("subscription"), "subscription")
	if err != nil {
		return nil, err
	}
	return c.page(s.data("items"))
}

// newSubscription stores a subscription to the recurring lines, and makes and pays its first invoice,
// which takes the one-time lines too. A trial ends at the given second; 0 is none.
func (a *Account) newSubscription(customer object, lines []object, trialEnd int64, fields object) object {
	id, start := a.newID("sub"), a.now()
	var items, once []object
	for _, line := range lines {
		if line.hash("price").hash("recurring") == nil {
			once = append(once, line)
			continue
		}
		items = append(items, a.add(a.newItem(id, line.hash("price"), line.int("quantity"))))
	}
	s := newObject("subscription", object{
		"id": id, "automatic_tax": object{"enabled": false, "liability": nil}, "billing_cycle_anchor": start, "collection_method": "charge_automatically",
		"cancellation_details": object{"comment": nil, "feedback": nil, "reason": nil},
		"created":              start, "currency": lines[0].str("currency"), "current_period_start": start, "customer": customer.id(),
		"default_tax_rates": []any{}, "items": listOf("/v1/subscription_items?subscription="+id, items), "livemode": a.livemode,
		"metadata": object{}, "start_date": start, "status": "incomplete",
		"payment_settings": object{"payment_method_options": nil, "payment_method_types": nil, "save_default_payment_method": "off"},
		"trial_settings":   object{"end_behavior": object{"missing_payment_method": "create_invoice"}},
	})
	s.merge(fields)
	a.showPlan(s)
	s["current_period_end"] = periodEnd(s, start)
	if trialEnd > 0 {
		s.merge(object{"status": "trialing", "trial_start": start, "trial_end": trialEnd, "billing_cycle_anchor": trialEnd, "current_period_end": trialEnd})
	}
	s = a.add(s)
	a.emit("customer.subscription.created", s, nil)
	a.schedule(s)
	a.scheduleTrialNotice(s)
	a.firstInvoice(s, once)
	return s
}

// newItem is a subscription item, not stored yet. The subscription's own list holds a copy of what
// is stored.
func (a *Account) newItem(subscription string, price object, quantity int64) object {
	return newObject("subscription_item", object{
		"id": a.newID("si"), "created": a.now(), "metadata": object{}, "plan": planOf(price), "price": price,
		"quantity": quantity, "subscription": subscription, "tax_rates": []any{},
	})
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

// periodEnd is the first moment after start that lies a whole number of intervals from the
// subscription's anchor. Months keep the anchor's day, or end on their last one.
func periodEnd(s object, start int64) int64 {
	recurring := s.data("items")[0].hash("price").hash("recurring")
	anchor := time.Unix(s.int("billing_cycle_anchor"), 0).UTC()
	for n := recurring.int("interval_count"); ; n += recurring.int("interval_count") {
		if end := addInterval(anchor, recurring.str("interval"), int(n)).Unix(); end > start {
			return end
		}
	}
}

func addInterval(t time.Time, interval string, n int) time.Time {
	switch interval {
	case "day":
		return t.AddDate(0, 0, n)
	case "week":
		return t.AddDate(0, 0, 7*n)
	case "year":
		n *= 12
	}
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(t.Day(), last)-1)
}
