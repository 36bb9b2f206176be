package storetest

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/manytenants/payments"
)

var changePromises = []promise{
	{"a new row is one change", "A Change is written for each row that is new, with the state that was written with it.", changeOfNewRow},
	{"each row of a fetch is a change", "A Change is written for each row of a Synced, and acknowledged by itself.", changeOfEachRow},
	{"each visible difference is one change", "A Change is written for each row that is visibly different, and names the status before.", changeOfDifference},
	{"an identical rewrite is none", "A Change is written for a row that is new or visibly different, not for one that is the same.", changeNotOfRewrite},
	{"without Notify there is none", "Notify says that somebody reads the outbox: only then is a Change written.", changeOnlyNotified},
	{"an apply without a row is none", "Events, customers and requests are no changes.", changeOnlyOfRows},
	{"a claim takes no more than its limit", "ClaimChanges takes up to limit changes that are due at now, and a limit of 0 none.", changeLimit},
	{"a claimed change is leased", "ClaimChanges makes them due again at lease: the same Change is delivered again.", changeLeased},
	{"an acknowledged change is gone", "AckChange removes a change that was delivered; one that is gone already is no error.", changeAcked},
	{"an acknowledgement is of its own change", "AckChange removes that change and no other, in its place only.", changeAckedAlone},
	{"changes come from every place", "ClaimChanges takes due changes of all projects and modes; a Change names its own.", changeEverywhere},
	{"each due change goes to one of 16 claimers", "Of several concurrent claimers each change goes to one.", changeClaimedOnce},
	{"what has ended changes no more", "A status that comes too late changes no row, so there is no Change.", changeNotOfEnded},
	{"text and times are kept", "Text is kept byte by byte; times as UTC with at least microsecond precision.", changeTextAndTimesKept},
}

// notified is s under a new ticket at minute n, with a change to be named id.
func (c *check) notified(o payments.Object, n int, id string, s payments.Synced) {
	c.Helper()
	s.Now, s.Notify, s.ChangeID = at(n), true, id
	c.sync(o, s)
}

// claimChanges claims, and leaves the attempts out of the answer: they are a promise of their own.
func (c *check) claimChanges(now, lease time.Time, limit int) []payments.Change {
	c.Helper()
	got, err := c.ClaimChanges(c.ctx, now, lease, limit)
	c.must(err)
	for i := range got {
		got[i] = untried(got[i])
	}
	return got
}

func untried(change payments.Change) payments.Change { return tried(change, 0) }

func tried(change payments.Change, attempts int) payments.Change {
	change.Attempts = attempts
	return change
}

// theEnd is later than all that checks write.
var theEnd = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)

// drained takes all changes, in the order of each object.
func (c *check) drained() (all []payments.Change) {
	c.Helper()
	for changes := c.outbox(); len(changes) > 0; changes = c.outbox() {
		all = append(all, changes...)
		for _, change := range changes {
			c.must(c.AckChange(c.ctx, change))
		}
	}
	return all
}

// outbox returns the first change of each object, oldest first, and leaves them due.
func (c *check) outbox() []payments.Change {
	c.Helper()
	got := c.claimChanges(theEnd, at(-1<<20), 100000)
	slices.SortStableFunc(got, func(a, b payments.Change) int {
		if n := a.At.Compare(b.At); n != 0 {
			return n
		}
		return strings.Compare(a.ID, b.ID)
	})
	return got
}

func changeOfSubscription(s payments.Subscription, id string, n int, previous string) payments.Change {
	return payments.Change{
		ID: id, Project: s.Project, Mode: s.Mode, User: s.User, Kind: payments.KindSubscription, StripeID: s.SubscriptionID,
		Status: s.Status, PreviousStatus: previous, At: at(n),
	}
}

func changeOfPayment(paid payments.Payment, id string, n int, previous string) payments.Change {
	o := paymentObject(paid)
	return payments.Change{
		ID: id, Project: o.Project, Mode: o.Mode, User: paid.User, Kind: o.Kind, StripeID: o.ID,
		Status: paid.Status, PreviousStatus: previous, At: at(n),
	}
}

func changeOfNewRow(c *check) {
	s, invoice, once := newSubscription(home, 1), newPayment(home, 1), oneTime()
	c.notified(objectOf(s), 1, uuid(1), payments.Synced{Subscription: &s})
	c.notified(home.object(payments.KindCharge, "ch_1"), 2, uuid(2), payments.Synced{Payment: &invoice})
	c.notified(paymentObject(once), 3, uuid(3), payments.Synced{Payment: &once})
	c.equal("changes", c.outbox(), []payments.Change{
		changeOfSubscription(s, uuid(1), 1, ""), changeOfPayment(invoice, uuid(2), 2, ""), changeOfPayment(once, uuid(3), 3, ""),
	})
}

func changeOfEachRow(c *check) {
	s, paid := newSubscription(home, 1), newPayment(home, 1)
	c.notified(paymentObject(paid), 1, uuid(1), payments.Synced{Subscription: &s, Payment: &paid})
	invoice, subscription := changeOfPayment(paid, uuid(1), 1, ""), changeOfSubscription(s, uuid(1), 1, "")
	byKind := func(a, b payments.Change) int { return cmp.Compare(a.Kind, b.Kind) }
	c.equal("changes", slices.SortedFunc(slices.Values(c.outbox()), byKind), []payments.Change{invoice, subscription})
	c.must(c.AckChange(c.ctx, invoice))
	c.equal("changes", c.outbox(), []payments.Change{subscription})
}

func changeOfDifference(c *check) {
	s, paid := newSubscription(home, 1), newPayment(home, 1)
	c.subscribe(s)
	c.pay(paid)
	var want, paidWant []payments.Change
	for i, edit := range []func(){
		func() { s.Status, s.MRR = payments.StatusPaused, 0 }, func() { s.PlanName = "Pro" }, func() { s.Quantity++ },
		func() { s.Amount++ }, func() { s.CancelAtPeriodEnd = false }, func() { s.CurrentPeriodEnd = at(900) },
	} {
		before := s.Status
		edit()
		c.notified(objectOf(s), i, uuid(i), payments.Synced{Subscription: &s})
		want = append(want, changeOfSubscription(s, uuid(i), i, before))
	}
	for i, edit := range []func(){
		func() { paid.Status = payments.PaymentRefunded }, func() { paid.RefundedAmount = 2400 }, func() { paid.Amount++ },
	} {
		before := paid.Status
		edit()
		c.notified(paymentObject(paid), 10+i, uuid(10+i), payments.Synced{Payment: &paid})
		paidWant = append(paidWant, changeOfPayment(paid, uuid(10+i), 10+i, before))
	}
	all := c.drained()
	byKind := func(kind payments.Kind) []payments.Change {
		return slices.DeleteFunc(slices.Clone(all), func(change payments.Change) bool { return change.Kind != kind })
	}
	c.equal("changes of the subscription", byKind(payments.KindSubscription), want)
	c.equal("changes of the payment", byKind(payments.KindInvoice), paidWant)
}

func changeNotOfRewrite(c *check) {
	s, paid := newSubscription(home, 1), newPayment(home, 1)
	s.CurrentPeriodEnd = at(7).Add(789)
	c.subscribe(s)
	c.pay(paid)
	zone := time.FixedZone("", -7*3600)
	for i := range 3 {
		s.ID, s.CurrentPeriodStart, s.CreatedAt = uuid("other", i), s.CurrentPeriodStart.In(zone), s.CreatedAt.In(zone)
		c.notified(objectOf(s), i, uuid(i), payments.Synced{Subscription: &s})
		paid.ID, paid.CreatedAt, paid.SubscriptionRecord = uuid("another", i), paid.CreatedAt.In(zone), ""
		c.notified(paymentObject(paid), i, uuid(10+i), payments.Synced{Payment: &paid})
	}
	c.equal("changes", c.outbox(), []payments.Change{})
}

func changeOnlyNotified(c *check) {
	s, paid := newSubscription(home, 1), newPayment(home, 1)
	c.subscribe(s)
	c.pay(paid)
	s.Status, paid.Status = payments.StatusPastDue, payments.PaymentDisputed
	c.sync(objectOf(s), payments.Synced{Subscription: &s, ChangeID: uuid(1)})
	c.sync(paymentObject(paid), payments.Synced{Payment: &paid, ChangeID: uuid(2)})
	c.equal("changes", c.outbox(), []payments.Change{})
}

func changeOnlyOfRows(c *check) {
	o := home.object(payments.KindCustomer, "cus_1")
	customer := withID(newCustomer(home, "u1"), "cus_1")
	c.add(newEvent(o, 1))
	c.notified(o, 2, uuid(1), payments.Synced{Customer: &customer, Requests: home.subscriptions(2)})
	c.notified(o, 3, uuid(2), payments.Synced{DeletedCustomer: "cus_1", Gone: true})
	c.equal("changes", c.outbox(), []payments.Change{})
}

// changes writes one change per minute, from minute 0 on, and returns them.
func (c *check) changes(n int) []payments.Change {
	c.Helper()
	var want []payments.Change
	for i := range n {
		s := newSubscription(home, n-i)
		c.notified(objectOf(s), i, uuid(i), payments.Synced{Subscription: &s})
		want = append(want, changeOfSubscription(s, uuid(i), i, ""))
	}
	return want
}

func changeLimit(c *check) {
	want := c.changes(6)
	c.equal("limit 0", c.claimChanges(at(90), at(99), 0), want[:0])
	c.equal("the first two", c.claimChanges(at(90), at(99), 2), want[:2])
	c.equal("the next", c.claimChanges(at(90), at(99), 3), want[2:5])
	c.equal("the rest", c.claimChanges(at(90), at(99), 100), want[5:])
}

func changeLeased(c *check) {
	want := c.changes(2)
	c.equal("before the first", c.claimChanges(at(0).Add(-1000), at(9), 5), want[:0])
	c.equal("the first", c.claimChanges(at(0), at(9), 5), want[:1])
	c.equal("the second", c.claimChanges(at(2), at(5), 5), want[1:])
	c.equal("during the leases", c.claimChanges(at(5).Add(-1000), at(20), 5), want[:0])
	c.equal("after the shorter lease", c.claimChanges(at(5), at(20), 5), want[1:])
	c.equal("after the longer lease", c.claimChanges(at(9), at(20), 5), want[:1])
	c.equal("after both", c.claimChanges(at(20), at(30), 5), want)
}

func changeAcked(c *check) {
	want := c.changes(3)
	for range 2 {
		c.must(c.AckChange(c.ctx, want[1]))
		c.equal("changes", c.outbox(), []payments.Change{want[0], want[2]})
	}
	c.must(c.AckChange(c.ctx, want[0]))
	c.must(c.AckChange(c.ctx, want[2]))
	c.equal("changes", c.outbox(), want[:0])
}

func changeAckedAlone(c *check) {
	want := c.changes(2)
	for _, p := range elsewhere {
		other := want[0]
		other.Project, other.Mode = p.project, p.mode
		c.must(c.AckChange(c.ctx, other))
	}
	unknown := want[0]
	unknown.ID = uuid("unknown")
	c.must(c.AckChange(c.ctx, unknown))
	c.equal("changes", c.outbox(), want)
}

func changeEverywhere(c *check) {
	var want []payments.Change
	for i, p := range everywhere() {
		s := newSubscription(p, 1)
		c.notified(objectOf(s), i, uuid(i), payments.Synced{Subscription: &s})
		want = append(want, changeOfSubscription(s, uuid(i), i, ""))
	}
	c.equal("changes", c.outbox(), want)
}

func changeClaimedOnce(c *check) {
	want := c.changes(60)
	var mu sync.Mutex
	claimed := map[string]int{}
	together(16, func(int) {
		for range len(want) {
			changes, err := c.ClaimChanges(c.ctx, at(100), at(200), 3)
			if err != nil {
				c.Errorf("ClaimChanges: %v", err)
			}
			if len(changes) == 0 {
				return
			}
			mu.Lock()
			for _, change := range changes {
				claimed[change.ID]++
			}
			mu.Unlock()
		}
	})
	for _, change := range want {
		if claimed[change.ID] != 1 {
			c.Errorf("%s was claimed %d times, want once", change.StripeID, claimed[change.ID])
		}
	}
}

func changeNotOfEnded(c *check) {
	s := inStatus(1, payments.StatusCanceled)
	c.notified(objectOf(s), 1, uuid(1), payments.Synced{Subscription: &s})
	late := newSubscription(home, 1)
	late.PlanName = "late"
	c.notified(objectOf(late), 2, uuid(2), payments.Synced{Subscription: &late})
	c.equal("changes", c.outbox(), []payments.Change{changeOfSubscription(s, uuid(1), 1, "")})
}

func changeTextAndTimesKept(c *check) {
	for n, text := range texts() {
		if len(text) > 100 {
			continue
		}
		s := newSubscription(home, n)
		s.Status, s.MRR = text, 0
		c.notified(objectOf(s), n, uuid(n), payments.Synced{Subscription: &s})
		c.equal("a change", c.outbox()[n], changeOfSubscription(s, uuid(n), n, ""))
	}
	for n, when := range times()[1:] {
		s := newSubscription(home, 100+n)
		o := objectOf(s)
		c.sync(o, payments.Synced{Now: when, Notify: true, ChangeID: uuid("time", n), Subscription: &s})
		want := changeOfSubscription(s, uuid("time", n), 0, "")
		want.At = when
		i := slices.IndexFunc(c.outbox(), func(got payments.Change) bool { return got.ID == want.ID })
		if i < 0 {
			c.Fatalf("there is no change of %s", when)
		}
		c.equal("a change", c.outbox()[i], want)
	}
}
