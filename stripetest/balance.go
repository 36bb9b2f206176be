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

// getBalance sums the balance transactions of each currency. There are no payouts: what became
// available stays.
func getBalance(c *call) (object, error) {
	sums := map[string]map[string]int64{"usd": {}}
	for _, id := range c.order["balance_transaction"] {
		t := c.objects[id]
		currency := t.str("currency")
		if sums[currency] == nil {
			sums[currency] = map[string]int64{}
		}
		sums[currency][t.str("status")] += t.int("net")
	}
	amounts := func(status string) []object {
		var all []object
		for _, currency := range slices.Sorted(maps.Keys(sums)) {
			n := sums[currency][status]
			all = append(all, object{"amount": n, "currency": currency, "source_types": object{"card": n}})
		}
		return all
	}
	return newObject("balance", object{"available": amounts("available"), "pending": amounts("pending"), "livemode": c.livemode}), nil
}
