package stripetest

import (
	"fmt"
	"slices"
	"strings"
)

var paymentIntentOperations = map[string]operation{
	"POST /v1/payment_intents":                  createIntent,
	"GET /v1/payment_intents":                   list("payment_intent", "customer"),
	"GET /v1/payment_intents/{intent}":          retrieveIntent,
	"POST /v1/payment_intents/{intent}":         updateIntent,
	"POST /v1/payment_intents/{intent}/confirm": confirmPaymentIntent,
	"POST /v1/payment_intents/{intent}/capture": capturePaymentIntent,
	"POST /v1/payment_intents/{intent}/cancel":  cancelPaymentIntent,
}

// newIntent stores a payment intent that awaits its payment.
func (a *Account) newIntent(amount int64, currency string, fields object) object {
	id := a.newID("pi")
	intent := newObject("payment_intent", object{
		"id": id, "amount": amount, "amount_capturable": 0, "amount_received": 0, "amount_details": object{"tip": object{}},
		"capture_method": "automatic", "client_secret": id + "_secret_" + a.server.random(25), "confirmation_method": "automatic",
		"created": a.now(), "currency": currency, "livemode": a.livemode, "metadata": object{}, "payment_method_types": []string{"card"},
		"status": "requires_payment_method",
	})
	intent.merge(fields)
	intent["payment_method_options"] = normalize(methodOptions(intent["payment_method_types"]))
	intent = a.add(intent)
	a.emit("payment_intent.created", intent, nil)
	return intent
}

// methodOptions are the defaults of what the intent's types can be told.
func methodOptions(types any) object {
	options := object{}
	for _, kind := range types.([]any) {
		switch kind {
		case "card":
			options["card"] = object{"installments": nil, "mandate_options": nil, "network": nil, "request_three_d_secure": "automatic"}
		case "us_bank_account":
			options["us_bank_account"] = object{"verification_method": "automatic"}
		default:
			options[kind.(string)] = object{}
		}
	}
	return options
}

func createIntent(c *call) (object, error) {
	amount, currency, err := c.chargeAmount()
	if err != nil {
		return nil, err
	}
	types, err := c.methodTypes(currency)
	if err != nil {
		return nil, err
	}
	fields := object{
		"payment_method_types": types, "automatic_payment_methods": c.automaticMethods(), "capture_method": c.strOr("capture_method", "automatic"), "confirmation_method": c.strOr("confirmation_method", "automatic"),
	}
	if c.has("off_session") && !c.bool("confirm") {
		return nil, badParameter("", "off_session", "You can only set `off_session` when confirming a PaymentIntent.")
	}
	draft := newObject("payment_intent", object{"currency": currency, "metadata": object{}, "status": "requires_payment_method"})
	draft.merge(fields)
	method, err := c.checkIntent(draft)
	if err != nil {
		return nil, err
	}
	c.intentFields(fields)
	c.metadataTo(fields)
	if method != nil {
		fields.merge(object{"payment_method": method.id(), "status": "requires_confirmation"})
	}
	intent := c.newIntent(amount, currency, fields)
	if c.bool("confirm") {
		return c.confirmIntent(intent, method)
	}
	return intent, nil
}

// checkIntent refuses what can't be, before anything is stored: a customer or method that isn't
// there, and a confirmation that can't begin. It returns the method the call passes.
func (c *call) checkIntent(draft object) (object, error) {
	customer := draft.str("customer")
	if c.has("customer") {
		customer = c.str("customer")
	}
	if customer != "" {
		if _, err := c.lookup("customer", customer, "customer"); err != nil {
			return nil, err
		}
	}
	if c.bool("confirm") {
		if err := c.canConfirm(draft); err != nil {
			return nil, err
		}
	}
	method, err := c.passedMethod()
	if err == nil && method != nil {
		err = usable(draft, method, customer)
	}
	return method, err
}

// passedMethod is the payment method the call names or describes, nil for none.
func (c *call) passedMethod() (object, error) {
	switch {
	case c.str("payment_method") != "":
		return c.methodNamed(c.str("payment_method"), "payment_method")
	case c.has("payment_method_data"):
		return c.madeMethod(c.hash("payment_method_data"))
	}
	return nil, nil
}

// usable refuses a method of another customer, of a type the intent doesn't take, or one spent.
func usable(intent, method object, customer string) error {
	types := intent.strings("payment_method_types")
	switch owner := method.str("customer"); {
	case !slices.Contains(types, method.str("type")):
		return badParameter("payment_intent_invalid_parameter", "payment_method", fmt.Sprintf("The PaymentMethod provided (%s) is not allowed for this intent. Please attach a PaymentMethod of one of the following types: %s.", method.str("type"), strings.Join(types, ", ")))
	case method.bool("_used") && owner == "":
		return errUsed()
	case owner != "" && customer == "":
		return badParameter("", "payment_method", fmt.Sprintf("The PaymentMethod %s belongs to the Customer %s. Please include the Customer in the `customer` parameter on the intent.", method.id(), owner))
	case owner != "" && owner != customer:
		return badParameter("", "payment_method", fmt.Sprintf("The PaymentMethod %s does not belong to the Customer %s you supplied. Please use this PaymentMethod with the Customer it belongs to, or attach a new one.", method.id(), customer))
	}
	return nil
}

// intentFields copies what creation, update and confirmation share.
func (c *call) intentFields(o object) {
	c.copyTo(o, "customer", "description", "receipt_email", "setup_future_usage", "shipping", "statement_descriptor", "statement_descriptor_suffix", "transfer_group")
}

func retrieveIntent(c *call) (object, error) {
	intent, err := c.lookup("payment_intent", c.pathID(), "")
	if err == nil && c.has("client_secret") && c.str("client_secret") != intent.str("client_secret") {
		err = badParameter("payment_intent_invalid_parameter", "client_secret", "The client_secret provided does not match the client_secret associated with the PaymentIntent.")
	}
	return intent, err
}
