package storetest

import (
	"fmt"
	"slices"

	"github.com/manytenants/payments"
)

func eventOrder(c *check) {
	ids := []string{"evt_a", "evt_B", "evt_A", "evt_10", "evt_9", "evt__", "evt_é", "evt_aa"}
	var want []payments.Event
	for i, id := range ids {
		e := ignored(newEvent(home.object(payments.KindInvoice, "in_1"), 1))
		e.ID, e.ReceivedAt = id, at(i/6)
		e.ProcessedAt = e.ReceivedAt
		c.add(e)
		want = append(want, e)
	}
	slices.SortFunc(want, func(a, b payments.Event) int {
		return newestFirst(a.ReceivedAt, a.ID, b.ReceivedAt, b.ID)
	})
	c.inbox(home, want...)
}

func eventWindow(c *check) {
	var all []payments.Event
	for i := range 9 {
		e := ignored(newEvent(home.object(payments.KindInvoice, "in_1"), i))
		e.ReceivedAt, e.ProcessedAt = at(i/3), at(i/3)
		c.add(e)
		all = append(all, e)
	}
	slices.Reverse(all)
	for from := range len(all) {
		for _, limit := range []int{0, 1, 4, 100} {
			want := all[from:min(from+limit, len(all))]
			c.equal(fmt.Sprintf("Offset %d, Limit %d", from, limit), c.events(home, payments.Window{Limit: limit, Offset: from}), want)
			if from > 0 {
				w := payments.Window{Limit: limit, Offset: 2, Key: eventKey(all[from-1])}
				c.equal(fmt.Sprintf("Key %+v, Limit %d", w.Key, limit), c.events(home, w), want)
			}
		}
	}
	c.equal("after the last", c.events(home, payments.Window{Limit: 9, Key: eventKey(all[8])}), all[:0])
	c.equal("an Offset beyond the end", c.events(home, payments.Window{Limit: 9, Offset: 10}), all[:0])
}

func eventKey(e payments.Event) payments.Keyset {
	return payments.Keyset{CreatedAt: e.ReceivedAt, ID: e.ID}
}

func eventWalk(c *check) {
	for i := range 60 {
		c.add(newEvent(home.object(payments.KindInvoice, fmt.Sprintf("in_%d", i)), i))
	}
	var seen []string
	w := payments.Window{Limit: 7}
	for page := range 60 {
		events := c.events(home, w)
		if len(events) == 0 {
			break
		}
		for _, e := range events {
			seen = append(seen, e.ID)
		}
		w.Key = eventKey(events[len(events)-1])
		c.add(newEvent(home.object(payments.KindInvoice, "in_new"), 100+page))
		c.sync(home.object(payments.KindInvoice, fmt.Sprintf("in_%d", 59-page)), payments.Synced{Now: at(200)})
	}
	var want []string
	for i := range 60 {
		want = append(want, fmt.Sprintf("evt_%03d", 59-i))
	}
	c.equal("the walk", seen, want)
}

func eventTextAndTimesKept(c *check) {
	for i, text := range texts() {
		e := ignored(newEvent(home.object(payments.KindInvoice, "in_1"), i))
		e.Type, e.Reason = text, text
		c.add(e)
		c.equal("Events", c.events(home, payments.Window{Limit: 1})[0], e)
	}
	for i, when := range times() {
		p := place{payments.ProjectID(fmt.Sprintf("times%d", i)), payments.Live}
		e := processed(newEvent(p.object(payments.KindInvoice, "in_1"), i), i)
		e.ReceivedAt, e.ProcessedAt = when, when
		c.add(e)
		c.inbox(p, e)
	}
}
