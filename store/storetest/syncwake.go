package storetest

import (
	"time"

	"github.com/manytenants/payments"
)

var wakePromises = []promise{
	{"a parked object is not due", "RetrySync: the zero time parks the object: it stays pending with its reason, and is never due.", parkedIsNotDue},
	{"a request makes a parked object due", "RequestSync: what was parked is due at now.", parkedIsRequested},
	{"a success ends parking", "ApplySync: an object with a greater number than the applied one is due at s.Now, parked or not.", parkedIsApplied},
	{"waking makes due what is parked or backs off", "WakeSyncs makes every pending object due at now, unless it is due earlier.", wakeMakesDue},
	{"waking is of its place", "WakeSyncs wakes only the objects of the project and mode that it is given.", wakeOfPlace},
	{"waking finds pending objects only", "WakeSyncs makes nothing pending.", wakeOnlyPending},
}

// park claims an object and parks it.
func (c *check) park(o payments.Object) {
	c.Helper()
	c.must(c.RetrySync(c.ctx, c.claim(o, at(1), at(60)), time.Time{}, "no key"))
}

func parkedIsNotDue(c *check) {
	o := home.object(payments.KindInvoice, "in_1")
	c.request(at(0), o)
	c.park(o)
	c.queue(home, payments.SyncState{Object: o, Pending: true, Since: at(0), Attempts: 1, LastError: "no key"})
	c.equal("due in the end", len(c.claimDue(theEnd, theEnd, 9)), 0)
	c.equal("Attempts of ClaimObject", c.claim(o, at(2), at(70)).Attempts, 2)
	c.queue(home, payments.SyncState{Object: o, Pending: true, DueAt: at(70), Since: at(0), Attempts: 2, LastError: "no key"})
}

func parkedIsRequested(c *check) {
	o := home.object(payments.KindInvoice, "in_1")
	c.request(at(0), o)
	c.park(o)
	c.request(at(5), o)
	c.queue(home, payments.SyncState{Object: o, Pending: true, DueAt: at(5), Since: at(0), Attempts: 1, LastError: "no key"})
	c.equal("due", len(c.claimDue(at(5), at(60), 9)), 1)
}

func parkedIsApplied(c *check) {
	o := home.object(payments.KindInvoice, "in_1")
	first := c.claim(o, at(0), at(60))
	c.park(o)
	c.apply(payments.Synced{Ticket: first, Now: at(3)})
	c.queue(home, payments.SyncState{Object: o, Pending: true, DueAt: at(3), Since: at(0)})
	c.sync(o, payments.Synced{Now: at(4)})
	c.request(at(5), o)
	c.queue(home, waiting(o, 5))
}

func wakeMakesDue(c *check) {
	objects := home.subscriptions(3)
	c.request(at(0), objects...)
	c.park(objects[0])
	c.must(c.RetrySync(c.ctx, c.claim(objects[1], at(1), at(60)), at(50), "down"))
	c.must(c.WakeSyncs(c.ctx, home.project, home.mode, at(9)))
	c.queue(home,
		payments.SyncState{Object: objects[0], Pending: true, DueAt: at(9), Since: at(0), Attempts: 1, LastError: "no key"},
		payments.SyncState{Object: objects[1], Pending: true, DueAt: at(9), Since: at(0), Attempts: 1, LastError: "down"},
		waiting(objects[2], 0))
	c.equal("due", len(c.claimDue(at(9), at(60), 9)), 3)
}

func wakeOfPlace(c *check) {
	for _, p := range everywhere() {
		o := p.object(payments.KindInvoice, "in_1")
		c.request(at(0), o)
		c.park(o)
	}
	c.must(c.WakeSyncs(c.ctx, home.project, home.mode, at(9)))
	c.equal("due", objectsOf(c.claimDue(theEnd, theEnd, 9)), []payments.Object{home.object(payments.KindInvoice, "in_1")})
}

func wakeOnlyPending(c *check) {
	o := home.object(payments.KindInvoice, "in_1")
	c.sync(o, payments.Synced{Now: at(1)})
	c.must(c.WakeSyncs(c.ctx, home.project, home.mode, at(2)))
	c.queue(home)
	c.equal("due", len(c.claimDue(theEnd, theEnd, 9)), 0)
	c.request(at(5), o)
	c.queue(home, waiting(o, 5))
}
