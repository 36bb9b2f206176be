package stripetest

import (
	"net/url"
	"slices"
	"strconv"
)

var endpointOperations = map[string]operation{
	"POST /v1/webhook_endpoints":                      createEndpoint,
	"GET /v1/webhook_endpoints":                       list("webhook_endpoint"),
	"GET /v1/webhook_endpoints/{webhook_endpoint}":    retrieve("webhook_endpoint"),
	"POST /v1/webhook_endpoints/{webhook_endpoint}":   updateEndpoint,
	"DELETE /v1/webhook_endpoints/{webhook_endpoint}": deleteEndpoint,
}

// openEnums are parameters that take more values than the description of 2023-10-16 lists, since
// Stripe adds to them: versions and kinds of events.
var openEnums = map[string][]string{
	"POST /v1/webhook_endpoints":                    {"api_version", "enabled_events"},
	"POST /v1/webhook_endpoints/{webhook_endpoint}": {"enabled_events"},
}

// createEndpoint answers the secret, which no later answer has.
func createEndpoint(c *call) (object, error) {
	o := WebhookOptions{URL: c.str("url"), Events: c.strings("enabled_events"), APIVersion: c.str("api_version")}
	if err := c.checkEndpoint(); err != nil {
		return nil, err
	}
	if len(c.endpoints) >= maxEndpoints {
		return nil, badRequest("You have reached the maximum of 16 " + c.mode() + " webhook endpoints.")
	}
	e := c.addEndpoint(o)
	c.copyTo(e.object, "description")
	c.metadataTo(e.object)
	answer := e.object.clone()
	answer["secret"] = e.secrets[0].value
	return answer, nil
}

func (c *call) checkEndpoint() error {
	if version := c.str("api_version"); version != "" {
		if _, ok := releaseOf(version); !ok {
			return badParameter("", "api_version", "Invalid api_version: "+version)
		}
	}
	for i, name := range c.strings("enabled_events") {
		if wrong := misspelt(name); wrong != "" {
			param := "enabled_events[" + strconv.Itoa(i) + "]"
			return badParameter("", param, "Invalid "+param+": "+wrong+".")
		}
	}
	if !c.has("url") {
		return nil
	}
	target, err := url.Parse(c.str("url"))
	if err != nil || target.Host == "" || target.Scheme != "https" && target.Scheme != "http" {
		return badParameter("url_invalid", "url", "Not a valid URL")
	}
	return nil
}

func updateEndpoint(c *call) (object, error) {
	o, err := c.lookup("webhook_endpoint", c.pathID(), "")
	if err != nil {
		return nil, err
	}
	if err := c.checkEndpoint(); err != nil {
		return nil, err
	}
	c.copyTo(o, "description", "enabled_events", "url")
	c.metadataTo(o)
	if c.has("disabled") {
		o["status"] = "enabled"
		if c.bool("disabled") {
			o["status"] = "disabled"
		}
	}
	return o, nil
}

func deleteEndpoint(c *call) (object, error) {
	o, err := c.lookup("webhook_endpoint", c.pathID(), "")
	if err != nil {
		return nil, err
	}
	o["status"] = "disabled" // what waits for another attempt is never sent
	c.remove(o)
	c.endpoints = slices.DeleteFunc(c.endpoints, func(e *Endpoint) bool { return e.ID() == o.id() })
	return object{"id": o.id(), "object": "webhook_endpoint", "deleted": true}, nil
}
