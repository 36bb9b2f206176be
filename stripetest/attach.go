package stripetest

func attachPaymentMethod(c *call) (object, error) {
	customer, err := c.lookup("customer", c.str("customer"), "customer")
	if err != nil {
		return nil, err
	}
	method, err := c.methodNamed(c.pathID(), "")
	if err != nil {
		return nil, err
	}
	return method, c.attach(method, customer)
}

// attach saves the payment method to the customer. Saving it once more changes nothing.
func (a *Account) attach(method, customer object) error {
	if err := canAttach(method, customer); err != nil || method.str("customer") == customer.id() {
		return err
	}
	method["customer"] = customer.id()
	a.emit("payment_method.attached", method, nil)
	return nil
}

// canAttach refuses a method of somebody else, one that is spent, and a card its bank refuses.
func canAttach(method, customer object) error {
	switch owner := method.str("customer"); {
	case owner == customer.id():
		return nil
	case owner != "":
		return badRequest("The payment method you provided has already been attached to a customer.")
	case method.bool("_used"):
		return errUsed()
	}
	return errorOrNil(cardOf(method).store())
}

func errUsed() error {
	return badRequest("The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared with a connected account without Customer attachment, or was detached from a Customer. It may not be used again. To use a PaymentMethod multiple times, you must attach it to a Customer first.")
}

func detachPaymentMethod(c *call) (object, error) {
	method, err := c.lookup("payment_method", c.pathID(), "")
	if err != nil {
		return nil, err
	}
	if method["customer"] == nil {
		return nil, badRequest("The payment method you provided is not attached to a customer so detachment is impossible.")
	}
	customer := c.find("customer", method.str("customer"))
	c.change(method, "payment_method.detached", func() { method["customer"], method["_used"] = nil, true })
	if settings := customer.hash("invoice_settings"); settings.str("default_payment_method") == method.id() {
		c.change(customer, "customer.updated", func() { settings["default_payment_method"] = nil })
	}
	return method, nil
}

func customerPaymentMethods(c *call) (object, error) {
	customer, err := c.lookup("customer", c.pathID(), "customer")
	if err != nil {
		return nil, err
	}
	return listWhere("payment_method", func(c *call, method object) bool {
		return method.str("customer") == customer.id() && (!c.has("type") || c.str("type") == method.str("type"))
	})(c)
}

func customerPaymentMethod(c *call) (object, error) {
	if method := c.find("payment_method", c.vars[1]); method != nil && method.str("customer") == c.pathID() {
		return method, nil
	}
	return nil, missingObject("PaymentMethod", c.vars[1], "")
}

// ownMethod is the payment method a customer names as default: Stripe takes only the customer's own.
func (c *call) ownMethod(id, param string, customer object) (object, error) {
	method, err := c.lookup("payment_method", id, param)
	if err == nil && method.str("customer") != customer.id() {
		err = badParameter("resource_missing", param, "The customer does not have a payment method with the ID "+id+". The payment method must be attached to the customer.")
	}
	return method, err
}

// firstMethod is the payment method a customer is created with, which can be the default at once.
func (c *call) firstMethod(customer object) (object, error) {
	id, standard := c.str("payment_method"), c.hash("invoice_settings").str("default_payment_method")
	if standard != "" && standard != id {
		return c.ownMethod(standard, "invoice_settings[default_payment_method]", customer)
	}
	if id == "" {
		return nil, nil
	}
	method, err := c.methodNamed(id, "payment_method")
	if err != nil {
		return nil, err
	}
	if err := canAttach(method, customer); err != nil {
		return nil, err
	}
	if standard != "" {
		customer.hash("invoice_settings")["default_payment_method"] = method.id()
	}
	return method, nil
}

// refuseSource says that what came before payment methods isn't here.
func (c *call) refuseSource() error {
	for _, name := range []string{"source", "default_source", "card", "bank_account", "default_card", "default_bank_account"} {
		if c.has(name) {
			return badParameter("", name, "stripetest keeps no sources: attach a PaymentMethod to the customer.")
		}
	}
	return nil
}
