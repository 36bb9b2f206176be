package stripetest

import (
	"fmt"
	"net/http"
	"slices"
)

var refundOperations = map[string]operation{
	"POST /v1/refunds":                          createRefund,
	"GET /v1/refunds":                           list("refund", "charge", "payment_intent"),
	"GET /v1/refunds/{refund}":                  retrieve("refund"),
	"POST /v1/refunds/{refund}":                 updateRefund,
	"POST /v1/refunds/{refund}/cancel":          cancelRefund,
	"POST /v1/charges/{charge}/refunds":         createRefund,
	"GET /v1/charges/{charge}/refunds":          chargeRefunds,
	"POST /v1/charges/{charge}/refund":          refundCharge,
	"GET /v1/charges/{charge}/refunds/{refund}": retrieveChargeRefund,
}

// newRefund is a refund of the charge, not stored yet.
func (a *Account) newRefund(charge object, amount int64, reason any) object {
	return newObject("refund", object{
		"id": a.newID("re"), "amount": amount, "charge": charge.id(), "created": a.now(), "currency": charge.str("currency"),
		"metadata": object{}, "payment_intent": charge["payment_intent"], "reason": reason, "status": "succeeded",
	})
}

func createRefund(c *call) (object, error) {
	charge, err := c.refundedCharge()
	if err != nil {
		return nil, err
	}
	left := charge.int("amount") - charge.int("amount_refunded")
	amount := c.intOr("amount", left)
	if err := canRefund(charge, amount, left); err != nil {
		return nil, err
	}
	if c.has("currency") && c.str("currency") != charge.str("currency") {
		return nil, badParameter("", "currency", "The currency of a refund must be that of its charge.")
	}
	if !charge.bool("captured") {
		if amount != left {
			return nil, badParameter("", "amount", "You cannot partially refund an uncaptured charge. Instead, capture the charge for an amount less than the original amount.")
		}
		return c.refundAuthorization(charge), nil
	}
	refund := c.newRefund(charge, amount, c.text("reason"))
	c.metadataTo(refund)
	return c.refund(charge, c.add(refund)), nil
}

// refundedCharge is the charge the path or a parameter names.
func (c *call) refundedCharge() (object, error) {
	switch {
	case len(c.vars) > 0:
		return c.lookup("charge", c.pathID(), "")
	case c.has("charge"):
		return c.lookup("charge", c.str("charge"), "charge")
	case !c.has("payment_intent"):
		return nil, badRequest("One of the following params should be provided for this request: payment_intent or charge.")
	}
	intent, err := c.lookup("payment_intent", c.str("payment_intent"), "payment_intent")
	if err != nil {
		return nil, err
	}
	charge := c.find("charge", intent.str("latest_charge"))
	if !charge.bool("paid") {
		return nil, intentState(intent, "This PaymentIntent ("+intent.id()+") does not have a successful charge to refund.")
	}
	return charge, nil
}

func canRefund(charge object, amount, left int64) error {
	refuse := func(code, param, message string) error {
		return &Error{Status: http.StatusBadRequest, Type: "invalid_request_error", Code: code, Param: param, Message: message}
	}
	switch {
	case charge.bool("refunded"):
		return refuse("charge_already_refunded", "", "Charge "+charge.id()+" has already been refunded.")
	case !charge.bool("paid"):
		return refuse("", "", "Charge "+charge.id()+" has not succeeded, so it can't be refunded.")
	case charge.bool("_charged_back"):
		return refuse("charge_disputed", "", "Charge "+charge.id()+" has been charged back; cannot issue a refund.")
	case amount < 1:
		return refuse("parameter_invalid_integer", "amount", "This value must be greater than or equal to 1.")
	case amount > left:
		return refuse("", "amount", fmt.Sprintf("Refund amount (%s) is greater than unrefunded amount on charge (%s)", money(amount, charge.str("currency")), money(left, charge.str("currency"))))
	}
	return nil
}

// refundAuthorization gives an authorization back, which cancels its intent.
func (a *Account) refundAuthorization(charge object) object {
	if intent := a.find("payment_intent", charge.str("payment_intent")); intent != nil {
		a.cancelIntent(intent, "requested_by_customer")
	} else {
		a.change(charge, "charge.refunded", func() { a.release(charge, charge.int("amount")) })
	}
	return a.objects[a.order["refund"][len(a.order["refund"])-1]]
}

func updateRefund(c *call) (object, error) {
	refund, err := c.lookup("refund", c.pathID(), "")
	if err != nil {
		return nil, err
	}
	c.changeRefund(refund, func() { c.metadataTo(refund) })
	return refund, nil
}

// cancelRefund refuses: only a refund that requires action can be canceled, and cards and bank
// accounts have none.
func cancelRefund(c *call) (object, error) {
	refund, err := c.lookup("refund", c.pathID(), "")
	if err != nil {
		return nil, err
	}
	return nil, badRequest("You cannot cancel this refund because it has a status of " + refund.str("status") + ". Only a refund with a status of requires_action may be canceled.")
}

func refundCharge(c *call) (object, error) {
	refund, err := createRefund(c)
	if err != nil {
		return nil, err
	}
	return c.find("charge", refund.str("charge")), nil
}

func chargeRefunds(c *call) (object, error) {
	if _, err := c.lookup("charge", c.pathID(), ""); err != nil {
		return nil, err
	}
	return c.page(c.refundsOf(c.pathID()))
}

func retrieveChargeRefund(c *call) (object, error) {
	if refund := c.find("refund", c.vars[1]); refund != nil && refund.str("charge") == c.pathID() {
		return refund, nil
	}
	return nil, missingObject("refund", c.vars[1], "")
}

// refundsOf are the refunds of a charge, the newest first.
func (a *Account) refundsOf(chargeID string) []object {
	var all []object
	for _, id := range slices.Backward(a.order["refund"]) {
		if refund := a.objects[id]; refund.str("charge") == chargeID {
			all = append(all, refund)
		}
	}
	return all
}
