package storetest

import (
	"fmt"
	"sync/atomic"

	"github.com/manytenants/payments"
)

var applyPromises = []promise{
	{"a newer ticket writes after an older", "ApplySync writes if no ticket with the same or a greater number was applied to the object.", applyNewerAfterOlder},
	{"an older ticket writes nothing at all", "Of a ticket after a newer one nothing is written: no row, counter, event, customer, request, change or queue state.", applyOlderAfterNewer},
	{"a ticket writes once", "ApplySync writes if no ticket with the same number was applied, and reports whether it did.", applyOnce},
	{"one of 16 applies of a ticket writes", "Of several concurrent applies of one ticket one is reported and counted.", applyOnceAtOnce},
	{"the newest of 16 tickets stands", "Whatever the order of concurrent applies, the row is the greatest ticket's.", applyNewestStands},
	{"an applied object is no longer pending", "An object with no greater number than the ticket's is no longer pending; attempts and error are cleared.", applyClears},
	{"a request during a fetch keeps the object pending", "An object with a greater number than the applied one is due at s.Now, without attempts and error.", applyDuringRequest},
	{"an apply during another fetch leaves the later to write", "The lower of two tickets may be applied first; the higher still writes.", applyInOrder},
	{"an apply with nothing to write counts", "A fetch may bring no row at all; its ticket is applied all the same.", applyNothing},
	{"further objects become due", "ApplySync requests s.Requests at s.Now, whether they are known or not.", applyRequests},
	{"a customer is inserted unless there", "Synced.Customer: insert unless its (Project, Mode, User) is there already.", applyCustomer},
	{"a deleted customer is forgotten", "Synced.DeletedCustomer: forget the row of this Stripe customer, in its place only, so that its user gets a new one.", applyDeletedCustomer},
	{"everything is written together", "Synced is everything that one fetch changes, written together or not at all.", applyTogether},
	{"tickets are of their place", "The ticket of one project and mode says nothing about the same object of another.", applyInEveryPlace},
	{"a pointer's value is copied", "Slices and pointers that a store is given are not kept.", applyCopies},
}

func applyNewerAfterOlder(c *check) {
	s := newSubscription(home, 1)
	older := c.claim(objectOf(s), at(0), at(60))
	newer := c.claim(objectOf(s), at(1), at(60))
	s.PlanName = "older"
	c.apply(payments.Synced{Ticket: older, Now: at(2), Subscription: &s})
	c.subscribed(s)
	s.PlanName = "newer"
	c.apply(payments.Synced{Ticket: newer, Now: at(3), Subscription: &s})
	c.subscribed(s)
}

// everything is a Synced that changes all that a fetch can change.
func everything(t payments.Ticket, n int) payments.Synced {
	p := place{t.Project, t.Mode}
	s, paid := newSubscription(p, 1), newPayment(p, 1)
	s.PlanName, s.MRR, paid.Amount = fmt.Sprint("plan ", n), int64(n), int64(1000+n)
	customer := withID(newCustomer(p, payments.UserID(fmt.Sprint("new", n))), fmt.Sprint("cus_new", n))
	return payments.Synced{
		Ticket: t, Now: at(n), Subscription: &s, Payment: &paid, Customer: &customer, DeletedCustomer: "cus_old",
		Requests: []payments.Object{p.object(payments.KindRefund, fmt.Sprint("re_", n))},
	}
}

func applyOlderAfterNewer(c *check) {
	o := home.object(payments.KindSubscription, "sub_1")
	c.add(newEvent(o, 1))
	older := c.claim(o, at(2), at(60))
	newer := c.claim(o, at(3), at(60))
	c.apply(everything(newer, 4))
	c.claimCustomer(withID(newCustomer(home, "u1"), "cus_old"))
	c.add(newEvent(o, 5))
	failing := c.claim(o, at(6), at(60))
	c.must(c.RetrySync(c.ctx, failing, at(70), "down"))
	before := c.snapshot()
	for _, gone := range []bool{false, true} {
		s := everything(older, 7)
		s.Gone, s.Notify, s.ChangeID = gone, true, uuid("change", gone)
		s.Subscription.Status, s.Payment.Status = payments.StatusUnpaid, payments.PaymentRefunded
		c.applyStale(s)
		s.Payment = nil
		c.applyStale(s)
	}
	c.unchanged(before)
}

func applyOnce(c *check) {
	o := home.object(payments.KindSubscription, "sub_1")
	s := everything(c.claim(o, at(0), at(60)), 1)
	c.apply(s)
	before := c.snapshot()
	again := everything(s.Ticket, 2)
	again.Notify, again.ChangeID = true, uuid("change")
	again.Payment = nil
	c.applyStale(again)
	c.applyStale(s)
	c.unchanged(before)
}

func applyOnceAtOnce(c *check) {
	p := newPayment(home, 1)
	t := c.claim(paymentObject(p), at(0), at(60))
	var applied atomic.Int64
	together(16, func(i int) {
		mine := p
		ok, err := c.ApplySync(c.ctx, payments.Synced{Ticket: t, Now: at(1), Payment: &mine, Notify: true, ChangeID: uuid(i)})
		if err != nil {
			c.Errorf("ApplySync: %v", err)
		}
		if ok {
			applied.Add(1)
		}
	})
	c.equal("how many of 16 applies were reported", applied.Load(), int64(1))
	c.equal("Revenue", c.totals(home).Revenue, []payments.Revenue{{Currency: "usd", Gross: p.Amount, Refunded: p.RefundedAmount, Payments: 1}})
	c.equal("how many changes", len(c.outbox()), 1)
}

func applyNewestStands(c *check) {
	for round := range 3 {
		p := newPayment(home, round)
		tickets := make([]payments.Ticket, 16)
		for i := range tickets {
			tickets[i] = c.claim(paymentObject(p), at(i), at(60))
		}
		together(len(tickets), func(i int) {
			mine := p
			mine.Amount = int64(1000 + i)
			if _, err := c.ApplySync(c.ctx, payments.Synced{Ticket: tickets[i], Now: at(20), Payment: &mine}); err != nil {
				c.Errorf("ApplySync: %v", err)
			}
		})
		p.Amount = 1015
		c.paid(p)
		c.recounted()
	}
	c.queue(home)
}

func applyClears(c *check) {
	o := home.object(payments.KindInvoice, "in_1")
	c.request(at(0), o)
	c.must(c.RetrySync(c.ctx, c.claim(o, at(1), at(9)), at(5), "down"))
	c.apply(payments.Synced{Ticket: c.claim(o, at(5), at(9)), Now: at(6)})
	c.queue(home)
	c.request(at(7), o)
	c.queue(home, waiting(o, 7))
}

func applyDuringRequest(c *check) {
	o := home.object(payments.KindInvoice, "in_1")
	c.request(at(0), o)
	c.must(c.RetrySync(c.ctx, c.claim(o, at(1), at(9)), at(5), "down"))
	t := c.claim(o, at(5), at(90))
	c.request(at(8), o)
	c.apply(payments.Synced{Ticket: t, Now: at(6)})
	c.queue(home, payments.SyncState{Object: o, Pending: true, DueAt: at(6), Since: at(0)})
	c.apply(payments.Synced{Ticket: c.claim(o, at(9), at(90)), Now: at(10)})
	c.queue(home)
}

func applyInOrder(c *check) {
	o := home.object(payments.KindInvoice, "in_1")
	first, second := c.claim(o, at(0), at(60)), c.claim(o, at(1), at(60))
	c.apply(payments.Synced{Ticket: first, Now: at(2)})
	c.equal("pending after the first", c.pending(home), []payments.Object{o})
	c.apply(payments.Synced{Ticket: second, Now: at(3)})
	c.queue(home)
}

func applyNothing(c *check) {
	o := home.object(payments.KindCharge, "ch_1")
	older, newer := c.claim(o, at(0), at(60)), c.claim(o, at(1), at(60))
	c.apply(payments.Synced{Ticket: newer, Now: at(2)})
	c.queue(home)
	paid := newPayment(home, 1)
	c.applyStale(payments.Synced{Ticket: older, Now: at(3), Payment: &paid})
	c.noPayment(home, paid.Source)
}

func applyRequests(c *check) {
	known, unknown := home.object(payments.KindInvoice, "in_1"), home.object(payments.KindInvoice, "in_2")
	leased := c.claim(known, at(0), at(60))
	o := home.object(payments.KindCharge, "ch_1")
	c.sync(o, payments.Synced{Now: at(3), Requests: []payments.Object{known, unknown, unknown}})
	c.queue(home, payments.SyncState{Object: known, Pending: true, DueAt: at(3), Since: at(0), Attempts: 1}, waiting(unknown, 3))
	c.apply(payments.Synced{Ticket: leased, Now: at(4)})
	c.equal("pending", c.pending(home), []payments.Object{known, unknown})
}

func applyCustomer(c *check) {
	o := home.object(payments.KindCustomer, "cus_1")
	first := withID(newCustomer(home, "u1"), "cus_1")
	c.sync(o, payments.Synced{Customer: &first})
	c.storedCustomer(first)
	second := withID(newCustomer(home, "u1"), "cus_2")
	second.Claim, second.Email = uuid("second"), "second@example.com"
	c.sync(o, payments.Synced{Customer: &second})
	c.storedCustomer(first)
	open := c.claimCustomer(newCustomer(home, "u2"))
	third := withID(newCustomer(home, "u2"), "cus_3")
	c.sync(o, payments.Synced{Customer: &third})
	c.storedCustomer(open)
	for _, p := range elsewhere {
		c.noCustomer(p, "u1", "cus_1")
	}
}

func applyDeletedCustomer(c *check) {
	for _, p := range everywhere() {
		c.claimCustomer(withID(newCustomer(p, "u1"), "cus_1"))
		c.claimCustomer(newCustomer(p, "u2"))
		c.claimCustomer(withID(newCustomer(p, "u3"), "cus_11"))
	}
	o := home.object(payments.KindCustomer, "cus_1")
	c.sync(o, payments.Synced{DeletedCustomer: "cus_1"})
	c.noCustomer(home, "u1", "cus_1")
	c.storedCustomer(newCustomer(home, "u2"))
	c.storedCustomer(withID(newCustomer(home, "u3"), "cus_11"))
	for _, p := range elsewhere {
		c.storedCustomer(withID(newCustomer(p, "u1"), "cus_1"))
	}
	next := newCustomer(home, "u1")
	next.Claim = uuid("next")
	c.equal("the next claim", c.claimCustomer(next), next)
	c.sync(o, payments.Synced{DeletedCustomer: "cus_unknown"})
	c.storedCustomer(next)
}

func applyTogether(c *check) {
	o := home.object(payments.KindSubscription, "sub_1")
	e := newEvent(o, 1)
	c.add(e)
	c.claimCustomer(withID(newCustomer(home, "u1"), "cus_old"))
	s := everything(c.claim(o, at(2), at(60)), 3)
	c.apply(s)
	c.subscribed(*s.Subscription)
	s.Payment.SubscriptionRecord = s.Subscription.ID
	c.paid(*s.Payment)
	c.storedCustomer(*s.Customer)
	c.noCustomer(home, "u1", "cus_old")
	c.inbox(home, processed(e, 3))
	c.queue(home, waiting(s.Requests[0], 3))
	c.recounted()
}

func applyInEveryPlace(c *check) {
	var tickets []payments.Ticket
	for _, p := range everywhere() {
		tickets = append(tickets, c.claim(p.object(payments.KindSubscription, "sub_1"), at(0), at(60)))
	}
	for range 3 {
		c.claim(home.object(payments.KindSubscription, "sub_1"), at(0), at(60))
	}
	c.sync(home.object(payments.KindSubscription, "sub_1"), payments.Synced{Now: at(1)})
	for i, p := range everywhere()[1:] {
		s := newSubscription(p, 1)
		c.apply(payments.Synced{Ticket: tickets[i+1], Now: at(2), Subscription: &s})
		c.subscribed(s)
		c.queue(p)
	}
	c.noSubscription(home, "sub_1")
}

func applyCopies(c *check) {
	s := everything(c.claim(home.object(payments.KindSubscription, "sub_1"), at(0), at(60)), 1)
	subscription, paid, customer, request := *s.Subscription, *s.Payment, *s.Customer, s.Requests[0]
	c.apply(s)
	*s.Subscription, *s.Payment, *s.Customer, s.Requests[0] = payments.Subscription{}, payments.Payment{}, payments.Customer{}, payments.Object{}
	c.subscribed(subscription)
	paid.SubscriptionRecord = subscription.ID
	c.paid(paid)
	c.storedCustomer(customer)
	c.queue(home, waiting(request, 1))
}
