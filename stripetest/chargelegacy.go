package stripetest

import "net/http"

// createCharge charges a token without an intent, as integrations did before payment intents.
func createCharge(c *call) (object, error) {
	attempt, err := c.chargeAttempt()
	if err != nil {
		return nil, err
	}
	card, ok := testToken(c.str("source"))
	switch {
	case !ok && c.has("source"):
		return nil, missingObject("token", c.str("source"), "source")
	case !ok && c.has("customer"): // this server keeps no sources, and a charge takes no payment method
		failed := cardError("missing", "", "Cannot charge a customer that has no active card")
		failed.Param = "card"
		return nil, failed
	case !ok:
		return nil, badRequest("Must provide source or customer.")
	}
	method := c.newPaymentMethod(card, nil, object{"address": noAddress(), "email": nil, "name": nil, "phone": nil})
	failed := card.charge(false)
	charge := c.newCharge(attempt, method, failed)
	if failed != nil {
		failed.Charge = charge.id()
		c.emit("charge.failed", charge, nil)
		return nil, failed
	}
	if c.unlessFalse("capture") {
		c.bookCharge(charge)
		c.disputeLater(charge)
	} else {
		charge.merge(object{"captured": false, "amount_captured": 0})
	}
	c.emit("charge.succeeded", charge, nil)
	return charge, nil
}

// chargeAttempt is what the charge would take from its intent.
func (c *call) chargeAttempt() (object, error) {
	amount, currency, err := c.chargeAmount()
	if err != nil {
		return nil, err
	}
	if c.str("customer") != "" {
		if _, err := c.lookup("customer", c.str("customer"), "customer"); err != nil {
			return nil, err
		}
	}
	attempt := object{"amount": amount, "currency": currency, "metadata": map[string]any{}}
	c.copyTo(attempt, "customer", "description", "receipt_email", "shipping", "statement_descriptor", "statement_descriptor_suffix", "transfer_group")
	c.metadataTo(attempt)
	return attempt, nil
}

// captureCharge captures an authorized charge, and with it the intent it belongs to.
func captureCharge(c *call) (object, error) {
	charge, err := c.lookup("charge", c.pathID(), "")
	if err != nil {
		return nil, err
	}
	amount := c.intOr("amount", charge.int("amount"))
	switch {
	case charge.bool("captured"):
		return nil, &Error{Status: http.StatusBadRequest, Type: "invalid_request_error", Code: "charge_already_captured",
			Message: "Charge " + charge.id() + " has already been captured."}
	case charge.bool("refunded") || !charge.bool("paid"):
		return nil, &Error{Status: http.StatusBadRequest, Type: "invalid_request_error", Code: "charge_expired_for_capture",
			Message: "Charge " + charge.id() + " cannot be captured because it has been released or has failed."}
	case amount < 1 || amount > charge.int("amount"):
		return nil, badParameter("amount_too_large", "amount", "Amount to capture must be positive and no more than the amount of the charge.")
	}
	c.copyTo(charge, "receipt_email", "statement_descriptor", "statement_descriptor_suffix", "transfer_group")
	if intent := c.find("payment_intent", charge.str("payment_intent")); intent != nil {
		c.captureIntent(intent, charge, amount)
	} else {
		c.capture(charge, amount)
	}
	return charge, nil
}
