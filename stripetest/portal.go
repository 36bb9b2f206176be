package stripetest

import (
	"net/url"
	"slices"
	"strconv"
)

// PortalCancel cancels a subscription in a billing portal session, as the customer's button there
// does: by default at the end of the period, and in an account of flexible billing by date alone.
func (a *Account) PortalCancel(sessionID, subscriptionID string) error {
	return a.inPortal(sessionID, url.Values{"action": {"cancel"}, "subscription": {subscriptionID}})
}

// PortalResume takes back a cancellation to come, in a billing portal session.
func (a *Account) PortalResume(sessionID, subscriptionID string) error {
	return a.inPortal(sessionID, url.Values{"action": {"resume"}, "subscription": {subscriptionID}})
}

// PortalSwitch puts a subscription on another price, in a billing portal session.
func (a *Account) PortalSwitch(sessionID, subscriptionID, priceID string) error {
	return a.inPortal(sessionID, url.Values{"action": {"switch"}, "subscription": {subscriptionID}, "price": {priceID}})
}

func (a *Account) inPortal(sessionID string, form url.Values) error {
	a.server.tick()
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	session, err := a.openPortal(sessionID)
	if err != nil {
		return err
	}
	return a.actInPortal(session, form)
}

// portalActions are what the portal's forms do, by the field "action", with the feature each needs.
var portalActions = map[string]struct {
	feature string
	run     func(*Account, object, url.Values) error
}{
	"cancel": {"subscription_cancel", (*Account).portalCancel},
	"resume": {"subscription_cancel", (*Account).portalResume},
	"switch": {"subscription_update", (*Account).portalSwitch},
	"card":   {"payment_method_update", (*Account).portalCard},
}

func (a *Account) actInPortal(session object, form url.Values) error {
	action, known := portalActions[form.Get("action")]
	if !known || !a.portalFeature(session, action.feature).bool("enabled") {
		return badRequest("This portal doesn't offer that.")
	}
	return action.run(a, session, form)
}

func (a *Account) portalFeature(session object, name string) object {
	return a.find("billing_portal.configuration", session.str("configuration")).hash("features").hash(name)
}

// portalSubscription is the subscription a form names, which must be the customer's.
func (a *Account) portalSubscription(session object, form url.Values) (object, error) {
	s := a.find("subscription", form.Get("subscription"))
	if s == nil || s.str("customer") != session.str("customer") || !slices.Contains(portalStates, s.str("status")) {
		return nil, missingObject("subscription", form.Get("subscription"), "")
	}
	return s, nil
}

func (a *Account) portalCancel(session object, form url.Values) error {
	s, err := a.portalSubscription(session, form)
	if err != nil {
		return err
	}
	if setToCancel(s) {
		return badRequest("This subscription is already set to be canceled.")
	}
	feature := a.portalFeature(session, "subscription_cancel")
	change := url.Values{}
	for _, name := range []string{"feedback", "comment"} {
		if text := form.Get(name); text != "" {
			change.Set("cancellation_details["+name+"]", text)
		}
	}
	switch {
	case feature.str("mode") == "immediately":
		change.Set("prorate", strconv.FormatBool(feature.str("proration_behavior") != "none"))
		change.Set("invoice_now", strconv.FormatBool(feature.str("proration_behavior") == "always_invoice"))
		return a.perform("DELETE /v1/subscriptions/{subscription_exposed_id}", s.id(), change)
	case a.flexible:
		change.Set("cancel_at", strconv.FormatInt(s.int("current_period_end"), 10))
	default:
		change.Set("cancel_at_period_end", "true")
	}
	return a.updateInPortal(s, change)
}

// portalResume lifts a cancellation the way it was scheduled: the flag takes its date along.
func (a *Account) portalResume(session object, form url.Values) error {
	s, err := a.portalSubscription(session, form)
	switch {
	case err != nil:
		return err
	case !setToCancel(s):
		return badRequest("This subscription isn't set to be canceled.")
	case s.bool("cancel_at_period_end"):
		return a.updateInPortal(s, url.Values{"cancel_at_period_end": {"false"}})
	}
	return a.updateInPortal(s, url.Values{"cancel_at": {""}})
}

func (a *Account) portalSwitch(session object, form url.Values) error {
	s, err := a.portalSubscription(session, form)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(a.portalPrices(session, s), func(p object) bool { return p.id() == form.Get("price") }) {
		return badParameter("", "price", "Choose one of the plans.")
	}
	return a.updateInPortal(s, url.Values{
		"items[0][id]": {s.data("items")[0].id()}, "items[0][price]": {form.Get("price")},
		"proration_behavior": {a.portalFeature(session, "subscription_update").str("proration_behavior")},
	})
}

// portalPrices are the prices a subscription can change to: those the configuration lists, or with an
// empty list all active ones of its currency. A subscription to several things can't change.
func (a *Account) portalPrices(session, s object) []object {
	var listed []string
	for _, product := range a.portalFeature(session, "subscription_update").data("products") {
		listed = append(listed, product.strings("prices")...)
	}
	items := s.data("items")
	if len(items) != 1 {
		return nil
	}
	var out []object
	for _, id := range a.order["price"] {
		p := a.objects[id]
		offered := p.bool("active") && p.hash("recurring").str("usage_type") == "licensed" && p.str("currency") == s.str("currency")
		if offered && id != items[0].hash("price").id() && (listed == nil || slices.Contains(listed, id)) {
			out = append(out, p)
		}
	}
	return out
}

func (a *Account) portalCard(session object, form url.Values) error {
	card, wrong := readCard(form, a.server.clock.now())
	if wrong != nil {
		return badParameter("", wrong.Field, wrong.Text)
	}
	return a.useCard(a.find("customer", session.str("customer")), card)
}

func (a *Account) updateInPortal(s object, change url.Values) error {
	return a.perform("POST /v1/subscriptions/{subscription_exposed_id}", s.id(), change)
}

// perform runs an operation of the API on the object with the id, as a client would ask for it, so
// that what a page does has no second implementation.
func (a *Account) perform(name, id string, form url.Values) error {
	values, err := validate(loadSpec().parameters[name], parseForm(form))
	if err != nil {
		return err
	}
	_, err = operations[name](&call{Account: a, params: values, vars: []string{id}, base: a.server.base, version: defaultVersion})
	return err
}
