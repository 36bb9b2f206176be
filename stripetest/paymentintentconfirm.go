package stripetest

import (
	"net/http"
	"slices"
)

// intentState is the refusal of what the intent's status doesn't allow.
func intentState(intent object, message string) error {
	return &Error{Status: http.StatusBadRequest, Type: "invalid_request_error", Code: "payment_intent_unexpected_state",
		Message: message, intent: intent.clone()}
}

func confirmPaymentIntent(c *call) (object, error) {
	intent, err := c.lookup("payment_intent", c.pathID(), "")
	if err != nil {
		return nil, err
	}
	types := intent
	if c.has("payment_method_types") {
		named, err := c.methodTypes(intent.str("currency"))
		if err != nil {
			return nil, err
		}
		types = intent.clone()
		types.merge(object{"payment_method_types": named})
	}
	if err := c.canConfirm(types); err != nil {
		return nil, err
	}
	method, err := c.passedMethod()
	if err != nil {
		return nil, err
	}
	if method == nil {
		method = c.find("payment_method", intent.str("payment_method"))
	}
	if err := usable(types, method, intent.str("customer")); err != nil {
		return nil, err
	}
	intent["payment_method_types"] = types["payment_method_types"]
	c.copyTo(intent, "capture_method", "receipt_email", "setup_future_usage", "shipping")
	return c.confirmIntent(intent, method)
}

// canConfirm refuses a confirmation that can't begin. Dashboard-managed methods may redirect, and
// then Stripe wants to know where to; not so where the call lists its methods itself.
func (c *call) canConfirm(intent object) error {
	status := intent.str("status")
	hasMethod := c.has("payment_method") || c.has("payment_method_data") || intent["payment_method"] != nil
	automatic := intent.hash("automatic_payment_methods")
	switch {
	case status == "succeeded":
		return intentState(intent, "You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed.")
	case !slices.Contains([]string{"requires_payment_method", "requires_confirmation", "requires_action"}, status):
		return intentState(intent, "You cannot confirm this PaymentIntent because it has a status of "+status+". Only a PaymentIntent with one of the following statuses may be confirmed: requires_confirmation, requires_action, requires_payment_method.")
	case !hasMethod:
		return intentState(intent, "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method.")
	case automatic.bool("enabled") && automatic.str("allow_redirects") != "never" && c.str("return_url") == "":
		return badRequest("This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of these payment methods might redirect your customer off of your page, you must provide a `return_url`. If you don't want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and `automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents.")
	}
	return nil
}

// confirmIntent tries the method for a caller of the API. Where the customer is said to be there, a
// card that wants authentication makes it the intent's next action.
func (c *call) confirmIntent(intent, method object) (object, error) {
	intent["payment_method"] = method.id()
	away := c.bool("off_session") || c.str("off_session") != "" || c.bool("error_on_requires_action")
	if !away && !intent.bool("_authenticated") && cardOf(method).asks() {
		c.requireAction(intent, c.base, c.str("return_url"))
		return intent, nil
	}
	delete(intent, "_authenticated")
	failed := c.confirm(intent, method, away)
	c.follow(intent)
	if failed != nil {
		return nil, failed
	}
	c.bookLate(c.find("charge", intent.str("latest_charge")))
	return intent, nil
}

// follow takes what became of an intent, outside the attempts of its invoice, to what it pays for: a
// session learns of the money, an invoice that it is paid or was refused.
func (a *Account) follow(intent object) {
	paid := intent.str("status") == "succeeded"
	if session := a.sessionOf(intent); paid && session.str("status") == "complete" {
		session["payment_status"] = "paid"
	}
	invoice := a.find("invoice", intent.str("invoice"))
	if invoice == nil || invoice.str("status") != "open" {
		return
	}
	invoice["_attempt"] = max(1, invoice.int("attempt_count"))
	switch {
	case paid:
		a.settle(invoice, a.find("subscription", invoice.str("subscription")))
	case intent.str("status") == "requires_payment_method":
		a.unpaid(invoice)
	}
}

// sessionOf is the Checkout Session that made the intent, nil for none.
func (a *Account) sessionOf(intent object) object {
	return a.find("checkout.session", intent.str("_session"))
}
