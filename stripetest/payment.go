package stripetest

var paymentOperations = map[string]operation{
	"GET /v1/payment_intents":                  list("payment_intent", "customer"),
	"GET /v1/payment_intents/{intent}":         retrieve("payment_intent"),
	"GET /v1/charges":                          list("charge", "customer", "payment_intent"),
	"GET /v1/charges/{charge}":                 retrieve("charge"),
	"GET /v1/payment_methods/{payment_method}": retrieve("payment_method"),
}

// newIntent stores a payment intent that awaits its payment.
func (a *Account) newIntent(amount int64, currency string, fields object) object {
	id := a.newID("pi")
	intent := newObject("payment_intent", object{
		"id": id, "amount": amount, "amount_capturable": 0, "amount_received": 0, "amount_details": object{"tip": object{}},
		"capture_method": "automatic", "client_secret": id + "_secret_" + a.server.random(25), "confirmation_method": "automatic",
		"created": a.now(), "currency": currency, "livemode": a.livemode, "metadata": object{}, "payment_method_types": []string{"card"},
		"status": "requires_payment_method",
		"payment_method_options": object{"card": object{
			"installments": nil, "mandate_options": nil, "network": nil, "request_three_d_secure": "automatic",
		}},
	})
	intent.merge(fields)
	intent = a.add(intent)
	a.emit("payment_intent.created", intent, nil)
	return intent
}

// confirm pays an intent. Who is not there can't authenticate: that is offSession. It returns the
// card error, nil when the money came. A subscription's events tell the charge before the intent,
// a one-time payment's after it.
func (a *Account) confirm(intent, method object, offSession bool) *Error {
	failed := cardOf(method).charge(offSession)
	charge := a.newCharge(intent, method, failed)
	intent["latest_charge"] = charge.id()
	if failed != nil {
		a.failIntent(intent, method, charge, failed)
		return failed
	}
	intent.merge(object{
		"status": "succeeded", "payment_method": method.id(), "amount_received": intent.int("amount"), "last_payment_error": nil,
	})
	first, second := func() { a.emit("charge.succeeded", charge, nil) }, func() { a.emit("payment_intent.succeeded", intent, nil) }
	if intent["invoice"] == nil {
		first, second = second, first
	}
	first()
	second()
	return nil
}

// failIntent leaves the intent open for another card. An authentication that can't happen off
// session leaves the same state, with a code of its own.
func (a *Account) failIntent(intent, method, charge object, failed *Error) {
	intent.merge(object{
		"status": "requires_payment_method", "payment_method": nil,
		"last_payment_error": object{
			"type": failed.Type, "code": failed.Code, "decline_code": failed.DeclineCode, "message": failed.Message,
			"charge": charge.id(), "payment_method": method.public(), "doc_url": "https://stripe.com/docs/error-codes/" + dashed(failed.Code),
		},
	})
	a.emit("charge.failed", charge, nil)
	a.emit("payment_intent.payment_failed", intent, nil)
	failed.Charge, failed.intent, failed.PaymentIntent = charge.id(), intent.clone(), intent.id()
}

// newCharge stores the charge of an attempt, failed or not.
func (a *Account) newCharge(intent, method object, failed *Error) object {
	card := method.hash("card")
	charge := newObject("charge", object{
		"id": a.newID("ch"), "amount": intent.int("amount"), "amount_captured": intent.int("amount"), "amount_refunded": 0,
		"billing_details": method["billing_details"], "calculated_statement_descriptor": "STRIPETEST", "captured": true,
		"created": a.now(), "currency": intent.str("currency"), "customer": intent["customer"], "description": intent["description"],
		"disputed": false, "fraud_details": object{}, "invoice": intent["invoice"], "livemode": a.livemode,
		"metadata": intent["metadata"], "paid": true, "payment_intent": intent.id(), "payment_method": method.id(), "refunded": false,
		"receipt_url": nil, "status": "succeeded",
		"outcome": object{
			"network_status": "approved_by_network", "reason": nil, "risk_level": "normal", "risk_score": 20,
			"seller_message": "Payment complete.", "type": "authorized",
		},
		"payment_method_details": object{"type": "card", "card": object{
			"amount_authorized": intent.int("amount"), "brand": card["brand"], "checks": card["checks"], "country": "US",
			"exp_month": card["exp_month"], "exp_year": card["exp_year"], "fingerprint": card["fingerprint"], "funding": "credit",
			"installments": nil, "last4": card["last4"], "mandate": nil, "network": card["brand"], "three_d_secure": nil, "wallet": nil,
		}},
	})
	delete(charge, "refunds") // left out unless expanded
	if failed != nil {
		charge.merge(object{
			"amount_captured": 0, "captured": false, "paid": false, "status": "failed",
			"failure_code": failed.Code, "failure_message": failed.Message,
			"outcome": object{
				"network_status": "declined_by_network", "reason": failed.DeclineCode, "risk_level": "normal", "risk_score": 20,
				"seller_message": "The bank did not return any further details with this decline.", "type": "issuer_declined",
			},
		})
	}
	return a.add(charge)
}
