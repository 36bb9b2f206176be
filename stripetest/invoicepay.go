package stripetest

import (
	"cmp"
	"net/http"
)

// attempt is one try to collect an invoice.
type attempt struct {
	method     object // nil takes the default of invoice, subscription or customer
	offSession bool
	automatic  bool   // made by the schedule, not by a request
	deferred   bool   // not made yet: somebody will confirm the payment intent
	base       string // what the link to the authentication page begins with, for a request of the API
}

// attempt charges an open invoice and returns why that failed, nil when it is paid or the money is on
// its way.
func (a *Account) attempt(invoice object, try attempt) *Error {
	s := a.find("subscription", invoice.str("subscription"))
	if try.method == nil {
		try.method = a.methodFor(invoice, s)
	}
	intent := a.intentFor(invoice)
	invoice["_attempt"] = invoice.int("attempt_count")
	if try.automatic || invoice.int("attempt_count") == 0 { // others don't move the schedule
		invoice["_attempt"] = invoice.int("attempt_count") + 1
	}
	failed := noMethod()
	if try.method != nil {
		failed = a.confirmFor(intent, try)
	}
	switch {
	case failed != nil:
		a.unpaid(invoice)
	case intent.str("status") == "requires_action":
		a.emit("invoice.payment_action_required", invoice, nil)
		a.awaitPayment(invoice)
	case intent.str("status") == "succeeded":
		a.settle(invoice, s)
	default:
		a.onItsWay(invoice, s)
	}
	return failed
}

// confirmFor charges an invoice's intent. A card that wants authentication makes that the intent's
// next action: through the API, when the customer is said to be there, that is no failure; off session
// it is one too.
func (a *Account) confirmFor(intent object, try attempt) *Error {
	asks := cardOf(try.method).asks()
	if try.offSession {
		asks = wantsHolder(try.method)
	}
	if !asks || try.base == "" && !try.offSession {
		return a.confirm(intent, try.method, try.offSession)
	}
	intent["payment_method"] = try.method.id()
	a.requireAction(intent, cmp.Or(try.base, a.server.base), "")
	if try.offSession {
		return actionRequired()
	}
	return nil
}

// actionRequired is the error of paying an invoice whose payment waits for authentication.
func actionRequired() *Error {
	return &Error{Status: http.StatusPaymentRequired, Type: "card_error", Code: "invoice_payment_intent_requires_action",
		Message: "This payment requires additional user action before it can be completed successfully. Payment can be completed using the PaymentIntent associated with the invoice."}
}

// foresee tells how an attempt will fail, without making it.
func (a *Account) foresee(method object, try attempt) *Error {
	if !try.offSession && cardOf(method).asks() {
		return cardOf(method).charge(true)
	}
	return a.charge(method, try.offSession)
}

// onItsWay waits for the bank that an invoice's payment was sent to. The subscription is trusted to
// be paid until then.
func (a *Account) onItsWay(invoice, s object) {
	a.timers[invoice.id()].cancel()
	a.change(invoice, "invoice.updated", func() {
		invoice.merge(object{"attempted": true, "attempt_count": invoice["_attempt"], "next_payment_attempt": nil})
	})
	a.activate(s, invoice)
}

// activate begins a subscription whose first invoice is paid or will be, and keeps what paid it.
func (a *Account) activate(s, invoice object) {
	if s == nil {
		return
	}
	begins := s.str("status") == "incomplete" && invoice.str("billing_reason") == "subscription_create"
	a.change(s, "customer.subscription.updated", func() {
		if begins {
			s["status"] = "active"
		}
		a.saveDefault(s, invoice)
	})
	if begins {
		a.schedule(s)
	}
}

// saveDefault makes the payment method of an invoice that was paid the default of its subscription,
// where payment_settings[save_default_payment_method] is on_subscription.
func (a *Account) saveDefault(s, invoice object) {
	intent := a.find("payment_intent", invoice.str("payment_intent"))
	if s.hash("payment_settings").str("save_default_payment_method") == "on_subscription" && intent.str("status") == "succeeded" {
		s["default_payment_method"] = intent["payment_method"]
	}
}

// intentFor is the invoice's payment intent, made now when it has none.
func (a *Account) intentFor(invoice object) object {
	if intent := a.find("payment_intent", invoice.str("payment_intent")); intent != nil {
		return intent
	}
	intent := a.newIntent(invoice.int("amount_due"), invoice.str("currency"), object{
		"customer": invoice["customer"], "invoice": invoice.id(), "description": intentDescription(invoice), "setup_future_usage": "off_session",
	})
	invoice["payment_intent"] = intent.id()
	return intent
}

// adopt makes an intent that was there before the invoice the invoice's own; nil is none.
func (a *Account) adopt(invoice, intent object) {
	if intent == nil {
		return
	}
	invoice["payment_intent"] = intent.id()
	intent.merge(object{
		"amount": invoice.int("amount_due"), "customer": invoice["customer"], "invoice": invoice.id(), "description": intentDescription(invoice),
	})
}

func intentDescription(invoice object) any {
	switch invoice.str("billing_reason") {
	case "subscription_create":
		return "Subscription creation"
	case "manual":
		return invoice["description"]
	}
	return "Subscription update"
}

// methodFor is what an invoice is charged to: its own default, else its subscription's, else the
// customer's. Either may be nil.
func (a *Account) methodFor(invoice, s object) object {
	customer := a.find("customer", invoice.str("customer"))
	if customer == nil {
		customer = a.find("customer", s.str("customer"))
	}
	for _, id := range []string{
		invoice.str("default_payment_method"), s.str("default_payment_method"), customer.hash("invoice_settings").str("default_payment_method"),
	} {
		if method := a.find("payment_method", id); method != nil {
			return method
		}
	}
	return nil
}

// settle marks an invoice paid. The first one makes its subscription active before the invoice's
// own events; a later one brings a subscription back after them.
func (a *Account) settle(invoice, s object) {
	a.activate(s, invoice)
	a.change(invoice, "invoice.updated", func() {
		invoice.hash("status_transitions")["paid_at"] = a.now()
		invoice.merge(object{
			"status": "paid", "paid": true, "attempted": true, "amount_paid": invoice.int("amount_due"), "amount_remaining": 0,
			"next_payment_attempt": nil, "auto_advance": false,
		})
		intent := a.find("payment_intent", invoice.str("payment_intent"))
		if intent.str("status") == "succeeded" {
			invoice["attempt_count"] = max(1, invoice.int("_attempt"))
			invoice["charge"] = intent.str("latest_charge")
		}
	})
	a.timers[invoice.id()].cancel()
	a.emit("invoice.paid", invoice, nil)
	a.emit("invoice.payment_succeeded", invoice, nil)
	a.tellPayment(invoice)
	a.recover(s, invoice)
}

// recover brings back a subscription in arrears once its latest finalized invoice asks for nothing
// any more.
func (a *Account) recover(s, invoice object) {
	status := s.str("status")
	if (status == "past_due" || status == "unpaid") && s.str("_latest_finalized") == invoice.id() {
		a.change(s, "customer.subscription.updated", func() { s["status"] = "active" })
	}
}
