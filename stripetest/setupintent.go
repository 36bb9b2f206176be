package stripetest

import "slices"

var setupIntentOperations = map[string]operation{
	"POST /v1/setup_intents":                  createSetupIntent,
	"GET /v1/setup_intents":                   list("setup_intent", "customer", "payment_method"),
	"GET /v1/setup_intents/{intent}":          retrieve("setup_intent"),
	"POST /v1/setup_intents/{intent}":         updateSetupIntent,
	"POST /v1/setup_intents/{intent}/confirm": confirmSetupIntent,
	"POST /v1/setup_intents/{intent}/cancel":  cancelSetupIntent,
}

func createSetupIntent(c *call) (object, error) {
	types, err := c.methodTypes("")
	if err != nil {
		return nil, err
	}
	intent := newObject("setup_intent", object{
		"created": c.now(), "livemode": c.livemode, "metadata": object{}, "payment_method_types": types,
		"automatic_payment_methods": c.automaticMethods(),
		"payment_method_options":    object{"card": object{"mandate_options": nil, "network": nil, "request_three_d_secure": "automatic"}},
		"status":                    "requires_payment_method", "usage": c.strOr("usage", "off_session"),
	})
	method, err := c.checkSetup(intent)
	if err != nil {
		return nil, err
	}
	intent["id"] = c.newID("seti")
	intent["client_secret"] = intent.id() + "_secret_" + c.server.random(25)
	c.setupFields(intent, method)
	intent = c.add(intent)
	c.emit("setup_intent.created", intent, nil)
	if c.bool("confirm") {
		return c.confirmSetup(intent, method)
	}
	return intent, nil
}

// checkSetup refuses what can't be, as checkIntent does for payments.
func (c *call) checkSetup(intent object) (object, error) {
	customer := intent.str("customer")
	if c.has("customer") {
		customer = c.str("customer")
	}
	if customer != "" {
		if _, err := c.lookup("customer", customer, "customer"); err != nil {
			return nil, err
		}
	}
	if c.bool("confirm") {
		if err := c.canSetUp(intent); err != nil {
			return nil, err
		}
	}
	method, err := c.passedMethod()
	if err == nil && method != nil {
		err = usable(intent, method, customer)
	}
	return method, err
}

func (c *call) setupFields(intent, method object) {
	c.copyTo(intent, "customer", "description", "flow_directions", "on_behalf_of")
	c.metadataTo(intent)
	if method == nil {
		return
	}
	intent["payment_method"] = method.id()
	if intent.str("status") == "requires_payment_method" {
		intent["status"] = "requires_confirmation"
	}
}

// canSetUp refuses a confirmation that can't begin.
func (c *call) canSetUp(intent object) error {
	status := intent.str("status")
	automatic := intent.hash("automatic_payment_methods")
	switch {
	case !open(intent):
		return setupState(intent, "You cannot confirm this SetupIntent because it has a status of "+status+".")
	case !c.has("payment_method") && !c.has("payment_method_data") && intent["payment_method"] == nil:
		return setupState(intent, "You cannot confirm this SetupIntent because it's missing a payment method.")
	case automatic.bool("enabled") && automatic.str("allow_redirects") != "never" && c.str("return_url") == "":
		return badRequest("This SetupIntent is configured to accept payment methods enabled in your Dashboard. Because some of these payment methods might redirect your customer off of your page, you must provide a `return_url`. If you don't want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and `automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents.")
	}
	return nil
}

// open tells an intent that has neither come to its end nor to its bank.
func open(intent object) bool {
	return slices.Contains([]string{"requires_payment_method", "requires_confirmation", "requires_action"}, intent.str("status"))
}

func setupState(intent object, message string) error {
	return &Error{Status: 400, Type: "invalid_request_error", Code: "setup_intent_unexpected_state", Message: message, setup: intent.clone()}
}

// updateSetupIntent changes a setup intent. Stripe has no event for it.
func updateSetupIntent(c *call) (object, error) {
	intent, err := c.lookup("setup_intent", c.pathID(), "")
	if err != nil {
		return nil, err
	}
	if !open(intent) && (c.has("payment_method") || c.has("customer") || c.has("payment_method_types")) {
		return nil, setupState(intent, "This SetupIntent could not be updated because it has a status of "+intent.str("status")+".")
	}
	draft := intent.clone()
	if c.has("payment_method_types") {
		types, err := c.methodTypes("")
		if err != nil {
			return nil, err
		}
		draft.merge(object{"payment_method_types": types, "automatic_payment_methods": nil})
	}
	method, err := c.checkSetup(draft)
	if err != nil {
		return nil, err
	}
	c.setupFields(draft, method)
	intent.merge(draft)
	return intent, nil
}
