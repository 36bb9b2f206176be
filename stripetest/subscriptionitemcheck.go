package stripetest

// recurringPrice is the price an item names or describes.
func (c *call) recurringPrice(p params) (object, error) {
	price, err := c.linePrice(p)
	if err == nil && price.hash("recurring") == nil {
		err = badParameter("", join(p.path, "price"), "The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.")
	}
	return price, err
}

func checkQuantity(p params, price object) error {
	switch {
	case p.has("quantity") && metered(price):
		return badParameter("", join(p.path, "quantity"), "Quantity should not be specified where usage_type is `metered`.")
	case p.int("quantity") < 0:
		return badParameter("parameter_invalid_integer", join(p.path, "quantity"), "This value must be greater than or equal to 0.")
	}
	return nil
}

// checkTogether refuses items that no one invoice could bill.
func checkTogether(items []object) error {
	interval, count := intervalOf(items)
	seen := map[string]bool{}
	for _, item := range items {
		price := item.hash("price")
		if seen[price.id()] {
			return badParameter("", "items", "Cannot add multiple subscription items with the same plan: "+price.id())
		}
		seen[price.id()] = true
		if price.str("currency") != items[0].hash("price").str("currency") {
			return mismatch("currency")
		}
		if i, n := intervalOf([]object{item}); i != interval || n != count {
			return mismatch("interval")
		}
	}
	return nil
}

func mismatch(field string) error {
	return badParameter("", "items", "Currency and interval fields must match across all plans on this subscription. Found mismatch in "+field+" field.")
}
