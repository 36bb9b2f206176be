package stripetest

// paymentOperations are those of everything that moves money.
var paymentOperations = joinOperations(
	paymentIntentOperations, chargeOperations, paymentMethodOperations, setupIntentOperations,
	refundOperations, disputeOperations, balanceTransactionOperations,
)

// confirm charges the intent with the method, and returns the card error, nil when the money came,
// was authorized or is on its way. Who is not there can't authenticate: that is offSession; a
// customer on a hosted page does. Confirming through the API is confirmIntent.
func (a *Account) confirm(intent, method object, offSession bool) *Error {
	failed := a.charge(method, offSession)
	charge := a.newCharge(intent, method, failed)
	intent.merge(object{"latest_charge": charge.id(), "next_action": nil})
	if failed != nil {
		a.failIntent(intent, method, charge, failed)
		return failed
	}
	intent.merge(object{"payment_method": method.id(), "last_payment_error": nil})
	a.keepMethod(intent, method)
	switch {
	case isDelayed(method):
		a.process(intent, charge)
	case intent.str("capture_method") == "manual":
		a.authorize(intent, charge)
	default:
		a.succeed(intent, charge)
	}
	return nil
}

// charge tells how charging the method ends. A card that was set up asks for no authentication off
// session unless it always does.
func (a *Account) charge(method object, offSession bool) *Error {
	return cardOf(method).charge(offSession && wantsHolder(method))
}

// wantsHolder tells a method that needs its holder to authenticate even where nobody is: any that
// asks, but those that ask only until they were set up for that.
func wantsHolder(method object) bool {
	card := cardOf(method)
	return card.asks() && (cards[card].authenticate == authenticateAlways || !method.bool("_set_up"))
}

// keepMethod saves a method that is set up for later payments of its customer; one that belongs to
// nobody is spent. Only usage off session sets a card up for payments nobody is there for.
func (a *Account) keepMethod(intent, method object) {
	if intent.str("setup_future_usage") == "off_session" {
		method["_set_up"] = true
	}
	customer := a.find("customer", intent.str("customer"))
	switch {
	case method["customer"] != nil:
	case customer != nil && intent["setup_future_usage"] != nil:
		method["customer"] = customer.id()
		if intent["invoice"] == nil { // a subscription's start doesn't tell it
			a.emit("payment_method.attached", method, nil)
		}
	default:
		method["_used"] = true
	}
}

// succeed takes the money. A subscription's events tell the charge before the intent, a one-time
// payment's after it.
func (a *Account) succeed(intent, charge object) {
	charge.merge(object{"status": "succeeded", "paid": true})
	if intent.str("capture_method") != "automatic_async" {
		a.bookCharge(charge)
	}
	intent.merge(object{"status": "succeeded", "amount_received": intent.int("amount"), "processing": nil})
	first, second := func() { a.emit("charge.succeeded", charge, nil) }, func() { a.emit("payment_intent.succeeded", intent, nil) }
	if intent["invoice"] == nil {
		first, second = second, first
	}
	first()
	second()
	a.disputeLater(charge)
}

// failIntent leaves the intent open for another card. An authentication that can't happen off
// session leaves the same state, with a code of its own.
func (a *Account) failIntent(intent, method, charge object, failed *Error) {
	intent.merge(object{
		"status": "requires_payment_method", "payment_method": nil, "processing": nil,
		"last_payment_error": failed.stored(method, charge),
	})
	a.emit("charge.failed", charge, nil)
	a.emit("payment_intent.payment_failed", intent, nil)
	failed.Charge, failed.intent, failed.method, failed.PaymentIntent = charge.id(), intent.clone(), method.clone(), intent.id()
}

// stored is the error as an intent remembers it.
func (e *Error) stored(method, charge object) object {
	o := object{
		"type": e.Type, "code": e.Code, "message": e.Message, "payment_method": method.public(),
		"doc_url": "https://stripe.com/docs/error-codes/" + dashed(e.Code),
	}
	if e.DeclineCode != "" {
		o["decline_code"] = e.DeclineCode
	}
	if charge != nil {
		o["charge"] = charge.id()
	}
	return o
}
