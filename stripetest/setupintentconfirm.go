package stripetest

func confirmSetupIntent(c *call) (object, error) {
	intent, err := c.lookup("setup_intent", c.pathID(), "")
	if err != nil {
		return nil, err
	}
	if err := c.canSetUp(intent); err != nil {
		return nil, err
	}
	method, err := c.passedMethod()
	if err != nil {
		return nil, err
	}
	if method == nil {
		method = c.find("payment_method", intent.str("payment_method"))
	}
	if err := usable(intent, method, intent.str("customer")); err != nil {
		return nil, err
	}
	return c.confirmSetup(intent, method)
}

// confirmSetup sets the method up, or asks its holder first.
func (c *call) confirmSetup(intent, method object) (object, error) {
	intent["payment_method"] = method.id()
	if cardOf(method).asks() {
		c.requireAction(intent, c.base, c.str("return_url"))
		return intent, nil
	}
	if failed := c.finishSetup(intent, method, true); failed != nil {
		return nil, failed
	}
	return intent, nil
}

// finishSetup ends a confirmation: the method is ready for payments nobody is there for, and belongs
// to the intent's customer.
func (a *Account) finishSetup(intent, method object, passed bool) *Error {
	failed := cardOf(method).store()
	if failed == nil && !passed {
		failed = notAuthenticated("setup_intent")
	}
	intent["next_action"] = nil
	if failed != nil {
		intent.merge(object{"status": "requires_payment_method", "payment_method": nil, "last_setup_error": failed.stored(method, nil)})
		a.emit("setup_intent.setup_failed", intent, nil)
		failed.setup, failed.method = intent.clone(), method.clone()
		if !passed {
			return nil // told by the intent; nobody awaits an answer
		}
		return failed
	}
	if intent.str("usage") == "off_session" {
		method["_set_up"] = true
	}
	intent.merge(object{"status": "succeeded", "last_setup_error": nil})
	if customer := a.find("customer", intent.str("customer")); customer != nil && method["customer"] == nil {
		method["customer"] = customer.id()
		a.emit("payment_method.attached", method, nil)
	}
	a.emit("setup_intent.succeeded", intent, nil)
	return nil
}

func cancelSetupIntent(c *call) (object, error) {
	intent, err := c.lookup("setup_intent", c.pathID(), "")
	if err != nil {
		return nil, err
	}
	if !open(intent) {
		return nil, setupState(intent, "You cannot cancel this SetupIntent because it has a status of "+intent.str("status")+". Only a SetupIntent with one of the following statuses may be canceled: requires_payment_method, requires_confirmation, requires_action.")
	}
	intent.merge(object{"status": "canceled", "cancellation_reason": c.text("cancellation_reason"), "next_action": nil})
	c.emit("setup_intent.canceled", intent, nil)
	return intent, nil
}
