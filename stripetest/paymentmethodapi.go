package stripetest

import "strings"

var paymentMethodOperations = map[string]operation{
	"POST /v1/payment_methods":                                      createPaymentMethod,
	"GET /v1/payment_methods":                                       list("payment_method", "customer", "type"),
	"GET /v1/payment_methods/{payment_method}":                      retrieve("payment_method"),
	"POST /v1/payment_methods/{payment_method}":                     updatePaymentMethod,
	"POST /v1/payment_methods/{payment_method}/attach":              attachPaymentMethod,
	"POST /v1/payment_methods/{payment_method}/detach":              detachPaymentMethod,
	"GET /v1/customers/{customer}/payment_methods":                  customerPaymentMethods,
	"GET /v1/customers/{customer}/payment_methods/{payment_method}": customerPaymentMethod,
}

func createPaymentMethod(c *call) (object, error) { return c.madeMethod(c.params) }

// madeMethod stores the payment method that creation or payment_method_data describes.
func (c *call) madeMethod(p params) (object, error) {
	card, err := c.describedCard(p)
	if err != nil {
		return nil, err
	}
	method := c.newPaymentMethod(card, nil, c.billing(p))
	if details := p.hash("card"); details.has("exp_year") {
		details.copyTo(method.hash("card"), "exp_month", "exp_year")
	}
	p.hash("us_bank_account").copyTo(method.hash("us_bank_account"), "account_holder_type", "account_type", "routing_number")
	p.metadataTo(method)
	return method, nil
}

// describedCard is the number behind the parameters of a type, refused as Stripe refuses it.
func (c *call) describedCard(p params) (Card, error) {
	kind := p.str("type")
	details := p.hash(kind)
	switch kind {
	case "":
		return "", missingParameter(join(p.path, "type"))
	case "card":
		return c.describedNumber(details)
	case "us_bank_account":
		return knownAccount(details, "account_number", kind)
	case "sepa_debit":
		return knownAccount(details, "iban", kind)
	}
	return "", unknownKind(kind, join(p.path, "type"))
}

func unknownKind(kind, param string) error {
	return badParameter("payment_intent_invalid_parameter", param, "The payment method type provided: "+kind+" is invalid. Please ensure the provided type is activated in your dashboard (https://dashboard.stripe.com/account/payments/settings) and your account is enabled for any preview features that you are trying to use.")
}

func knownAccount(details params, field, kind string) (Card, error) {
	param := join(details.path, field)
	account := Card(strings.ReplaceAll(details.str(field), " ", ""))
	switch {
	case account == "":
		return "", missingParameter(param)
	case account.kind() != kind:
		return "", badParameter("account_number_invalid", param, "Invalid "+field+": only Stripe's test numbers can be used here.")
	}
	return account, nil
}

func (c *call) describedNumber(details params) (Card, error) {
	if details.has("token") {
		if card, ok := testToken(details.str("token")); ok {
			return card, nil
		}
		return "", missingObject("token", details.str("token"), join(details.path, "token"))
	}
	month, year := details.int("exp_month"), details.int("exp_year")
	details.get("cvc")
	card := Card(strings.ReplaceAll(details.str("number"), " ", ""))
	refuse := func(field, code, message string) (Card, error) {
		failed := cardError(code, "", message)
		failed.Param = join(details.path, field)
		return "", failed
	}
	_, known := cards[card]
	switch now := c.server.clock.now(); {
	case card == "" || !details.has("exp_month") || !details.has("exp_year"):
		return "", missingParameter(join(details.path, "number"))
	case !known || card.kind() != "card":
		return refuse("number", "incorrect_number", "Your card number is incorrect.")
	case month < 1 || month > 12:
		return refuse("exp_month", "invalid_expiry_month", "Your card's expiration month is invalid.")
	case year < int64(now.Year()) || year == int64(now.Year()) && month < int64(now.Month()) || year > int64(now.Year())+50:
		return refuse("exp_year", "invalid_expiry_year", "Your card's expiration year is invalid.")
	}
	return card, nil
}

func (c *call) billing(p params) object {
	billing := object{"address": noAddress(), "email": nil, "name": nil, "phone": nil}
	details := p.hash("billing_details")
	details.copyTo(billing, "email", "name", "phone")
	details.hash("address").copyTo(billing["address"].(object), "city", "country", "line1", "line2", "postal_code", "state")
	return billing
}

// methodNamed is the payment method with the id; each use of a test id such as pm_card_visa makes
// one of its own.
func (c *call) methodNamed(id, param string) (object, error) {
	if card, ok := testMethod(id); ok {
		return c.newPaymentMethod(card, nil, object{"address": noAddress(), "email": nil, "name": nil, "phone": nil}), nil
	}
	return c.lookup("payment_method", id, param)
}

func updatePaymentMethod(c *call) (object, error) {
	method, err := c.lookup("payment_method", c.pathID(), "")
	if err != nil {
		return nil, err
	}
	if method["customer"] == nil {
		return nil, badRequest("You must save this PaymentMethod to a customer before you can update it.")
	}
	c.change(method, "payment_method.updated", func() {
		c.hash("card").copyTo(method.hash("card"), "exp_month", "exp_year")
		c.hash("billing_details").copyTo(method.hash("billing_details"), "email", "name", "phone")
		c.hash("billing_details").hash("address").copyTo(method.hash("billing_details").hash("address"), "city", "country", "line1", "line2", "postal_code", "state")
		c.metadataTo(method)
	})
	return method, nil
}
