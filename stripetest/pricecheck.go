package stripetest

import "fmt"

// longestRecurrence is how many of each interval three years are, the most that lie between two
// payments.
var longestRecurrence = map[string]int64{"day": 1095, "week": 156, "month": 36, "year": 3}

// checkPrice refuses what no price can be.
func (c *call) checkPrice(p params) error {
	if !p.has("currency") {
		return missingParameter(join(p.path, "currency"))
	}
	if err := checkCurrency(p.str("currency"), join(p.path, "currency")); err != nil {
		return err
	}
	if p.has("recurring") {
		if err := p.hash("recurring").checkRecurring(); err != nil {
			return err
		}
	}
	if key := p.str("lookup_key"); key != "" {
		return c.lookupKeyFree(key, "", join(p.path, "lookup_key"))
	}
	return nil
}

func (p params) checkRecurring() error {
	interval, n := p.str("interval"), p.intOr("interval_count", 1)
	param := join(p.path, "interval_count")
	switch longest := longestRecurrence[interval]; {
	case n < 1:
		return badParameter("parameter_invalid_integer", param, "This value must be greater than or equal to 1.")
	case n > longest:
		return badParameter("", param, fmt.Sprintf("Invalid interval_count: a price can recur every %d %ss at most, which are three years.", longest, interval))
	}
	return nil
}

// lookupKeyFree refuses a key under which another active price than the one with the id is found.
func (a *Account) lookupKeyFree(key, id, param string) error {
	for _, other := range a.order["price"] {
		if o := a.objects[other]; other != id && o.bool("active") && o.str("lookup_key") == key {
			return badParameter("", param, "A price (`"+other+"`) already uses that lookup key.")
		}
	}
	return nil
}
