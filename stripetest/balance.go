package stripetest

import (
	"maps"
	"slices"
)

// accountOperations read what belongs to the account as a whole.
var accountOperations = map[string]operation{
	"GET /v1/account": getAccount,
	"GET /v1/balance": getBalance,
}

func getAccount(c *call) (object, error) {
	return newObject("account", object{
		"id": c.id, "business_type": "company", "charges_enabled": true, "payouts_enabled": true, "details_submitted": true,
		"country": "US", "default_currency": "usd", "created": c.created, "email": "owner@example.com",
		"type": "standard", "metadata": object{}, "capabilities": object{"card_payments": "active", "transfers": "active"},
	}), nil
}

// getBalance counts what succeeded as available at once: the server has no payouts.
func getBalance(c *call) (object, error) {
	amounts := map[string]int64{"usd": 0}
	for _, id := range c.order["charge"] {
		if charge := c.objects[id]; charge.bool("paid") {
			amounts[charge.str("currency")] += charge.int("amount_captured") - charge.int("amount_refunded")
		}
	}
	var available, pending []object
	for _, currency := range slices.Sorted(maps.Keys(amounts)) {
		n := amounts[currency]
		available = append(available, object{"amount": n, "currency": currency, "source_types": object{"card": n}})
		pending = append(pending, object{"amount": 0, "currency": currency, "source_types": object{"card": 0}})
	}
	return newObject("balance", object{"available": available, "pending": pending, "livemode": c.livemode}), nil
}
