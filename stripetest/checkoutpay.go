package stripetest

import (
	"slices"
	"strings"
)

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

// payer is the customer on the page: a card just entered, or a payment method made before.
type payer struct {
	card   Card
	email  string
	method object
}

func (a *Account) pay(sessionID string, card Card, email string) error {
	return a.payAs(sessionID, payer{card: card, email: email})
}

// openSession is a session that can be paid: neither over, nor its customer deleted.
func (a *Account) openSession(id string) (object, error) {
	session, err := a.lookup("checkout.session", id, "")
	if err != nil {
		return nil, err
	}
	if status := session.str("status"); status != "open" {
		return nil, badRequest("This Checkout Session is " + status + ".")
	}
	if customer := session.str("customer"); customer != "" && a.find("customer", customer) == nil {
		return nil, missingObject("customer", customer, "")
	}
	return session, nil
}

func (a *Account) payAs(sessionID string, p payer) error {
	session, err := a.openSession(sessionID)
	if err != nil {
		return err
	}
	if known := session.str("customer_email"); known != "" {
		p.email = known
	}
	if !slices.Contains(session.strings("payment_method_types"), p.card.kind()) {
		return badRequest("This Checkout Session takes " + strings.Join(session.strings("payment_method_types"), ", ") + ", and no " + p.card.kind() + ".")
	}
	if paysFirst(session) {
		defer a.withhold(paidCheckout)()
	}
	var failed *Error
	if session.str("mode") == "subscription" {
		failed = a.paySubscription(session, p)
	} else {
		failed = a.payOnce(session, p)
	}
	if failed != nil {
		return failed
	}
	a.timers[session.id()].cancel()
	session.merge(object{"status": "complete", "url": nil, "customer_details": a.payer(session, p.email)})
	a.emit("checkout.session.completed", session, nil)
	a.bookLate(a.chargeOf(session))
	return nil
}

// chargeOf is the charge of a one-time session.
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
		if session["customer_creation"] != nil { // made for a card that was declined
			a.change(customer, "customer.updated", func() { customer["email"] = email })
		}
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
func (a *Account) payOnce(session object, p payer) *Error {
	if session.int("amount_total") == 0 {
		a.onceCustomer(session, p.email)
		session["payment_status"] = "no_payment_required"
		return nil
	}
	intent := a.sessionIntent(session, p.email)
	if failed := a.confirm(intent, a.onceMethod(p), false); failed != nil {
		return failed
	}
	if intent.str("status") == "succeeded" { // else the money is on its way, or awaits its capture
		session["payment_status"] = "paid"
	}
	return nil
}

// onceCustomer is the customer of a session in payment mode, who may stay a guest: nil.
func (a *Account) onceCustomer(session object, email string) any {
	if session["customer"] != nil || session.str("customer_creation") == "always" || session.hash("_payment_intent_data")["setup_future_usage"] != nil {
		return a.customerFor(session, email).id()
	}
	return nil
}

// sessionIntent is the payment intent of a session in payment mode, made when the customer first tries
// to pay.
func (a *Account) sessionIntent(session object, email string) object {
	customer := a.onceCustomer(session, email)
	if intent := a.find("payment_intent", session.str("payment_intent")); intent != nil {
		return intent
	}
	fields := object{"_session": session.id(), "capture_method": "automatic_async", "customer": customer, "payment_method_types": session["payment_method_types"]}
	fields.merge(session.hash("_payment_intent_data"))
	intent := a.newIntent(session.int("amount_total"), session.str("currency"), fields)
	session["payment_intent"] = intent.id()
	return intent
}

func (a *Account) onceMethod(p payer) object {
	if p.method != nil {
		return p.method
	}
	return a.newPaymentMethod(p.card, nil, object{"address": noAddress(), "email": p.email, "name": nil, "phone": nil})
}
