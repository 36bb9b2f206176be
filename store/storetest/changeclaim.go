package storetest

import (
	"cmp"
	"fmt"
	"slices"
	"sync"

	"github.com/manytenants/payments"
)

var changeClaimPromises = []promise{
	{"the change that is due longest comes first", "ClaimChanges takes up to limit changes that are due at now, longest due first: one that was tried again and again goes behind those that wait.", changeLongestDueFirst},
	{"of those due since the same moment the oldest comes first", "ClaimChanges takes changes longest due first, then oldest.", changeOldestFirst},
	{"a change waits for the older ones of its object", "A change isn't taken while an older one of its object is there, due or not.", changeWaits},
	{"a change waits for no other object", "What a change waits for is of its own project, mode, kind and Stripe ID.", changeWaitsAlone},
	{"the order of an object's changes is that of writing", "Changes of one object stand in the order in which they were written, whatever the clocks said.", changeOrderOfWriting},
	{"concurrent claimers get an object's changes in order", "A change isn't taken while an older one of its object is there, whoever asks.", changeOrderAtOnce},
	{"each claim of a change is an attempt", "ClaimChanges gives each change one more attempt.", changeAttempts},
	{"a failed change is due when RetryChange says", "RetryChange records that the delivery failed: the change is due again at the time given.", changeRetried},
	{"a failed change is retried alone", "RetryChange moves that change and no other, in its place only.", changeRetriedAlone},
	{"a late retry of a change has no effect", "RetryChange does nothing where the change was claimed again since, or is gone.", changeRetriedLate},
}

func changeLongestDueFirst(c *check) {
	want := c.changes(4)
	c.equal("the first", c.claimChanges(at(0), at(1), 1), want[:1])
	c.must(c.RetryChange(c.ctx, tried(want[0], 1), at(10)))
	c.equal("those due before it", c.claimChanges(at(90), at(99), 3), want[1:])
	c.equal("the one that failed", c.claimChanges(at(90), at(99), 3), want[:1])
}

func changeOldestFirst(c *check) {
	want := c.changes(4)
	for _, change := range slices.Backward(want) {
		c.must(c.RetryChange(c.ctx, change, at(50)))
	}
	c.equal("the older half", c.claimChanges(at(50), at(99), 2), want[:2])
	c.equal("the other half", c.claimChanges(at(50), at(99), 2), want[2:])
}

// rewritten writes a subscription once in each minute given, each time with another plan, and returns the changes.
func (c *check) rewritten(s payments.Subscription, minutes ...int) []payments.Change {
	c.Helper()
	var want []payments.Change
	previous := ""
	for i, n := range minutes {
		s.PlanName = fmt.Sprint("plan ", i)
		id := uuid(s.Project, s.Mode, s.SubscriptionID, i)
		c.notified(objectOf(s), n, id, payments.Synced{Subscription: &s})
		want = append(want, changeOfSubscription(s, id, n, previous))
		previous = s.Status
	}
	return want
}

func changeWaits(c *check) {
	want := c.rewritten(newSubscription(home, 1), 0, 1, 2)
	c.equal("all at once", c.claimChanges(at(9), at(20), 9), want[:1])
	c.equal("while the first is leased", c.claimChanges(at(9), at(20), 9), want[:0])
	c.must(c.RetryChange(c.ctx, tried(want[0], 1), at(40)))
	c.equal("while the first backs off", c.claimChanges(at(30), at(31), 9), want[:0])
	c.equal("the first again", c.claimChanges(at(40), at(60), 9), want[:1])
	c.must(c.AckChange(c.ctx, want[0]))
	c.equal("the second", c.claimChanges(at(41), at(60), 9), want[1:2])
	c.must(c.AckChange(c.ctx, want[1]))
	c.equal("the third", c.claimChanges(at(41), at(60), 9), want[2:])
}

func changeWaitsAlone(c *check) {
	held, paid := newSubscription(home, 1), newPayment(home, 1)
	held.SubscriptionID = paid.Source
	first := c.rewritten(held, 0, 1)[0]
	c.equal("the first", c.claimChanges(at(9), at(90), 9), []payments.Change{first})
	var want []payments.Change
	for i, p := range elsewhere {
		s := newSubscription(p, 1)
		s.SubscriptionID = held.SubscriptionID
		c.notified(objectOf(s), 10+i, uuid(10, i), payments.Synced{Subscription: &s})
		want = append(want, changeOfSubscription(s, uuid(10, i), 10+i, ""))
	}
	c.notified(paymentObject(paid), 20, uuid(20), payments.Synced{Payment: &paid})
	other := newSubscription(home, 2)
	c.notified(objectOf(other), 21, uuid(21), payments.Synced{Subscription: &other})
	want = append(want, changeOfPayment(paid, uuid(20), 20, ""), changeOfSubscription(other, uuid(21), 21, ""))
	c.equal("all but the second of the object", c.claimChanges(at(30), at(90), 9), want)
}

func changeOrderOfWriting(c *check) {
	for _, change := range c.rewritten(newSubscription(home, 1), 5, 3, 3, 4, 1) {
		c.equal("the next", c.claimChanges(at(9), at(90), 9), []payments.Change{change})
		c.must(c.AckChange(c.ctx, change))
	}
}

func changeOrderAtOnce(c *check) {
	want := map[string][]payments.Change{}
	for n := range 4 {
		s := newSubscription(home, n)
		want[s.SubscriptionID] = c.rewritten(s, 0, 1, 2, 3, 4, 5, 6, 7)
	}
	var mu sync.Mutex
	got, left := map[string][]payments.Change{}, 4*8
	take := func(change payments.Change) {
		mu.Lock()
		defer mu.Unlock()
		got[change.StripeID] = append(got[change.StripeID], untried(change))
		left--
	}
	over := func() bool {
		mu.Lock()
		defer mu.Unlock()
		return left <= 0
	}
	together(16, func(int) {
		for n := 0; n < 1000 && !over(); n++ {
			changes, err := c.ClaimChanges(c.ctx, at(100), at(200), 2)
			for _, change := range changes {
				take(change)
				err = cmp.Or(err, c.AckChange(c.ctx, change))
			}
			if err != nil {
				c.Errorf("unexpected error: %v", err)
			}
		}
	})
	c.equal("the changes of each object", got, want)
}

func changeAttempts(c *check) {
	change := c.changes(1)[0]
	for n := range 5 {
		got, err := c.ClaimChanges(c.ctx, at(10+n), at(10+n), 9)
		c.must(err)
		c.equal("the change", got, []payments.Change{tried(change, n+1)})
		if n%2 == 0 {
			c.must(c.RetryChange(c.ctx, got[0], at(10+n)))
		}
	}
}

func changeRetried(c *check) {
	change := c.changes(1)
	c.equal("the change", c.claimChanges(at(1), at(50), 9), change)
	c.must(c.RetryChange(c.ctx, tried(change[0], 1), at(5)))
	c.equal("before its time", c.claimChanges(at(5).Add(-1000), at(50), 9), change[:0])
	c.equal("at its time, before the lease", c.claimChanges(at(5), at(50), 9), change)
	c.must(c.RetryChange(c.ctx, tried(change[0], 2), at(70)))
	c.equal("after the lease, before its time", c.claimChanges(at(69), at(90), 9), change[:0])
	c.equal("at its time, after the lease", c.claimChanges(at(70), at(90), 9), change)
}

func changeRetriedAlone(c *check) {
	want := c.changes(3)
	c.must(c.RetryChange(c.ctx, want[1], at(50)))
	for _, p := range elsewhere {
		other := want[0]
		other.Project, other.Mode = p.project, p.mode
		c.must(c.RetryChange(c.ctx, other, at(60)))
	}
	unknown := want[0]
	unknown.ID = uuid("unknown")
	c.must(c.RetryChange(c.ctx, unknown, at(60)))
	c.equal("those that did not fail", c.claimChanges(at(40), at(90), 9), []payments.Change{want[0], want[2]})
	c.equal("the one that did", c.claimChanges(at(50), at(90), 9), want[1:2])
}

func changeRetriedLate(c *check) {
	want := c.changes(1)
	c.claimChanges(at(1), at(2), 9)
	c.equal("the second claim", c.claimChanges(at(2), at(50), 9), want)
	c.must(c.RetryChange(c.ctx, tried(want[0], 1), at(3)))
	c.equal("during the second claim's lease", c.claimChanges(at(49), at(60), 9), want[:0])
	c.must(c.AckChange(c.ctx, want[0]))
	c.must(c.RetryChange(c.ctx, tried(want[0], 2), at(3)))
	c.equal("once it is gone", c.claimChanges(at(90), at(99), 9), want[:0])
}
