package stripetest

import "slices"

// updateIntent changes an intent. Stripe has no event for it.
func updateIntent(c *call) (object, error) {
	intent, err := c.lookup("payment_intent", c.pathID(), "")
	if err != nil {
		return nil, err
	}
	draft, err := c.draftOf(intent)
	if err != nil {
		return nil, err
	}
	method, err := c.checkIntent(draft)
	if err != nil {
		return nil, err
	}
	c.intentFields(draft)
	c.copyTo(draft, "capture_method")
	c.metadataTo(draft)
	if method != nil {
		draft["payment_method"] = method.id()
		if draft.str("status") == "requires_payment_method" {
			draft["status"] = "requires_confirmation"
		}
	}
	intent.merge(draft)
	return intent, nil
}

// draftOf is the intent with the amount, currency and types it is to have. While money is on its
// way or has come they stand.
func (c *call) draftOf(intent object) (object, error) {
	draft := intent.clone()
	open := slices.Contains([]string{"requires_payment_method", "requires_confirmation", "requires_action"}, intent.str("status"))
	for _, name := range []string{"amount", "currency", "payment_method", "payment_method_data", "payment_method_types", "capture_method", "customer", "setup_future_usage"} {
		switch {
		case !c.has(name):
		case !open:
			return nil, intentState(intent, "This PaymentIntent's "+name+" could not be updated because it has a status of "+intent.str("status")+". You may only update the "+name+" of a PaymentIntent with one of the following statuses: requires_payment_method, requires_confirmation, requires_action.")
		case intent["invoice"] != nil && (name == "amount" || name == "currency" || name == "customer"):
			return nil, intentState(intent, "You cannot change the "+name+" of a PaymentIntent that belongs to an invoice.")
		}
	}
	c.copyTo(draft, "amount", "currency")
	if err := checkAmount(draft.int("amount"), draft.str("currency")); err != nil && open {
		return nil, err
	}
	if c.has("payment_method_types") {
		types, err := c.methodTypes(draft.str("currency"))
		if err != nil {
			return nil, err
		}
		draft.merge(object{"payment_method_types": types, "payment_method_options": methodOptions(normalize(types)), "automatic_payment_methods": nil})
	}
	return draft, nil
}
