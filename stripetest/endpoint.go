package stripetest

import (
	"slices"
	"strings"
)

// endpoint is a webhook endpoint of an account's mode.
type endpoint struct {
	account *Account
	url     string
	events  []string
	secret  string
	queue   []*delivery
	running bool
}

// AddWebhookEndpoint has the account's events delivered to the url, each in a signed POST, and
// returns the secret of the signature, "whsec_…". Events are names such as "invoice.paid"; "*" or
// none delivers all.
func (a *Account) AddWebhookEndpoint(url string, events ...string) (secret string) {
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	if len(events) == 0 {
		events = []string{"*"}
	}
	e := &endpoint{account: a, url: url, events: slices.Clone(events), secret: "whsec_" + a.server.random(32)}
	a.endpoints = append(a.endpoints, e)
	return e.secret
}

func (a *Account) endpointsFor(kind string) []*endpoint {
	var out []*endpoint
	for _, e := range a.endpoints {
		if slices.ContainsFunc(e.events, func(pattern string) bool { return matchesType(pattern, kind) }) {
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
