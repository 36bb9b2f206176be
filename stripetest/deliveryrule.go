package stripetest

import (
	"slices"
	"time"
)

// holdTime is how long a delivery waits for another to pass it, in vain.
const holdTime = time.Minute

// DeliveryRule spoils deliveries on their way, as networks do and as Stripe warns it does. Rates are
// between 0 and 1, and drawn from Options.Seed; everything waits by the server's clock. A rule is
// applied to an event's first delivery to an endpoint; attempts after a failure are left alone.
type DeliveryRule struct {
	// Events are the names or patterns that the rule is for; none is all.
	Events []string
	// DropRate of the deliveries are lost for ever: Stripe's list of events is then the only trace.
	DropRate float64
	// DuplicateRate of the deliveries arrive twice.
	DuplicateRate float64
	// ReorderRate of the deliveries are held until the endpoint's next has passed, a minute at most.
	ReorderRate float64
	// DelayMin and DelayMax bound how late deliveries are; each draws its own delay in between.
	DelayMin, DelayMax time.Duration
}

// DeliveryRules replaces the rules for the account's deliveries. The first rule that is for an event
// applies, of the endpoint's own, then of the account's, then of Options.DeliveryRules. A rule with
// nothing but names makes an exception.
func (a *Account) DeliveryRules(rules ...DeliveryRule) {
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	a.rules = slices.Clone(rules)
}

// DeliveryRules replaces the rules for deliveries to the endpoint.
func (e *Endpoint) DeliveryRules(rules ...DeliveryRule) {
	e.account.server.mu.Lock()
	defer e.account.server.mu.Unlock()
	e.rules = slices.Clone(rules)
}

func (d *Delivery) rule() DeliveryRule {
	kind := d.event.str("type")
	for _, rules := range [][]DeliveryRule{d.endpoint.rules, d.endpoint.account.rules, d.server.options.DeliveryRules} {
		for _, r := range rules {
			if len(r.Events) == 0 || slices.ContainsFunc(r.Events, func(p string) bool { return matchesType(p, kind) }) {
				return r
			}
		}
	}
	return DeliveryRule{}
}

// dispatch sends a new delivery on its way by the rules. Server.mu is held.
func (s *Server) dispatch(d *Delivery) {
	r := d.rule()
	if s.chance(r.DropRate) {
		s.logDelivery(d, 0, errLost)
		return
	}
	copies := []*Delivery{d}
	if s.chance(r.DuplicateRate) {
		copies = append(copies, d.copy())
	}
	for _, c := range copies {
		wait := r.DelayMin
		if r.DelayMax > r.DelayMin {
			wait += time.Duration(s.luck.Int64N(int64(r.DelayMax-r.DelayMin) + 1))
		}
		if wait > 0 {
			s.at(s.clock.now().Add(wait), func() { s.pass(c, s.chance(r.ReorderRate)) })
			continue
		}
		s.pass(c, s.chance(r.ReorderRate))
	}
}

// pass makes a delivery due, and then the one that was held for it. hold holds this one instead, unless
// one is held already.
func (s *Server) pass(d *Delivery, hold bool) {
	e := d.endpoint
	before := e.held
	if hold && before == nil {
		e.held = d
		s.at(s.clock.now().Add(holdTime), func() { s.release(d) })
		return
	}
	s.enqueue(d)
	if before != nil {
		s.release(before)
	}
}

func (s *Server) release(d *Delivery) {
	if d.endpoint.held == d {
		d.endpoint.held = nil
		s.enqueue(d)
	}
}

func (s *Server) chance(rate float64) bool { return rate > 0 && s.luck.Float64() < rate }
