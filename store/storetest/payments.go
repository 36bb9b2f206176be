package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/manytenants/payments"
)

var storePromises = []promise{
	{"a cancelled call fails", "It observes ctx: a call whose ctx is cancelled before it is an error, of no kind.", cancelledFails},
	{"a cancelled call changes nothing", "It is one atomic unit: an error means that nothing changed.", cancelledChangesNothing},
	{"a call cut short changes all or nothing", "It is one atomic unit, also where ctx ends during it.", cutShort},
	{"no method reads another place", "It reads only rows of the projects, and the mode, that it is given.", readsOwnPlace},
	{"no method writes another place", "It writes only rows of the project and the mode that it is given.", writesOwnPlace},
	{"an error has no other kind", "Errors unwrap to ErrNotFound and ErrConflict where the method says so, and to no other kind.", errorKinds},
}

// seed fills a place with a row of each noun, and returns a ticket of its subscription.
func (c *check) seed(p place) payments.Ticket {
	c.Helper()
	if p.mode == payments.Test {
		c.put(newConfig(p.project))
	}
	c.claimCustomer(withID(newCustomer(p, "u1"), "cus_old"))
	c.claimCustomer(newCustomer(p, "u2"))
	s, paid := newSubscription(p, 1), newPayment(p, 1)
	c.notified(objectOf(s), 1, uuid("seeded", p), payments.Synced{Subscription: &s})
	c.pay(paid)
	c.add(newEvent(objectOf(s), 2))
	c.request(at(3), paymentObject(paid))
	return c.claim(objectOf(s), at(4), at(60))
}

// A snapshot is what reads show at one moment: each a name, how to read again, and what was read.
type snapshot []shot

type shot struct {
	name string
	read func() any
	was  any
}

// snapshot reads all that there is in every place, and the outbox.
func (c *check) snapshot() snapshot {
	c.Helper()
	all := snapshot{{"the outbox", func() any { return c.outbox() }, c.outbox()}}
	for _, p := range everywhere() {
		all = append(all, c.snapshotOf(p, reads)...)
	}
	return all
}

func (c *check) snapshotOf(p place, reads []method) snapshot {
	c.Helper()
	var shots snapshot
	for _, m := range reads {
		read := func() any {
			got, err := m.call(c.ctx, c, p)
			if err != nil && !errors.Is(err, payments.ErrNotFound) {
				c.Fatalf("%s: %v", m.name, err)
			}
			return got
		}
		shots = append(shots, shot{m.name + " of " + p.String(), read, read()})
	}
	return shots
}

// unchanged complains of all that is not as it was.
func (c *check) unchanged(before snapshot) {
	c.Helper()
	for _, s := range before {
		c.equal(s.name, s.read(), s.was)
	}
}

func (c *check) cancelled() context.Context {
	ctx, cancel := context.WithCancel(c.ctx)
	cancel()
	return ctx
}

func cancelledFails(c *check) {
	t := c.seed(home)
	for _, m := range append(writesOf(t), reads...) {
		_, err := m.call(c.cancelled(), c, home)
		if err == nil {
			c.Errorf("%s with a cancelled context: no error", m.name)
		}
		c.onlyKind(m.name+" with a cancelled context", err, nil)
	}
}

func cancelledChangesNothing(c *check) {
	t := c.seed(home)
	before := c.snapshot()
	for _, m := range writesOf(t) {
		_, _ = m.call(c.cancelled(), c, home)
		c.unchanged(before)
	}
}

// cutShort ends the context of an apply at a moment that nobody chose, and looks which half is there.
func cutShort(c *check) {
	random := c.random()
	o := home.object(payments.KindSubscription, "sub_1")
	for n := range 60 {
		c.add(newEvent(o, n))
		s := everything(c.claim(o, at(n), at(n+1)), n)
		ctx, cancel := context.WithTimeout(c.ctx, time.Duration(random.Int64N(int64(2*time.Millisecond))))
		applied, err := c.ApplySync(ctx, s)
		cancel()
		if applied && err == nil || c.applyWasWhole(s) {
			c.appliedWhole(s)
			continue
		}
		c.apply(s)
	}
	c.recounted()
}

// applyWasWhole reports whether s is applied, and complains where only a part of it is.
func (c *check) applyWasWhole(s payments.Synced) bool {
	c.Helper()
	row, err := c.Subscription(c.ctx, home.project, home.mode, "sub_1")
	written := err == nil && row.PlanName == s.Subscription.PlanName
	paid, err := c.Payment(c.ctx, home.project, home.mode, "in_1")
	_, missing := c.Customer(c.ctx, home.project, home.mode, s.Customer.User)
	event := c.events(home, payments.Window{Limit: 1})[0]
	parts := map[string]bool{
		"payment":  err == nil && paid.Amount == s.Payment.Amount,
		"customer": missing == nil,
		"event":    event.Status == payments.EventProcessed,
		"request":  strings.Contains(fmt.Sprint(c.pending(home)), s.Requests[0].ID+"}"),
	}
	for part, there := range parts {
		if there != written {
			c.Errorf("an interrupted ApplySync: subscription written %t, %s written %t", written, part, there)
		}
	}
	return written
}

func (c *check) appliedWhole(s payments.Synced) {
	c.Helper()
	if !c.applyWasWhole(s) {
		c.Errorf("ApplySync said that ticket %d is applied, but it is not", s.Ticket.Number)
	}
}

func readsOwnPlace(c *check) {
	c.seed(home)
	for _, p := range elsewhere {
		for _, m := range reads {
			if p.project == home.project && m.name[:6] == "Config" {
				continue
			}
			got, err := m.call(c.ctx, c, p)
			if err != nil && !errors.Is(err, payments.ErrNotFound) {
				c.Fatalf("%s of %s: %v", m.name, p, err)
			}
			if err == nil && !isNothing(got) {
				c.Errorf("%s of %s brings %s; rows are only in %s", m.name, p, show(got), home)
			}
		}
	}
}

// isNothing reports whether a read brought nothing: it is zero, empty, or made of such.
func isNothing(v any) bool {
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.Slice, reflect.Map:
		return r.Len() == 0
	case reflect.Struct:
		for i := range r.NumField() {
			if !isNothing(r.Field(i).Interface()) {
				return false
			}
		}
		return true
	}
	return !r.IsValid() || r.IsZero()
}

func writesOwnPlace(c *check) {
	for _, p := range elsewhere {
		c.seed(p)
	}
	var before snapshot
	for _, p := range elsewhere {
		before = append(before, c.snapshotOf(p, reads)...)
	}
	for _, m := range writesOf(c.seed(home)) {
		if m.name == "ClaimDue" || m.name == "ClaimChanges" {
			continue // they are for every place
		}
		_, err := m.call(c.ctx, c, home)
		if err != nil && !errors.Is(err, payments.ErrConflict) {
			c.Errorf("%s: %v", m.name, err)
		}
	}
	for _, s := range before {
		if s.name != "Config of shop_1/live" && s.name != "Configs of shop_1/live" { // a configuration is of both modes
			c.equal(s.name, s.read(), s.was)
		}
	}
	delivered := c.outbox()
	for _, p := range elsewhere {
		if !slices.ContainsFunc(delivered, func(change payments.Change) bool { return change.ID == uuid("seeded", p) }) {
			c.Errorf("the outbox has lost the change of %s", p)
		}
	}
}

func errorKinds(c *check) {
	for _, m := range reads {
		_, err := m.call(c.ctx, c, home)
		c.onlyKind(m.name+" of nothing", err, payments.ErrNotFound)
	}
	_, err := c.SetCustomerID(c.ctx, withID(newCustomer(home, "u1"), "cus_1"))
	c.onlyKind("SetCustomerID of nothing", err, payments.ErrNotFound)
	c.put(newConfig("a"))
	c.onlyKind("PutConfig of what is there", c.PutConfig(c.ctx, newConfig("a")), payments.ErrConflict)
}

// onlyKind complains where err unwraps to a kind of error that is not the one given.
func (c *check) onlyKind(what string, err, kind error) {
	c.Helper()
	for _, other := range []error{
		payments.ErrInvalid, payments.ErrBadRequest, payments.ErrSignature, payments.ErrUnauthenticated, payments.ErrForbidden, payments.ErrNotFound,
		payments.ErrConflict, payments.ErrTooLarge, payments.ErrRateLimited, payments.ErrStripeRefused, payments.ErrUnavailable, payments.ErrTimeout,
	} {
		if !errors.Is(kind, other) && errors.Is(err, other) {
			c.Errorf("%s: %v unwraps to %q", what, err, other)
		}
	}
}

// random is a source whose seed is logged.
func (c *check) random() *rand.Rand {
	c.Helper()
	seed := seedOfRun()
	c.Logf("STORETEST_SEED=%d repeats this run", seed)
	return rand.New(rand.NewPCG(seed, 0))
}
