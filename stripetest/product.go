package stripetest

import "slices"

var productOperations = map[string]operation{
	"POST /v1/products":      createProduct,
	"GET /v1/products":       listWhere("product", productMatches),
	"GET /v1/products/{id}":  retrieve("product"),
	"POST /v1/products/{id}": updateProduct,
}

func productMatches(c *call, p object) bool {
	for _, field := range []string{"active", "shippable", "url"} {
		if c.has(field) && c.get(field) != p[field] {
			return false
		}
	}
	return !c.has("ids") || slices.Contains(c.strings("ids"), p.id())
}

func createProduct(c *call) (object, error) {
	id := c.str("id")
	if id == "" {
		id = c.newID("prod")
	}
	if c.objects[id] != nil {
		return nil, badParameter("resource_already_exists", "id", "Product already exists.")
	}
	p := newObject("product", object{
		"id": id, "active": c.unlessFalse("active"), "created": c.now(), "updated": c.now(),
		"livemode": c.livemode, "name": c.str("name"), "type": "service", "attributes": []any{},
	})
	c.copyTo(p, "description", "images", "features", "shippable", "statement_descriptor", "tax_code", "unit_label", "url", "package_dimensions")
	c.metadataTo(p)
	p = c.storeDescribed(p)
	if c.has("default_price_data") {
		price, err := c.newPrice(c.hash("default_price_data"), p.id())
		if err != nil {
			return nil, err
		}
		c.tellDescribed()
		c.change(p, "product.updated", func() { p["default_price"] = price.id() })
	}
	return p, nil
}

func updateProduct(c *call) (object, error) {
	p, err := c.lookup("product", c.pathID(), "")
	if err != nil {
		return nil, err
	}
	if c.str("default_price") != "" {
		if _, err := c.lookup("price", c.str("default_price"), "default_price"); err != nil {
			return nil, err
		}
	}
	c.change(p, "product.updated", func() {
		c.copyTo(p, "active", "name", "description", "images", "features", "shippable", "statement_descriptor", "tax_code", "unit_label", "url", "default_price", "package_dimensions")
		c.metadataTo(p)
		p["updated"] = c.now()
	})
	return p, nil
}
