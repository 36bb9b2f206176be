package stripetest

import (
	"slices"
	"time"
)

// maxOverlap is how long Stripe keeps an old signing secret valid beside the new one.
const maxOverlap = 24 * time.Hour

// signingSecret is one secret of an endpoint. All but the newest end.
type signingSecret struct {
	value string
	ends  time.Time
}

func (a *Account) newSecret() string { return "whsec_" + a.server.random(32) }

// Secret is the newest secret of the signature, "whsec_…".
func (e *Endpoint) Secret() string {
	e.account.server.mu.Lock()
	defer e.account.server.mu.Unlock()
	return e.secrets[0].value
}

// RollSecret gives the endpoint a new secret and returns it. Until overlap has passed by the server's
// clock each delivery carries a signature by the old secret too, after the one by the new; an overlap
// of 0 ends the old one at once. It panics on more than 24 hours.
func (e *Endpoint) RollSecret(overlap time.Duration) (secret string) {
	if overlap < 0 || overlap > maxOverlap {
		panic("stripetest: a rolled secret stays valid for 24 hours at most")
	}
	s := e.account.server
	s.mu.Lock()
	defer s.mu.Unlock()
	e.secrets[0].ends = s.clock.now().Add(overlap)
	e.secrets = slices.Insert(e.secrets, 0, signingSecret{value: e.account.newSecret()})
	return e.secrets[0].value
}

// valid are the secrets that sign at a moment, the newest first.
func (e *Endpoint) valid(at time.Time) []string {
	var out []string
	for _, s := range e.secrets {
		if s.ends.IsZero() || at.Before(s.ends) {
			out = append(out, s.value)
		}
	}
	return out
}
