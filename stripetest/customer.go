package stripetest

var customerOperations = map[string]operation{
	"POST /v1/customers":              createCustomer,
	"GET /v1/customers":               list("customer", "email"),
	"GET /v1/customers/{customer}":    retrieveCustomer,
	"POST /v1/customers/{customer}":   updateCustomer,
	"DELETE /v1/customers/{customer}": deleteCustomer,
}

func createCustomer(c *call) (object, error) {
	if err := c.refuseSource(); err != nil {
		return nil, err
	}
	if err := c.checkEmail("email"); err != nil {
		return nil, err
	}
	o := c.newCustomer()
	method, err := c.firstMethod(o)
	if err != nil {
		return nil, err
	}
	c.customerFields(o)
	o = c.add(o)
	c.emit("customer.created", o, nil)
	if method != nil {
		return o, c.attach(method, o)
	}
	return o, nil
}

// newCustomer is a customer without anything but its defaults, not stored yet.
func (a *Account) newCustomer() object {
	return newObject("customer", object{
		"id": a.newID("cus"), "balance": 0, "created": a.now(), "livemode": a.livemode, "delinquent": false,
		"invoice_prefix": a.server.random(8), "metadata": object{}, "preferred_locales": []any{}, "tax_exempt": "none",
		"next_invoice_sequence": 1,
		"invoice_settings": object{
			"custom_fields": nil, "default_payment_method": nil, "footer": nil, "rendering_options": nil,
		},
	})
}

func (c *call) customerFields(o object) {
	c.copyTo(o, "address", "balance", "description", "email", "name", "phone", "preferred_locales", "shipping", "tax_exempt")
	c.metadataTo(o)
}

func updateCustomer(c *call) (object, error) {
	o, err := c.lookup("customer", c.pathID(), "")
	if err != nil {
		return nil, err
	}
	if err := c.refuseSource(); err != nil {
		return nil, err
	}
	if err := c.checkEmail("email"); err != nil {
		return nil, err
	}
	if id := c.hash("invoice_settings").str("default_payment_method"); id != "" {
		if _, err := c.ownMethod(id, "invoice_settings[default_payment_method]", o); err != nil {
			return nil, err
		}
	}
	c.change(o, "customer.updated", func() {
		c.customerFields(o)
		c.hash("invoice_settings").copyTo(o.hash("invoice_settings"), "default_payment_method", "footer")
	})
	return o, nil
}
