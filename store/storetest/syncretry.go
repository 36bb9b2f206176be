package storetest

import (
	"fmt"

	"github.com/manytenants/payments"
)

var retryPromises = []promise{
	{"a failed attempt is due again with its reason", "RetrySync: the object is due again at the time given, with the reason; its attempts stay.", retryIsDue},
	{"a retry during a later claim does nothing", "RetrySync does nothing where a greater number was claimed since.", retryAfterClaim},
	{"a retry after a later apply does nothing", "RetrySync does nothing where a greater number was applied since.", retryAfterApply},
	{"a request does not stop a retry", "Only a greater number that was claimed or applied stops RetrySync, not one that was requested.", retryAfterRequest},
	{"a retry is of its place", "RetrySync of one project and mode says nothing about the same object of another.", retryOfPlace},
	{"a reason is kept byte by byte", "LastError says why the last attempt failed: the last reason, as it was given.", retryText},
	{"queue times are kept", "DueAt and Since are kept as UTC with at least microsecond precision.", queueTimesKept},
}

func retryIsDue(c *check) {
	o := home.object(payments.KindInvoice, "in_1")
	c.request(at(0), o)
	t := c.claim(o, at(1), at(60))
	c.must(c.RetrySync(c.ctx, t, at(5), "down"))
	c.queue(home, payments.SyncState{Object: o, Pending: true, DueAt: at(5), Since: at(0), Attempts: 1, LastError: "down"})
	c.equal("due before", len(c.claimDue(at(5).Add(-1000), at(60), 9)), 0)
	again := c.claimDue(at(5), at(60), 9)
	if len(again) != 1 {
		c.Fatalf("%d objects are due again, want 1", len(again))
	}
	c.equal("Attempts", again[0].Attempts, 2)
	c.must(c.RetrySync(c.ctx, again[0], at(80), "still down"))
	c.queue(home, payments.SyncState{Object: o, Pending: true, DueAt: at(80), Since: at(0), Attempts: 2, LastError: "still down"})
}

func retryAfterClaim(c *check) {
	o := home.object(payments.KindInvoice, "in_1")
	c.request(at(0), o)
	stale := c.claim(o, at(1), at(2))
	c.claimDue(at(2), at(60), 9)
	want := payments.SyncState{Object: o, Pending: true, DueAt: at(60), Since: at(0), Attempts: 2}
	c.must(c.RetrySync(c.ctx, stale, at(5), "stale"))
	c.queue(home, want)
}

func retryAfterApply(c *check) {
	o := home.object(payments.KindInvoice, "in_1")
	stale := c.claim(o, at(0), at(1))
	c.sync(o, payments.Synced{Now: at(2)})
	c.must(c.RetrySync(c.ctx, stale, at(5), "stale"))
	c.queue(home)
	c.request(at(3), o)
	c.must(c.RetrySync(c.ctx, stale, at(5), "stale"))
	c.queue(home, waiting(o, 3))
}

func retryAfterRequest(c *check) {
	o := home.object(payments.KindInvoice, "in_1")
	t := c.claim(o, at(0), at(60))
	c.request(at(1), o)
	c.must(c.RetrySync(c.ctx, t, at(9), "down"))
	c.queue(home, payments.SyncState{Object: o, Pending: true, DueAt: at(9), Since: at(0), Attempts: 1, LastError: "down"})
}

func retryOfPlace(c *check) {
	o := home.object(payments.KindInvoice, "in_1")
	c.request(at(0), o)
	want := c.syncs(home)
	for _, p := range elsewhere {
		other := p.object(payments.KindInvoice, "in_1")
		c.must(c.RetrySync(c.ctx, c.claim(other, at(1), at(2)), at(8), "down"))
	}
	c.queue(home, want...)
}

func retryText(c *check) {
	o := home.object(payments.KindInvoice, "in_1")
	for i, text := range texts() {
		c.must(c.RetrySync(c.ctx, c.claim(o, at(0), at(60)), at(9), text))
		c.queue(home, payments.SyncState{Object: o, Pending: true, DueAt: at(9), Since: at(0), Attempts: i + 1, LastError: text})
	}
}

func queueTimesKept(c *check) {
	for i, when := range times()[1:] {
		p := place{payments.ProjectID(fmt.Sprintf("times%d", i)), payments.Live}
		o := p.object(payments.KindInvoice, "in_1")
		c.request(when, o)
		c.queue(p, payments.SyncState{Object: o, Pending: true, DueAt: when, Since: when})
		c.must(c.RetrySync(c.ctx, c.claim(o, at(0), at(1)), when, "down"))
		c.queue(p, payments.SyncState{Object: o, Pending: true, DueAt: when, Since: when, Attempts: 1, LastError: "down"})
	}
}
