package stripetest

import (
	"strconv"
	"strings"
)

var priceOperations = map[string]operation{
	"POST /v1/prices":         createPrice,
	"GET /v1/prices":          listWhere("price", priceMatches),
	"GET /v1/prices/{price}":  retrieve("price"),
	"POST /v1/prices/{price}": updatePrice,
}

func priceMatches(c *call, p object) bool {
	for _, field := range []string{"active", "currency", "product", "type"} {
		if c.has(field) && c.get(field) != p[field] {
			return false
		}
	}
	for _, field := range []string{"interval", "usage_type"} {
		if wanted := c.hash("recurring"); wanted.has(field) && wanted.str(field) != p.hash("recurring").str(field) {
			return false
		}
	}
	keys := c.strings("lookup_keys")
	if len(keys) == 0 {
		return true
	}
	for _, key := range keys {
		if key == p.str("lookup_key") {
			return true
		}
	}
	return false
}

func createPrice(c *call) (object, error) {
	product := c.str("product")
	if c.has("product_data") {
		data := c.hash("product_data")
		p, err := c.newProduct(data)
		if err != nil {
			return nil, err
		}
		product = p.id()
	}
	return c.newPrice(c.params, product)
}

// newProduct makes the product described inside a price.
func (c *call) newProduct(data params) (object, error) {
	inner := *c
	inner.params = data
	return createProduct(&inner)
}

// newPrice makes a price from the parameters that creation, price_data and default_price_data share.
func (c *call) newPrice(p params, product string) (object, error) {
	if product == "" {
		return nil, missingParameter(join(p.path, "product"))
	}
	if _, err := c.lookup("product", product, join(p.path, "product")); err != nil {
		return nil, err
	}
	if err := c.checkPrice(p); err != nil {
		return nil, err
	}
	amount, err := p.amount()
	if err != nil {
		return nil, err
	}
	price := newObject("price", object{
		"id": c.newID("price"), "active": p.unlessFalse("active"), "billing_scheme": "per_unit", "created": c.now(),
		"currency": strings.ToLower(p.str("currency")), "livemode": c.livemode, "product": product, "type": "one_time",
		"tax_behavior": "unspecified", "unit_amount": amount, "unit_amount_decimal": strconv.FormatInt(amount, 10),
	})
	if p.has("recurring") {
		price["type"] = "recurring"
		price["recurring"] = p.hash("recurring").recurring()
	}
	p.copyTo(price, "lookup_key", "nickname", "tax_behavior")
	p.metadataTo(price)
	return c.storeDescribed(price), nil
}

// mostUnitAmount is the most one of a price costs: twelve digits.
const mostUnitAmount = 999999999999

// amount is unit_amount, or unit_amount_decimal when that is a whole number.
func (p params) amount() (int64, error) {
	if p.has("unit_amount") {
		if p.int("unit_amount") < 0 {
			return 0, badParameter("parameter_invalid_integer", join(p.path, "unit_amount"), "Invalid non-negative integer")
		}
		if p.int("unit_amount") > mostUnitAmount {
			return 0, badParameter("parameter_invalid_integer", join(p.path, "unit_amount"), "This value must be less than or equal to "+strconv.Itoa(mostUnitAmount)+".")
		}
		return p.int("unit_amount"), nil
	}
	if p.has("unit_amount_decimal") {
		n, err := strconv.ParseInt(p.str("unit_amount_decimal"), 10, 64)
		if err != nil || n < 0 || n > mostUnitAmount {
			return 0, badParameter("", join(p.path, "unit_amount_decimal"), "Invalid decimal: "+p.str("unit_amount_decimal"))
		}
		return n, nil
	}
	return 0, missingParameter(join(p.path, "unit_amount"))
}

func (p params) recurring() object {
	usage := p.str("usage_type")
	if usage == "" {
		usage = "licensed"
	}
	return object{
		"aggregate_usage": p.text("aggregate_usage"), "interval": p.str("interval"),
		"interval_count": p.intOr("interval_count", 1), "trial_period_days": nil, "usage_type": usage,
	}
}

func updatePrice(c *call) (object, error) {
	p, err := c.lookup("price", c.pathID(), "")
	if err != nil {
		return nil, err
	}
	if err := c.checkLookupKeyOf(p); err != nil {
		return nil, err
	}
	c.change(p, "price.updated", func() {
		c.copyTo(p, "active", "lookup_key", "nickname", "tax_behavior")
		c.metadataTo(p)
	})
	return p, nil
}

// checkLookupKeyOf refuses an update that leaves two active prices with one lookup key.
func (c *call) checkLookupKeyOf(p object) error {
	key, active := p.str("lookup_key"), p.bool("active")
	if c.has("lookup_key") {
		key = c.str("lookup_key")
	}
	if c.has("active") {
		active = c.bool("active")
	}
	if key == "" || !active {
		return nil
	}
	return c.lookupKeyFree(key, p.id(), "lookup_key")
}

// planOf is the legacy plan that a recurring price shows itself as.
func planOf(price object) object {
	r := price.hash("recurring")
	if r == nil {
		return nil
	}
	return newObject("plan", object{
		"id": price.id(), "active": price.bool("active"), "amount": price["unit_amount"],
		"amount_decimal": price["unit_amount_decimal"], "billing_scheme": price.str("billing_scheme"),
		"created": price.int("created"), "currency": price.str("currency"), "interval": r.str("interval"),
		"interval_count": r.int("interval_count"), "livemode": price.bool("livemode"),
		"metadata": price["metadata"], "nickname": price["nickname"], "product": price.str("product"),
		"usage_type": r.str("usage_type"),
	})
}
