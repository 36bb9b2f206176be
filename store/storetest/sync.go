package storetest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/manytenants/payments"
)

var syncPromises = slices.Concat(requestPromises, claimPromises, applyPromises, retryPromises, wakePromises, sharePromises)

// claim takes an object by its name.
func (c *check) claim(o payments.Object, now, lease time.Time) payments.Ticket {
	c.Helper()
	t, err := c.ClaimObject(c.ctx, o, now, lease)
	c.must(err)
	if t.Object != o {
		c.Fatalf("ClaimObject returned a ticket of %v, want %v", t.Object, o)
	}
	return t
}

// claimDue takes up to limit objects, whosever they are.
func (c *check) claimDue(now, lease time.Time, limit int) []payments.Ticket {
	c.Helper()
	return c.claimShares(now, lease, payments.ClaimLimits{Total: limit, PerTenant: limit})
}

func (c *check) claimShares(now, lease time.Time, limits payments.ClaimLimits) []payments.Ticket {
	c.Helper()
	tickets, err := c.ClaimDue(c.ctx, now, lease, limits)
	c.must(err)
	return tickets
}

func (c *check) request(now time.Time, objects ...payments.Object) {
	c.Helper()
	c.must(c.RequestSync(c.ctx, now, objects...))
}

// apply writes s and ends the check unless the store says that it did.
func (c *check) apply(s payments.Synced) {
	c.Helper()
	applied, err := c.ApplySync(c.ctx, s)
	c.must(err)
	if !applied {
		c.Fatalf("ApplySync of ticket %d of %v: not applied, want applied", s.Ticket.Number, s.Ticket.Object)
	}
}

// applyStale complains unless the store refuses s.
func (c *check) applyStale(s payments.Synced) {
	c.Helper()
	applied, err := c.ApplySync(c.ctx, s)
	c.must(err)
	if applied {
		c.Errorf("ApplySync of ticket %d of %v: applied, want not applied", s.Ticket.Number, s.Ticket.Object)
	}
}

// sync claims the object and applies s to it, as a Service does after a fetch.
func (c *check) sync(o payments.Object, s payments.Synced) {
	c.Helper()
	if s.Now.IsZero() {
		s.Now = at(0)
	}
	s.Ticket = c.claim(o, s.Now, s.Now.Add(time.Hour))
	c.apply(s)
}

func (c *check) syncs(p place) []payments.SyncState {
	c.Helper()
	got, err := c.PendingSyncs(c.ctx, p.project, p.mode, 1000)
	c.must(err)
	return got
}

// queue complains unless just these objects of the place are pending, in this order.
func (c *check) queue(p place, want ...payments.SyncState) {
	c.Helper()
	c.equal("PendingSyncs of "+p.String(), c.syncs(p), want)
}

// pending returns the pending objects of a place, by ID.
func (c *check) pending(p place) []payments.Object {
	c.Helper()
	var objects []payments.Object
	for _, s := range c.syncs(p) {
		objects = append(objects, s.Object)
	}
	slices.SortFunc(objects, func(a, b payments.Object) int { return strings.Compare(a.ID, b.ID) })
	return objects
}

// subscriptions names n subscriptions of a place.
func (p place) subscriptions(n int) []payments.Object {
	objects := make([]payments.Object, n)
	for i := range objects {
		objects[i] = p.object(payments.KindSubscription, fmt.Sprintf("sub_%03d", i))
	}
	return objects
}

// waiting is the state of an object that was requested at minute n and nothing else happened to.
func waiting(o payments.Object, n int) payments.SyncState {
	return payments.SyncState{Object: o, Pending: true, DueAt: at(n), Since: at(n)}
}

func objectsOf(tickets []payments.Ticket) []payments.Object {
	var objects []payments.Object
	for _, t := range tickets {
		objects = append(objects, t.Object)
	}
	return objects
}
