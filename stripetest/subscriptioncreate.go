package stripetest

func createSubscription(c *call) (object, error) {
	if c.str("payment_behavior") == "pending_if_incomplete" {
		return nil, badParameter("", "payment_behavior", "You cannot set `payment_behavior` to `pending_if_incomplete` when creating a subscription.")
	}
	customer, err := c.lookup("customer", c.str("customer"), "customer")
	if err == nil {
		err = c.checkBilling(customer, "charge_automatically")
	}
	if err != nil {
		return nil, err
	}
	draft, err := c.subscriptionDraft(customer)
	if err != nil {
		return nil, err
	}
	s, _ := c.startSubscription(draft) // a declined card leaves it incomplete
	return s, nil
}

// checkBilling checks the parameters that creation and update of a subscription share. method is the
// collection method unless the request sets it.
func (c *call) checkBilling(customer object, method string) error {
	if c.has("collection_method") {
		method = c.str("collection_method")
	}
	switch {
	case c.has("trial_end") && c.has("trial_period_days"):
		return badParameter("", "trial_end", "You may only specify one of these parameters: trial_end, trial_period_days.")
	case c.has("cancel_at") && c.bool("cancel_at_period_end"):
		return badParameter("", "cancel_at", "You may only specify one of these parameters: cancel_at, cancel_at_period_end.")
	case c.has("days_until_due") && method != "send_invoice":
		return badParameter("", "days_until_due", "`days_until_due` may only be set when `collection_method` is `send_invoice`.")
	case c.has("trial_period_days") && c.int("trial_period_days") < 0:
		return badParameter("parameter_invalid_integer", "trial_period_days", "This value must be greater than or equal to 0.")
	}
	for _, name := range []string{"trial_end", "cancel_at", "billing_cycle_anchor"} {
		if at, isTime := c.get(name).(int64); isTime && at <= c.now() {
			return badParameter("", name, "Invalid timestamp: must be an integer Unix timestamp in the future.")
		}
	}
	return c.checkMethod(customer, "default_payment_method")
}

// checkMethod refuses a payment method that is not the customer's.
func (c *call) checkMethod(customer object, param string) error {
	id := c.str(param)
	if id == "" {
		return nil
	}
	method, err := c.lookup("payment_method", id, param)
	if err == nil && method.str("customer") != customer.id() {
		err = badParameter("resource_missing", param, "The customer does not have a payment method with the ID "+id+". The payment method must be attached to the customer.")
	}
	return err
}

// subscriptionDraft reads what the subscription will be, and refuses one that has no way to pay what
// it costs now.
func (c *call) subscriptionDraft(customer object) (subscriptionDraft, error) {
	d := subscriptionDraft{
		customer: customer, pay: c.payment(), anchor: c.int("billing_cycle_anchor"), free: c.str("proration_behavior") == "none", fields: object{"metadata": object{}},
	}
	if !c.has("items") {
		return d, missingParameter("items")
	}
	var err error
	if d.items, err = c.changedItems(nil, "", c.hashes("items")); err != nil {
		return d, err
	}
	if d.once, err = c.onceLines(); err != nil {
		return d, err
	}
	if d.trialEnd = c.int("trial_end"); c.int("trial_period_days") > 0 {
		d.trialEnd = c.now() + c.int("trial_period_days")*24*60*60
	}
	if err := c.checkAnchor(d); err != nil {
		return d, err
	}
	c.subscriptionFields(d.fields)
	return d, c.checkFirstPayment(d)
}

// payment is how a request wants its invoice paid.
func (c *call) payment() attempt {
	return attempt{deferred: c.str("payment_behavior") == "default_incomplete", offSession: c.bool("off_session"), automatic: true, base: c.base}
}

func (c *call) checkAnchor(d subscriptionDraft) error {
	interval, count := intervalOf(d.items)
	if d.anchor > addInterval(c.server.clock.now(), interval, count).Unix() {
		return badParameter("", "billing_cycle_anchor", "billing_cycle_anchor cannot be later than next natural billing date for plan")
	}
	return nil
}

// subscriptionFields copies what a subscription just remembers.
func (c *call) subscriptionFields(s object) {
	c.copyTo(s, "default_payment_method", "description", "days_until_due", "collection_method", "cancel_at", "cancel_at_period_end")
	c.metadataTo(s)
	if c.has("trial_settings") {
		s["trial_settings"] = normalize(c.get("trial_settings"))
	}
	if c.has("payment_settings") {
		settings := object{"payment_method_options": nil, "payment_method_types": nil, "save_default_payment_method": "off"}
		c.hash("payment_settings").copyTo(settings, "payment_method_types", "save_default_payment_method")
		s["payment_settings"] = settings
	}
	if c.has("cancel_at") || c.bool("cancel_at_period_end") {
		s["canceled_at"] = c.now()
	}
}

// onceLines are the lines of add_invoice_items.
func (c *call) onceLines() ([]object, error) {
	var lines []object
	for _, p := range c.hashes("add_invoice_items") {
		price, err := c.linePrice(p)
		if err != nil {
			return nil, err
		}
		lines = append(lines, c.onceLine(price, p.intOr("quantity", 1)))
	}
	return lines, nil
}

func (a *Account) onceLine(price object, quantity int64) object {
	return a.newLine(price, quantity, price.int("unit_amount")*quantity, a.describe(price, quantity))
}

// checkFirstPayment refuses a subscription that must be paid now and names nothing to pay with, or,
// with error_if_incomplete, a card that will be declined.
func (c *call) checkFirstPayment(d subscriptionDraft) error {
	s := c.draftedSubscription(d)
	if d.pay.deferred || s.str("collection_method") != "charge_automatically" || c.firstInvoice(s, d).due <= 0 {
		return nil
	}
	method := c.methodFor(nil, s)
	if method == nil {
		return noMethod()
	}
	if c.str("payment_behavior") == "error_if_incomplete" {
		return errorOrNil(c.foresee(method, d.pay))
	}
	return nil
}

// noMethod is Stripe's error of a customer with nothing to charge.
func noMethod() *Error {
	return &Error{Status: 400, Type: "invalid_request_error", Code: "resource_missing",
		Message: "This customer has no attached payment source or default payment method. Please consider adding a default payment method. For more information, visit https://stripe.com/docs/billing/subscriptions/payment-methods-setting#payment-method-priority."}
}
