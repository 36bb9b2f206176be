package stripetest

import (
	"slices"
	"time"
)

// authorizationLife is how long an authorization waits for its capture.
const authorizationLife = 7 * 24 * time.Hour

// authorize holds the money of an intent that is captured by hand.
func (a *Account) authorize(intent, charge object) {
	charge.merge(object{"captured": false, "amount_captured": 0})
	intent.merge(object{"status": "requires_capture", "amount_capturable": intent.int("amount")})
	a.timers[intent.id()] = a.server.at(a.server.clock.now().Add(authorizationLife), func() {
		if intent.str("status") == "requires_capture" {
			a.cancelIntent(intent, "automatic")
		}
	})
	a.emit("payment_intent.amount_capturable_updated", intent, nil)
	a.emit("charge.succeeded", charge, nil)
}

func capturePaymentIntent(c *call) (object, error) {
	intent, err := c.lookup("payment_intent", c.pathID(), "")
	if err != nil {
		return nil, err
	}
	amount := c.intOr("amount_to_capture", intent.int("amount_capturable"))
	switch status := intent.str("status"); {
	case status != "requires_capture":
		return nil, intentState(intent, "This PaymentIntent could not be captured because it has a status of "+status+". Only a PaymentIntent with one of the following statuses may be captured: requires_capture.")
	case amount < 1:
		return nil, badParameter("parameter_invalid_integer", "amount_to_capture", "This value must be greater than or equal to 1.")
	case amount > intent.int("amount_capturable"):
		return nil, badParameter("amount_too_large", "amount_to_capture", "The amount to capture is greater than the amount that can be captured on this PaymentIntent.")
	}
	c.copyTo(intent, "statement_descriptor", "statement_descriptor_suffix")
	c.metadataTo(intent)
	c.captureIntent(intent, c.find("charge", intent.str("latest_charge")), amount)
	return intent, nil
}

func (a *Account) captureIntent(intent, charge object, amount int64) {
	a.timers[intent.id()].cancel()
	a.capture(charge, amount)
	intent.merge(object{"status": "succeeded", "amount_capturable": 0, "amount_received": amount})
	a.emit("payment_intent.succeeded", intent, nil)
	a.follow(intent)
}

// capture takes the amount of an authorized charge; the rest goes back to the customer as a refund
// that moves no money.
func (a *Account) capture(charge object, amount int64) {
	charge.merge(object{"captured": true, "amount_captured": amount})
	a.bookCharge(charge)
	a.release(charge, charge.int("amount")-amount)
	a.emit("charge.captured", charge, nil)
	a.disputeLater(charge)
}

// release gives back what was authorized and isn't taken.
func (a *Account) release(charge object, amount int64) {
	if amount == 0 {
		return
	}
	a.add(a.newRefund(charge, amount, nil))
	charge["amount_refunded"] = charge.int("amount_refunded") + amount
	charge["refunded"] = charge.int("amount_refunded") == charge.int("amount")
}

var cancelable = []string{"requires_payment_method", "requires_capture", "requires_confirmation", "requires_action", "processing"}

func cancelPaymentIntent(c *call) (object, error) {
	intent, err := c.lookup("payment_intent", c.pathID(), "")
	if err != nil {
		return nil, err
	}
	reason := c.text("cancellation_reason")
	switch status := intent.str("status"); {
	case !slices.Contains(cancelable, status):
		return nil, intentState(intent, "You cannot cancel this PaymentIntent because it has a status of "+status+". Only a PaymentIntent with one of the following statuses may be canceled: requires_payment_method, requires_capture, requires_confirmation, requires_action, processing.")
	case intent["invoice"] != nil:
		return nil, intentState(intent, "You cannot cancel this PaymentIntent because it belongs to an invoice. Void the invoice instead.")
	}
	c.cancelIntent(intent, reason)
	return intent, nil
}

// cancelIntent ends an intent for good, and releases what was authorized.
func (a *Account) cancelIntent(intent object, reason any) {
	a.timers[intent.id()].cancel()
	if charge := a.find("charge", intent.str("latest_charge")); charge.bool("paid") && !charge.bool("captured") {
		kind := "charge.refunded"
		if reason == "automatic" {
			kind = "charge.expired"
		}
		a.change(charge, kind, func() { a.release(charge, charge.int("amount")) })
	}
	intent.merge(object{
		"status": "canceled", "canceled_at": a.now(), "cancellation_reason": reason, "next_action": nil, "amount_capturable": 0, "processing": nil,
	})
	a.emit("payment_intent.canceled", intent, nil)
}
