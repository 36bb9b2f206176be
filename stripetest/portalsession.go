package stripetest

import (
	"net/http"
	"slices"
	"time"
)

// portalLife is how long a portal session's link works.
const portalLife = time.Hour

func createPortalSession(c *call) (object, error) {
	customer, err := c.lookup("customer", c.str("customer"), "customer")
	if err != nil {
		return nil, err
	}
	if err := c.checkURL("return_url"); err != nil {
		return nil, err
	}
	configuration, err := c.portalConfiguration()
	if err != nil {
		return nil, err
	}
	flow, err := c.portalFlow(customer, configuration)
	if err != nil {
		return nil, err
	}
	id := c.newID("bps")
	session := newObject("billing_portal.session", object{
		"id": id, "configuration": configuration.id(), "created": c.now(), "customer": customer.id(), "flow": flow,
		"livemode": c.livemode, "return_url": configuration["default_return_url"], "url": c.base + "/portal/" + id,
	})
	c.copyTo(session, "locale", "return_url")
	session = c.add(session)
	c.emit("billing_portal.session.created", session, nil)
	return session, nil
}

func (c *call) portalConfiguration() (object, error) {
	if !c.has("configuration") {
		return c.defaultPortal(), nil
	}
	configuration, err := c.lookup("billing_portal.configuration", c.str("configuration"), "configuration")
	if err == nil && !configuration.bool("active") {
		err = badParameter("", "configuration", "The configuration "+configuration.id()+" is inactive. Sessions need an active configuration.")
	}
	return configuration, err
}

// flowFeatures are the flows the portal's page has, and the feature each needs.
var flowFeatures = map[string]string{
	"payment_method_update": "payment_method_update",
	"subscription_cancel":   "subscription_cancel",
	"subscription_update":   "subscription_update",
}

// portalFlow is the one action that a session with flow_data is for, nil for the whole portal.
func (c *call) portalFlow(customer, configuration object) (any, error) {
	p := c.hash("flow_data")
	if !c.has("flow_data") {
		return nil, nil
	}
	kind := p.str("type")
	feature, served := flowFeatures[kind]
	switch {
	case !served:
		return nil, badParameter("", "flow_data[type]", "stripetest has no portal flow of type "+kind+".")
	case !configuration.hash("features").hash(feature).bool("enabled"):
		return nil, badParameter("", "flow_data[type]", "You can't use this flow: the feature "+feature+" is disabled in the portal configuration "+configuration.id()+".")
	case p.hash("subscription_cancel").has("retention"):
		return nil, badParameter("", "flow_data[subscription_cancel][retention]", "stripetest has no coupon offers in the portal.")
	}
	after, err := p.afterCompletion()
	if err != nil {
		return nil, err
	}
	flow := object{
		"type": kind, "after_completion": after, "subscription_cancel": nil, "subscription_update": nil, "subscription_update_confirm": nil,
	}
	if kind == "payment_method_update" {
		return flow, nil
	}
	return c.subscriptionFlow(p.hash(kind), flow, customer)
}

// subscriptionFlow adds the subscription a flow is about.
func (c *call) subscriptionFlow(p params, flow, customer object) (object, error) {
	if !p.has("subscription") {
		return nil, missingParameter(join(p.path, "subscription"))
	}
	param := join(p.path, "subscription")
	s, err := c.lookup("subscription", p.str("subscription"), param)
	switch {
	case err != nil:
		return nil, err
	case s.str("customer") != customer.id() || !slices.Contains(portalStates, s.str("status")):
		return nil, badParameter("", param, "The subscription "+s.id()+" is none that the customer "+customer.id()+" can manage.")
	case flow.str("type") == "subscription_cancel" && setToCancel(s):
		return nil, badParameter("", param, "The subscription "+s.id()+" is already set to be canceled.")
	}
	flow[flow.str("type")] = object{"subscription": s.id()}
	if flow.str("type") == "subscription_cancel" {
		flow["subscription_cancel"] = object{"subscription": s.id(), "retention": nil}
	}
	return flow, nil
}

// afterCompletion is where a flow ends: in the portal unless told otherwise.
func (p params) afterCompletion() (object, error) {
	after := p.hash("after_completion")
	kind := after.str("type")
	if kind == "" {
		kind = "portal_homepage"
	}
	end := object{"type": kind, "hosted_confirmation": nil, "redirect": nil}
	switch kind {
	case "redirect":
		url := after.hash("redirect").str("return_url")
		if url == "" {
			return nil, missingParameter("flow_data[after_completion][redirect][return_url]")
		}
		end["redirect"] = object{"return_url": url}
	case "hosted_confirmation":
		end["hosted_confirmation"] = object{"custom_message": after.hash("hosted_confirmation").text("custom_message")}
	}
	return end, nil
}

// setToCancel tells a subscription that is to be canceled, by flag or by date.
func setToCancel(s object) bool { return s.bool("cancel_at_period_end") || s["cancel_at"] != nil }

// portalStates are the states of the subscriptions the portal shows.
var portalStates = []string{"active", "trialing", "past_due", "unpaid", "paused"}

// openPortal is a portal session whose link still works.
func (a *Account) openPortal(id string) (object, error) {
	session, err := a.lookup("billing_portal.session", id, "")
	if err == nil && a.portalExpired(session) {
		err = &Error{Status: http.StatusGone, Type: "invalid_request_error", Message: "This portal session has expired."}
	}
	return session, err
}

// portalExpired tells a session whose time is over, or whose customer is gone.
func (a *Account) portalExpired(session object) bool {
	customer := a.find("customer", session.str("customer"))
	return customer == nil || customer.bool("deleted") || a.server.clock.now().Sub(time.Unix(session.int("created"), 0)) >= portalLife
}
