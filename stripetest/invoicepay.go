package stripetest

import "time"

// retryWaits are the days between the attempts to collect a renewal; after the last the
// subscription is canceled.
var retryWaits = []time.Duration{3 * 24 * time.Hour, 5 * 24 * time.Hour, 7 * 24 * time.Hour}

// firstInvoice bills the start of a subscription at once.
func (a *Account) firstInvoice(s object, once []object) {
	var lines []object
	for _, item := range s.data("items") {
		lines = append(lines, a.itemLine(s, item))
	}
	for _, extra := range once {
		price := extra.hash("price")
		lines = append(lines, a.newLine(price, extra.int("quantity"), extra.int("amount_total"), a.describe(price, extra.int("quantity"))))
	}
	invoice := a.newInvoice(s, "subscription_create", lines)
	a.finalize(invoice)
	a.attempt(invoice, false)
}

// collect finalizes a renewal's draft and charges it.
func (a *Account) collect(invoice object) {
	if invoice.str("status") != "draft" {
		return
	}
	a.finalize(invoice)
	a.attempt(invoice, true)
}

// attempt charges an open invoice; one of nothing is paid without a charge.
func (a *Account) attempt(invoice object, offSession bool) {
	s := a.find("subscription", invoice.str("subscription"))
	if invoice.str("status") != "open" {
		return
	}
	if invoice.int("amount_due") == 0 {
		a.settle(invoice, s)
		return
	}
	method := a.methodFor(s)
	intent := a.find("payment_intent", invoice.str("payment_intent"))
	if intent == nil {
		intent = a.newIntent(invoice.int("amount_due"), invoice.str("currency"), object{
			"customer": invoice["customer"], "invoice": invoice.id(), "description": intentDescription(invoice), "setup_future_usage": "off_session",
		})
		invoice["payment_intent"] = intent.id()
	}
	failed := a.confirm(intent, method, offSession)
	if failed == nil {
		a.settle(invoice, s)
		return
	}
	a.unpaid(invoice, s)
}

func intentDescription(invoice object) string {
	if invoice.str("billing_reason") == "subscription_create" {
		return "Subscription creation"
	}
	return "Subscription update"
}

// methodFor is what a subscription charges: its own default, else the customer's.
func (a *Account) methodFor(s object) object {
	id := s.str("default_payment_method")
	if id == "" {
		id = a.find("customer", s.str("customer")).hash("invoice_settings").str("default_payment_method")
	}
	return a.find("payment_method", id)
}

// settle marks an invoice paid. The first one makes its subscription active before the invoice's
// own events; a later one brings a subscription back after them.
func (a *Account) settle(invoice, s object) {
	if s.str("status") == "incomplete" {
		a.change(s, "customer.subscription.updated", func() { s["status"] = "active" })
	}
	a.change(invoice, "invoice.updated", func() {
		invoice.hash("status_transitions")["paid_at"] = a.now()
		invoice.merge(object{
			"status": "paid", "paid": true, "attempted": true, "amount_paid": invoice.int("amount_due"), "amount_remaining": 0,
			"next_payment_attempt": nil, "auto_advance": false,
		})
		if intent := a.find("payment_intent", invoice.str("payment_intent")); intent != nil {
			invoice["attempt_count"] = invoice.int("attempt_count") + 1
			invoice["charge"] = intent.str("latest_charge")
		}
	})
	a.timers[invoice.id()].cancel()
	a.emit("invoice.paid", invoice, nil)
	a.emit("invoice.payment_succeeded", invoice, nil)
	if status := s.str("status"); status == "past_due" || status == "unpaid" {
		a.change(s, "customer.subscription.updated", func() { s["status"] = "active" })
	}
}

// unpaid counts a failed attempt and plans the next. A first invoice has none: its subscription
// stays incomplete.
func (a *Account) unpaid(invoice, s object) {
	attempts := invoice.int("attempt_count") + 1
	first := invoice.str("billing_reason") == "subscription_create"
	last := attempts > int64(len(retryWaits))
	a.change(invoice, "invoice.updated", func() {
		invoice.merge(object{"attempted": true, "attempt_count": attempts, "next_payment_attempt": nil})
		if !first && !last {
			next := a.server.clock.now().Add(retryWaits[attempts-1])
			invoice["next_payment_attempt"] = next.Unix()
			a.timers[invoice.id()] = a.server.at(next, func() { a.attempt(invoice, true) })
		}
	})
	a.emit("invoice.payment_failed", invoice, nil)
	switch {
	case first || s.str("status") == "canceled":
	case last:
		a.end(s, "payment_failed")
	case s.str("status") != "past_due":
		a.change(s, "customer.subscription.updated", func() { s["status"] = "past_due" })
	}
}
