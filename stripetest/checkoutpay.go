package stripetest

import "net/http"

// payerEmail is what the customer types when neither the session nor its customer has an address.
const payerEmail = "jenny.rosen@example.com"

// CompleteCheckout pays an open Checkout Session with the card, as the page's button does. The card
// error of a declined one is an *Error, and leaves the session open.
func (a *Account) CompleteCheckout(sessionID string, card Card) error {
	a.server.tick()
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	return a.pay(sessionID, card, payerEmail)
}

func (a *Account) pay(sessionID string, card Card, email string) error {
	session, err := a.lookup("checkout.session", sessionID, "")
	if err != nil {
		return err
	}
	if session.str("status") != "open" {
		return &Error{Status: http.StatusBadRequest, Type: "invalid_request_error",
			Message: "This Checkout Session is " + session.str("status") + "."}
	}
	if known := session.str("customer_email"); known != "" {
		email = known
	}
	if paysFirst(session) {
		defer a.withhold(paidCheckout)()
	}
	var failed *Error
	if session.str("mode") == "subscription" {
		failed = a.paySubscription(session, card, email)
	} else {
		failed = a.payOnce(session, card, email)
	}
	if failed != nil {
		return failed
	}
	a.timers[session.id()].cancel()
	session.merge(object{"status": "complete", "url": nil, "customer_details": a.payer(session, email)})
	a.emit("checkout.session.completed", session, nil)
	if charge := a.chargeOf(session); charge != nil {
		a.change(charge, "charge.updated", func() { charge["balance_transaction"] = a.newID("txn") })
	}
	return nil
}

// chargeOf is the charge of a one-time session, which learns its balance transaction at the end.
func (a *Account) chargeOf(session object) object {
	intent := a.find("payment_intent", session.str("payment_intent"))
	return a.find("charge", intent.str("latest_charge"))
}

func (a *Account) payer(session object, email string) object {
	customer := a.find("customer", session.str("customer"))
	var name any
	if customer != nil {
		name = customer["name"]
		if known := customer.str("email"); known != "" {
			email = known
		}
	}
	return object{"address": nil, "email": email, "name": name, "phone": nil, "tax_exempt": "none", "tax_ids": []any{}}
}

// customerFor is the session's customer, made now when it has none yet.
func (a *Account) customerFor(session object, email string) object {
	if customer := a.find("customer", session.str("customer")); customer != nil {
		return customer
	}
	customer := a.newCustomer()
	customer["email"] = email
	customer = a.add(customer)
	a.emit("customer.created", customer, nil)
	session["customer"] = customer.id()
	return customer
}

// payOnce pays a session in payment mode. A declined card leaves its payment intent on the session
// for the next try.
func (a *Account) payOnce(session object, card Card, email string) *Error {
	var customer any
	if session["customer"] != nil || session.str("customer_creation") == "always" {
		customer = a.customerFor(session, email).id()
	}
	if session.int("amount_total") == 0 {
		session["payment_status"] = "no_payment_required"
		return nil
	}
	intent := a.find("payment_intent", session.str("payment_intent"))
	if intent == nil {
		data := session.hash("_payment_intent_data")
		intent = a.newIntent(session.int("amount_total"), session.str("currency"), object{
			"customer": customer, "metadata": data["metadata"], "description": data["description"],
		})
		session["payment_intent"] = intent.id()
	}
	method := a.newPaymentMethod(card, nil, object{"address": noAddress(), "email": email, "name": nil, "phone": nil})
	if failed := a.confirm(intent, method, false); failed != nil {
		return failed
	}
	session["payment_status"] = "paid"
	return nil
}

// paySubscription makes the subscription and pays its first invoice. Checkout looks at the card
// first: a declined one makes nothing, and the session stays open.
func (a *Account) paySubscription(session object, card Card, email string) *Error {
	data := session.hash("_subscription_data")
	trial := a.trialEnd(data)
	failed := card.store()
	if trial == 0 && session.int("amount_total") > 0 {
		failed = card.charge(false)
	}
	if failed != nil {
		return failed
	}
	customer := a.customerFor(session, email)
	method := a.newPaymentMethod(card, customer.id(), billingOf(customer))
	subscription := a.newSubscription(customer, session.data("_line_items"), trial, object{
		"metadata": data["metadata"], "description": data["description"], "default_payment_method": method.id(),
	})
	session["subscription"] = subscription.id()
	invoice := a.find("invoice", subscription.str("latest_invoice"))
	session["invoice"] = invoice.id()
	session["payment_status"] = "paid"
	if trial > 0 && invoice.int("total") == 0 {
		session["payment_status"] = "no_payment_required"
	}
	return nil
}

// trialEnd is the end of the trial a session asks for, 0 for none.
func (a *Account) trialEnd(data object) int64 {
	if days := data.int("trial_period_days"); days > 0 {
		return a.now() + days*24*60*60
	}
	return data.int("trial_end")
}
