package stripetest

import (
	"maps"
	"slices"
)

var portalOperations = map[string]operation{
	"POST /v1/billing_portal/sessions":                       createPortalSession,
	"POST /v1/billing_portal/configurations":                 createPortalConfiguration,
	"GET /v1/billing_portal/configurations":                  list("billing_portal.configuration", "active", "is_default"),
	"GET /v1/billing_portal/configurations/{configuration}":  retrieve("billing_portal.configuration"),
	"POST /v1/billing_portal/configurations/{configuration}": updatePortalConfiguration,
}

// portalFeatures is a configuration's features with nothing enabled.
func portalFeatures() object {
	return normalize(object{
		"customer_update": object{"allowed_updates": []any{}, "enabled": false},
		"invoice_history": object{"enabled": false}, "payment_method_update": object{"enabled": false},
		"subscription_cancel": object{
			"cancellation_reason": object{"enabled": false, "options": []any{}},
			"enabled":             false, "mode": "at_period_end", "proration_behavior": "none",
		},
		"subscription_pause": object{"enabled": false},
		"subscription_update": object{
			"default_allowed_updates": []any{}, "enabled": false, "products": []any{}, "proration_behavior": "none",
		},
	}).(map[string]any)
}

// servedFeatures are what the portal's page does. What else a configuration asks for is stored and
// shown, and has no effect.
var servedFeatures = map[string][]string{
	"invoice_history":       {"enabled"},
	"payment_method_update": {"enabled"},
	"subscription_cancel":   {"cancellation_reason", "enabled", "mode", "proration_behavior"},
	"subscription_update":   {"enabled", "products", "proration_behavior"},
}

func (a *Account) newPortalConfiguration(features object) object {
	return newObject("billing_portal.configuration", object{
		"id": a.newID("bpc"), "active": true, "business_profile": object{"headline": nil, "privacy_policy_url": nil, "terms_of_service_url": nil},
		"created": a.now(), "updated": a.now(), "features": features, "is_default": false, "livemode": a.livemode,
		"login_page": object{"enabled": false, "url": nil}, "metadata": object{},
	})
}

// defaultPortal is the configuration of sessions that name none: the one that Stripe has its users
// save in the Dashboard, here with all that the page does. It is made when it is first needed.
func (a *Account) defaultPortal() object {
	for _, id := range a.order["billing_portal.configuration"] {
		if configuration := a.objects[id]; configuration.bool("is_default") {
			return configuration
		}
	}
	features := portalFeatures()
	for name := range servedFeatures {
		features.hash(name)["enabled"] = true
	}
	features.hash("subscription_update").merge(object{"default_allowed_updates": []string{"price"}, "proration_behavior": "create_prorations"})
	features.hash("subscription_cancel").merge(object{"cancellation_reason": object{
		"enabled": true, "options": []string{"too_expensive", "missing_features", "switched_service", "unused", "other"},
	}})
	configuration := a.newPortalConfiguration(features)
	configuration["is_default"] = true
	return a.add(configuration)
}

func createPortalConfiguration(c *call) (object, error) {
	configuration := c.newPortalConfiguration(portalFeatures())
	if err := c.configurePortal(configuration); err != nil {
		return nil, err
	}
	configuration = c.add(configuration)
	c.emit("billing_portal.configuration.created", configuration, nil)
	return configuration, nil
}

func updatePortalConfiguration(c *call) (object, error) {
	configuration, err := c.lookup("billing_portal.configuration", c.pathID(), "")
	if err != nil {
		return nil, err
	}
	if configuration.bool("is_default") && c.has("active") && !c.bool("active") {
		return nil, badParameter("", "active", "You can't deactivate the default configuration.")
	}
	edited := configuration.clone()
	if err := c.configurePortal(edited); err != nil {
		return nil, err
	}
	c.change(configuration, "billing_portal.configuration.updated", func() {
		edited["updated"] = c.now()
		configuration.merge(edited)
	})
	return configuration, nil
}

// configurePortal puts the parameters into a configuration that isn't stored yet.
func (c *call) configurePortal(configuration object) error {
	features := c.hash("features")
	for _, p := range features.hash("subscription_update").hashes("products") {
		if _, err := c.lookup("product", p.str("product"), join(p.path, "product")); err != nil {
			return err
		}
		for _, price := range p.strings("prices") {
			if _, err := c.lookup("price", price, join(p.path, "prices")); err != nil {
				return err
			}
		}
	}
	c.copyTo(configuration, "active", "default_return_url")
	c.hash("business_profile").copyTo(configuration.hash("business_profile"), "headline", "privacy_policy_url", "terms_of_service_url")
	c.metadataTo(configuration)
	if c.hash("login_page").has("enabled") {
		configuration.hash("login_page")["enabled"] = c.hash("login_page").values["enabled"] // without reading it: there is no login page
	}
	for _, name := range slices.Sorted(maps.Keys(features.values)) {
		features.hash(name).featureTo(configuration.hash("features").hash(name), servedFeatures[name])
	}
	return nil
}

// featureTo stores all of a feature's parameters, and reads those that are served.
func (p params) featureTo(feature object, served []string) {
	for _, name := range slices.Sorted(maps.Keys(p.values)) {
		value := p.values[name]
		if slices.Contains(served, name) {
			value = p.get(name)
		}
		nested, isHash := value.(map[string]any)
		if !isHash {
			feature[name] = listed(value)
			continue
		}
		for field, v := range nested {
			feature.hash(name)[field] = listed(v)
		}
	}
}

// listed is a parameter's value; the empty string, which stands for an empty list, is one.
func listed(value any) any {
	if value == "" {
		return []any{}
	}
	return normalize(value)
}
