package stripetest

import (
	"slices"
	"strings"
	"time"
)

// maxEndpoints is how many webhook endpoints one mode of an account may have.
const maxEndpoints = 16

// Endpoint is a webhook endpoint of one mode of an account. It is safe for concurrent use.
type Endpoint struct {
	account *Account
	id      string
	object  object // as the API shows it
	version string // it is pinned to; empty follows the account
	secrets []signingSecret
	rules   []DeliveryRule

	queue        []*Delivery // due, waiting for those before them
	running      bool
	held         *Delivery // by a rule, until another has passed it
	failingSince time.Time // zero while the last delivery succeeded
}

// WebhookOptions describe an endpoint made with AddWebhook.
type WebhookOptions struct {
	// URL takes the signed POSTs.
	URL string
	// Events are names such as "invoice.paid", or patterns such as "invoice.*", which Stripe's API
	// doesn't take; "*" or none delivers all.
	Events []string
	// APIVersion pins the shape of the bodies. Empty follows the account's default at the time of each
	// event.
	APIVersion string
}

// AddWebhook has the account's events delivered to the URL, each in a signed POST. It panics on an
// API version the server doesn't know, on the name of an event that Stripe doesn't have, and on the
// seventeenth endpoint, which Stripe refuses too.
func (a *Account) AddWebhook(o WebhookOptions) *Endpoint {
	if o.APIVersion != "" {
		mustRelease(o.APIVersion)
	}
	for _, name := range o.Events {
		if wrong := misspeltPattern(name); wrong != "" {
			panic("stripetest: AddWebhook: " + wrong)
		}
	}
	if len(o.Events) == 0 {
		o.Events = []string{"*"}
	}
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	if len(a.endpoints) >= maxEndpoints {
		panic("stripetest: an account has at most 16 webhook endpoints")
	}
	return a.addEndpoint(o)
}

// AddWebhookEndpoint is AddWebhook for an endpoint that follows the account's version. It returns the
// secret of the signature, "whsec_…".
func (a *Account) AddWebhookEndpoint(url string, events ...string) (secret string) {
	return a.AddWebhook(WebhookOptions{URL: url, Events: events}).Secret()
}

func (a *Account) addEndpoint(o WebhookOptions) *Endpoint {
	e := &Endpoint{account: a, version: o.APIVersion, secrets: []signingSecret{{value: a.newSecret()}}}
	fields := object{
		"id": a.newID("we"), "created": a.now(), "enabled_events": slices.Clone(o.Events), "livemode": a.livemode,
		"metadata": object{}, "status": "enabled", "url": o.URL,
	}
	if o.APIVersion != "" {
		fields["api_version"] = o.APIVersion
	}
	e.object = a.add(newObject("webhook_endpoint", fields))
	e.id = e.object.id()
	a.endpoints = append(a.endpoints, e)
	return e
}

// ID is the endpoint's id, "we_…".
func (e *Endpoint) ID() string { return e.id }

// Disable stops deliveries, those of failed ones that wait for their next attempt included. Events
// that happen meanwhile are never delivered to it.
func (e *Endpoint) Disable() { e.setStatus("disabled") }

// Enable undoes Disable, and the server's own disabling of an endpoint that kept failing.
func (e *Endpoint) Enable() { e.setStatus("enabled") }

// Disabled tells whether the endpoint was disabled, by Disable, over the API, or by the server since it
// had kept failing.
func (e *Endpoint) Disabled() bool {
	e.account.server.mu.Lock()
	defer e.account.server.mu.Unlock()
	return e.disabled()
}

func (e *Endpoint) disabled() bool { return e.object.str("status") != "enabled" }

func (e *Endpoint) setStatus(status string) {
	e.account.server.mu.Lock()
	defer e.account.server.mu.Unlock()
	e.object["status"] = status
	e.failingSince = time.Time{}
}

// wants tells whether the endpoint takes events of the kind. One of a version before basil doesn't
// know the payments of invoices.
func (e *Endpoint) wants(kind string) bool {
	if e.disabled() {
		return false
	}
	if strings.HasPrefix(kind, "invoice_payment.") && mustRelease(e.bodyVersion(e.account.version)) < basil {
		return false
	}
	patterns, _ := e.object["enabled_events"].([]any)
	return slices.ContainsFunc(patterns, func(p any) bool { return matchesType(p.(string), kind) })
}

// bodyVersion is the version of a body about an event that happened in one.
func (e *Endpoint) bodyVersion(happened string) string {
	if e.version != "" {
		return e.version
	}
	return happened
}

func (a *Account) endpointsFor(kind string) []*Endpoint {
	var out []*Endpoint
	for _, e := range a.endpoints {
		if e.wants(kind) {
			out = append(out, e)
		}
	}
	return out
}

// matchesType understands a name, "*", and "invoice.*".
func matchesType(pattern, kind string) bool {
	prefix, wild := strings.CutSuffix(pattern, "*")
	return pattern == kind || wild && strings.HasPrefix(kind, prefix)
}
