package stripetest

import (
	"fmt"
	"slices"
	"strings"
)

// Stripe charges between these amounts; currencies it is silent about have the dollar's least.
var leastAmounts = map[string]int64{"gbp": 30, "jpy": 50, "dkk": 250, "nok": 300, "sek": 300, "mxn": 1000, "hkd": 400, "czk": 1500, "huf": 17500, "pln": 200}

const mostAmount = 99999999

// bankCurrencies are the only currencies of the bank accounts.
var bankCurrencies = map[string]string{"us_bank_account": "usd", "sepa_debit": "eur"}

// chargeAmount reads and checks amount and currency.
func (c *call) chargeAmount() (int64, string, error) {
	if !c.has("amount") {
		return 0, "", missingParameter("amount")
	}
	if !c.has("currency") {
		return 0, "", missingParameter("currency")
	}
	currency := strings.ToLower(c.str("currency"))
	return c.int("amount"), currency, checkAmount(c.int("amount"), currency)
}

func checkAmount(amount int64, currency string) error {
	least, known := leastAmounts[currency]
	if !known {
		least = 50
	}
	if err := checkCurrency(currency, "currency"); err != nil {
		return err
	}
	switch {
	case amount < 1:
		return badParameter("parameter_invalid_integer", "amount", "This value must be greater than or equal to 1.")
	case amount < least:
		return badParameter("amount_too_small", "amount", fmt.Sprintf("Amount must be at least %d %s, in the smallest unit.", least, currency))
	case amount > mostAmount:
		return badParameter("amount_too_large", "amount", fmt.Sprintf("Amount must be no more than %d %s, in the smallest unit.", mostAmount, currency))
	}
	return nil
}

// methodTypes are the types an intent or session takes: those the call passes, else cards and the
// bank accounts of the currency, as if enabled in the dashboard.
func (c *call) methodTypes(currency string) ([]string, error) {
	if !c.has("payment_method_types") {
		types := []string{"card"}
		if c.has("automatic_payment_methods") && c.automaticMethods() == nil {
			return types, nil
		}
		for _, kind := range []string{"sepa_debit", "us_bank_account"} {
			if bankCurrencies[kind] == currency {
				types = append(types, kind)
			}
		}
		return types, nil
	}
	if c.has("automatic_payment_methods") {
		return nil, badParameter("", "payment_method_types", "You may only specify one of these parameters: automatic_payment_methods, payment_method_types.")
	}
	types := c.strings("payment_method_types")
	for _, kind := range types {
		only, bank := bankCurrencies[kind]
		switch {
		case !bank && !slices.Contains([]string{"card", "link"}, kind):
			return nil, unknownKind(kind, "payment_method_types")
		case bank && currency != "" && only != currency:
			return nil, badParameter("payment_intent_invalid_currency", "payment_method_types", fmt.Sprintf("The currency provided (%s) is invalid for one or more payment method types on this intent: %s takes only %s.", currency, kind, only))
		}
	}
	return types, nil
}

// automaticMethods is the setting by which the dashboard manages an intent's methods: the default,
// nil where the call lists them or turns it off.
func (c *call) automaticMethods() any {
	automatic := c.hash("automatic_payment_methods")
	if c.has("payment_method_types") || !automatic.unlessFalse("enabled") {
		return nil
	}
	return object{"enabled": true, "allow_redirects": automatic.strOr("allow_redirects", "always")}
}

// sessionTypes are the types a Checkout Session takes. A subscription is paid by card unless the call
// lists others.
func (c *call) sessionTypes(lines []object) ([]string, error) {
	if c.str("mode") == "subscription" && !c.has("payment_method_types") {
		return []string{"card"}, nil
	}
	return c.methodTypes(lines[0].str("currency"))
}
