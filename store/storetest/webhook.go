package storetest

import (
	"fmt"
	"sync/atomic"

	"github.com/manytenants/payments"
)

var webhookPromises = []promise{
	{"an event is returned as it was added", "AddEvent records an event; Events returns it whole, the zero Object for an event that is ignored.", eventKept},
	{"an event is added once", "AddEvent records an event unless its (Project, Mode, ID) is there already, and reports whether it was new.", eventAddedOnce},
	{"one of 32 deliveries is added", "Of an event that is delivered 32 times at once one delivery is new.", eventOneOfManyIsNew},
	{"a cancelled delivery takes no other with it", "It is one atomic unit: that one of 16 deliveries is given up is nothing to the others.", eventsGivenUp},
	{"the same ID may come in every place", "An event is known by (Project, Mode, ID): a Stripe account may serve two projects.", eventInEveryPlace},
	{"a new pending event requests its object", "With a new pending event its Object is requested in the same transaction, as by RequestSync at ReceivedAt.", eventRequests},
	{"an event makes an object due no later", "As by RequestSync at ReceivedAt: due then, unless it is due earlier.", eventMakesDue},
	{"a duplicate requests nothing", "Only with a new event is its Object requested.", eventDuplicateRequestsNothing},
	{"an ignored event requests nothing", "Only with a pending event is its Object requested.", eventIgnoredRequestsNothing},
	{"a request during a fetch is not lost", "The event counts as processed once its number is applied, not by a fetch that began before it came.", eventDuringFetch},
	{"an apply processes the events up to its ticket", "ApplySync marks the object's events up to the ticket processed: all of them, at s.Now, and no other object's.", eventsProcessed},
	{"events of 16 at once are all processed", "Each of several concurrent events of one object gets a number that a later ticket covers.", eventsAtOnce},
	{"gone ends the events as ignored", "Gone: Stripe doesn't know the object: its events end as ignored, with a reason.", eventsGone},
	{"an event that has ended stays", "Only pending events change with an apply.", eventEndedStays},
	{"events are listed newest first", "Events: newest first by (ReceivedAt, ID) descending, IDs compared byte by byte.", eventOrder},
	{"events are listed by place", "Events returns up to w.Limit events from the window's place on: the rows that follow Key, else those that follow the first Offset.", eventWindow},
	{"events walk without duplicate or gap", "A walk by keyset meets every event that was there throughout once, while others come.", eventWalk},
	{"text and times are kept", "Text is kept byte by byte; times as UTC with at least microsecond precision.", eventTextAndTimesKept},
}

// newEvent is a pending event number n for the object.
func newEvent(o payments.Object, n int) payments.Event {
	return payments.Event{
		Project: o.Project, Mode: o.Mode, ID: fmt.Sprintf("evt_%03d", n), Type: string(o.Kind) + ".updated",
		Object: o, Status: payments.EventPending, ReceivedAt: at(n),
	}
}

// processed is the event after an apply at minute n.
func processed(e payments.Event, n int) payments.Event {
	e.Status, e.ProcessedAt = payments.EventProcessed, at(n)
	return e
}

func ignored(e payments.Event) payments.Event {
	e.Status, e.Reason, e.ProcessedAt, e.Object = payments.EventIgnored, "of no interest", e.ReceivedAt, payments.Object{}
	return e
}

func (c *check) add(events ...payments.Event) {
	c.Helper()
	for _, e := range events {
		added, err := c.AddEvent(c.ctx, e)
		c.must(err)
		if !added {
			c.Fatalf("AddEvent %s in %s/%s: not added, want added", e.ID, e.Project, e.Mode)
		}
	}
}

func (c *check) addAgain(e payments.Event) {
	c.Helper()
	added, err := c.AddEvent(c.ctx, e)
	c.must(err)
	if added {
		c.Errorf("AddEvent %s in %s/%s: added, want not added", e.ID, e.Project, e.Mode)
	}
}

func (c *check) events(p place, w payments.Window) []payments.Event {
	c.Helper()
	got, err := c.Events(c.ctx, p.project, p.mode, w)
	c.must(err)
	return got
}

// inbox complains unless the place holds just these events, newest first.
func (c *check) inbox(p place, want ...payments.Event) {
	c.Helper()
	c.equal("Events of "+p.String(), c.events(p, payments.Window{Limit: 1000}), want)
}

func eventKept(c *check) {
	o := home.object(payments.KindInvoice, "in_1")
	pending, done, nothing := newEvent(o, 3), processed(newEvent(o, 2), 2), ignored(newEvent(o, 1))
	c.add(pending, done, nothing)
	c.inbox(home, pending, done, nothing)
	for _, p := range elsewhere {
		c.inbox(p)
	}
}

func eventAddedOnce(c *check) {
	first := newEvent(home.object(payments.KindInvoice, "in_1"), 1)
	again := ignored(first)
	again.Type, again.ReceivedAt = "another.type", at(9)
	c.add(first)
	c.addAgain(first)
	c.addAgain(again)
	c.inbox(home, first)
}

func eventOneOfManyIsNew(c *check) {
	for round := range 4 {
		e := newEvent(home.object(payments.KindInvoice, "in_1"), round)
		c.equal("how many of 32 were added", c.addAtOnce(32, func(int) payments.Event { return e }), 1)
	}
	c.equal("how many events there are", len(c.events(home, payments.Window{Limit: 1000})), 4)
}

// addAtOnce adds n events concurrently and returns how many were new.
func (c *check) addAtOnce(n int, event func(i int) payments.Event) int {
	var added atomic.Int64
	together(n, func(i int) {
		isNew, err := c.AddEvent(c.ctx, event(i))
		if err != nil {
			c.Errorf("AddEvent: %v", err)
		}
		if isNew {
			added.Add(1)
		}
	})
	return int(added.Load())
}

func eventsGivenUp(c *check) {
	given := c.cancelled()
	together(16, func(i int) {
		ctx := c.ctx
		if i%2 == 1 {
			ctx = given
		}
		o := home.object(payments.KindInvoice, fmt.Sprintf("in_%03d", i))
		if added, err := c.AddEvent(ctx, newEvent(o, i)); added != (i%2 == 0) || (err == nil) != added {
			c.Errorf("delivery %d: added %t, error %v", i, added, err)
		}
	})
	var want []payments.Event
	for i := 14; i >= 0; i -= 2 {
		want = append(want, newEvent(home.object(payments.KindInvoice, fmt.Sprintf("in_%03d", i)), i))
	}
	c.inbox(home, want...)
	c.equal("how many objects are pending", len(c.pending(home)), 8)
}

func eventInEveryPlace(c *check) {
	for _, p := range everywhere() {
		c.add(newEvent(p.object(payments.KindInvoice, "in_1"), 1))
	}
	c.sync(home.object(payments.KindInvoice, "in_1"), payments.Synced{Now: at(2)})
	c.inbox(home, processed(newEvent(home.object(payments.KindInvoice, "in_1"), 1), 2))
	for _, p := range elsewhere {
		c.inbox(p, newEvent(p.object(payments.KindInvoice, "in_1"), 1))
	}
}

func eventRequests(c *check) {
	o := home.object(payments.KindInvoice, "in_1")
	c.add(newEvent(o, 1))
	c.queue(home, payments.SyncState{Object: o, Pending: true, DueAt: at(1), Since: at(1)})
	for _, p := range elsewhere {
		c.queue(p)
	}
	c.equal("claimed a moment before ReceivedAt", len(c.claimDue(at(1).Add(-1000), at(5), 9)), 0)
	c.equal("claimed at ReceivedAt", len(c.claimDue(at(1), at(5), 9)), 1)
}

func eventMakesDue(c *check) {
	o := home.object(payments.KindInvoice, "in_1")
	t := c.claim(o, at(0), at(50))
	c.must(c.RetrySync(c.ctx, t, at(60), "down"))
	c.add(newEvent(o, 9))
	c.queue(home, payments.SyncState{Object: o, Pending: true, DueAt: at(9), Since: at(0), Attempts: 1, LastError: "down"})
	c.add(newEvent(o, 20))
	c.queue(home, payments.SyncState{Object: o, Pending: true, DueAt: at(9), Since: at(0), Attempts: 1, LastError: "down"})
}

func eventDuplicateRequestsNothing(c *check) {
	o := home.object(payments.KindInvoice, "in_1")
	e := newEvent(o, 1)
	c.add(e)
	t := c.claim(o, at(2), at(9))
	c.equal("how many of 31 duplicates were added", c.addAtOnce(31, func(int) payments.Event { return e }), 0)
	c.apply(payments.Synced{Ticket: t, Now: at(3)})
	c.queue(home)
	c.addAgain(e)
	c.queue(home)
	c.inbox(home, processed(e, 3))
}

func eventIgnoredRequestsNothing(c *check) {
	o := home.object(payments.KindInvoice, "in_1")
	c.add(ignored(newEvent(o, 1)), ignored(newEvent(o, 2)))
	c.queue(home)
	c.equal("claimed", len(c.claimDue(at(99), at(100), 9)), 0)
}

func eventDuringFetch(c *check) {
	o := home.object(payments.KindInvoice, "in_1")
	before, during := newEvent(o, 1), newEvent(o, 3)
	c.add(before)
	t := c.claim(o, at(2), at(50))
	c.add(during)
	c.apply(payments.Synced{Ticket: t, Now: at(4)})
	c.inbox(home, during, processed(before, 4))
	c.equal("pending after the apply", c.pending(home), []payments.Object{o})
	due := c.claimDue(at(4), at(60), 9)
	if len(due) != 1 {
		c.Fatalf("%d objects are due at the apply's Now, want 1", len(due))
	}
	c.apply(payments.Synced{Ticket: due[0], Now: at(5)})
	c.inbox(home, processed(during, 5), processed(before, 4))
	c.queue(home)
}

func eventsProcessed(c *check) {
	o, other := home.object(payments.KindInvoice, "in_1"), home.object(payments.KindCharge, "in_1")
	longer := home.object(payments.KindInvoice, "in_11")
	c.add(newEvent(o, 1), newEvent(o, 2), newEvent(o, 3), newEvent(other, 4), newEvent(longer, 5))
	c.sync(o, payments.Synced{Now: at(9)})
	c.inbox(home, newEvent(longer, 5), newEvent(other, 4),
		processed(newEvent(o, 3), 9), processed(newEvent(o, 2), 9), processed(newEvent(o, 1), 9))
}

func eventsAtOnce(c *check) {
	o := home.object(payments.KindInvoice, "in_1")
	added := c.addAtOnce(16, func(i int) payments.Event { return newEvent(o, i) })
	c.equal("how many of 16 were added", added, 16)
	c.sync(o, payments.Synced{Now: at(20)})
	for _, e := range c.events(home, payments.Window{Limit: 100}) {
		c.equal(e.ID, e.Status, payments.EventProcessed)
	}
	c.queue(home)
}

func eventsGone(c *check) {
	o := home.object(payments.KindInvoice, "in_1")
	first, second, later := newEvent(o, 1), newEvent(o, 2), newEvent(o, 4)
	c.add(first, second)
	t := c.claim(o, at(3), at(50))
	c.add(later)
	c.apply(payments.Synced{Ticket: t, Now: at(5), Gone: true})
	got := c.events(home, payments.Window{Limit: 9})
	c.equal("how many events", len(got), 3)
	c.equal("an event after the ticket", got[0], later)
	for _, e := range got[1:] {
		c.equal(e.ID, e.Status, payments.EventIgnored)
		c.equal(e.ID+": ProcessedAt", e.ProcessedAt, at(5))
		if e.Reason == "" {
			c.Errorf("%s is ignored without a reason", e.ID)
		}
	}
}

func eventEndedStays(c *check) {
	o := home.object(payments.KindInvoice, "in_1")
	nothing, done := newEvent(o, 1), newEvent(o, 2)
	nothing.Status, nothing.Reason, nothing.ProcessedAt = payments.EventIgnored, "of no interest", at(1)
	c.add(nothing, done)
	c.sync(o, payments.Synced{Now: at(3)})
	c.inbox(home, processed(done, 3), nothing)
	c.sync(o, payments.Synced{Now: at(4), Gone: true})
	c.inbox(home, processed(done, 3), nothing)
}
