package storetest

import (
	"sync"

	"github.com/manytenants/payments"
)

var claimPromises = []promise{
	{"the longest due are claimed first", "ClaimDue takes up to limits.Total pending objects that are due at now; of one tenant the longest due first.", claimOrder},
	{"a claimed object is leased", "A claimed object becomes due again at lease, and is pending meanwhile.", claimLeases},
	{"a claim counts attempts", "Attempts are the claims since the last success, this one included.", claimCounts},
	{"claims cover every place", "ClaimDue takes due objects of all projects and modes; a ticket names its own.", claimEverywhere},
	{"each due object goes to one of 16 claimers", "Of several concurrent claimers each object goes to one.", claimOnce},
	{"ClaimObject takes any object", "ClaimObject is ClaimDue for one object, pending or not, due or not, known or not.", claimAnyObject},
	{"ClaimObject takes a leased object", "A leased object may be claimed by name; it is due again at the new lease.", claimLeasedObject},
	{"16 claims of an object get 16 numbers", "Numbers grow with each request and each claim of the object, and no two tickets of it are the same.", claimNumbersDiffer},
	{"what is not pending is not claimed", "ClaimDue takes pending objects only.", claimOnlyPending},
}

func claimOrder(c *check) {
	objects := home.subscriptions(6)
	for _, i := range []int{3, 0, 5, 1, 4, 2} {
		c.request(at(i), objects[i])
	}
	c.must(c.RetrySync(c.ctx, c.claim(objects[0], at(0), at(1)), at(6), "down"))
	c.equal("limit 0", len(c.claimDue(at(9), at(20), 0)), 0)
	c.equal("the first two", objectsOf(c.claimDue(at(4), at(20), 2)), objects[1:3])
	c.equal("the rest that is due", objectsOf(c.claimDue(at(4), at(20), 9)), objects[3:5])
	c.equal("the last", objectsOf(c.claimDue(at(6), at(20), 9)), []payments.Object{objects[5], objects[0]})
}

func claimLeases(c *check) {
	o := home.object(payments.KindInvoice, "in_1")
	c.request(at(0), o)
	c.equal("due", len(c.claimDue(at(2), at(9), 5)), 1)
	c.queue(home, payments.SyncState{Object: o, Pending: true, DueAt: at(9), Since: at(0), Attempts: 1})
	c.equal("during the lease", len(c.claimDue(at(9).Add(-1000), at(20), 5)), 0)
	c.equal("after the lease", len(c.claimDue(at(9), at(20), 5)), 1)
}

func claimCounts(c *check) {
	o := home.object(payments.KindInvoice, "in_1")
	c.request(at(0), o)
	for i := range 3 {
		got := c.claimDue(at(10*i), at(10*i+1), 5)
		c.equal("how many are due", len(got), 1)
		c.equal("Attempts", got[0].Attempts, i+1)
	}
	t := c.claim(o, at(40), at(50))
	c.equal("Attempts of ClaimObject", t.Attempts, 4)
	c.apply(payments.Synced{Ticket: t, Now: at(41)})
	c.equal("Attempts after a success", c.claim(o, at(42), at(50)).Attempts, 1)
}

func claimEverywhere(c *check) {
	for i, p := range everywhere() {
		c.request(at(i), p.object(payments.KindInvoice, "in_1"))
	}
	got := c.claimDue(at(9), at(20), 9)
	if len(got) != len(everywhere()) {
		c.Fatalf("%d objects claimed, want one of each of %d places", len(got), len(everywhere()))
	}
	for i, p := range everywhere() {
		c.equal("a ticket's object", got[i].Object, p.object(payments.KindInvoice, "in_1"))
		c.apply(payments.Synced{Ticket: got[i], Now: at(10)})
		c.queue(p)
	}
}

func claimOnce(c *check) {
	objects := home.subscriptions(100)
	c.request(at(0), objects...)
	var mu sync.Mutex
	claimed := map[payments.Object]int{}
	together(16, func(int) {
		for range 100 {
			tickets, err := c.ClaimDue(c.ctx, at(1), at(20), payments.ClaimLimits{Total: 3, PerTenant: 3})
			if err != nil {
				c.Errorf("ClaimDue: %v", err)
			}
			if len(tickets) == 0 {
				return
			}
			mu.Lock()
			for _, t := range tickets {
				claimed[t.Object]++
			}
			mu.Unlock()
		}
	})
	for _, o := range objects {
		if claimed[o] != 1 {
			c.Errorf("%s was claimed %d times, want once", o.ID, claimed[o])
		}
	}
}

func claimAnyObject(c *check) {
	unknown, later := home.object(payments.KindInvoice, "in_1"), home.object(payments.KindInvoice, "in_2")
	c.request(at(30), later)
	c.equal("Attempts", c.claim(unknown, at(1), at(9)).Attempts, 1)
	c.equal("Attempts", c.claim(later, at(2), at(8)).Attempts, 1)
	c.queue(home,
		payments.SyncState{Object: unknown, Pending: true, DueAt: at(9), Since: at(1), Attempts: 1},
		payments.SyncState{Object: later, Pending: true, DueAt: at(8), Since: at(30), Attempts: 1})
	c.sync(unknown, payments.Synced{Now: at(3)})
	c.claim(unknown, at(40), at(50))
	c.queue(home,
		payments.SyncState{Object: later, Pending: true, DueAt: at(8), Since: at(30), Attempts: 1},
		payments.SyncState{Object: unknown, Pending: true, DueAt: at(50), Since: at(40), Attempts: 1})
}

func claimLeasedObject(c *check) {
	o := home.object(payments.KindInvoice, "in_1")
	c.request(at(0), o)
	first := c.claimDue(at(0), at(50), 1)[0]
	second := c.claim(o, at(1), at(20))
	if second.Number <= first.Number {
		c.Errorf("the later ticket has number %d, the earlier %d", second.Number, first.Number)
	}
	c.queue(home, payments.SyncState{Object: o, Pending: true, DueAt: at(20), Since: at(0), Attempts: 2})
}

func claimNumbersDiffer(c *check) {
	o := home.object(payments.KindInvoice, "in_1")
	var mu sync.Mutex
	numbers := map[int64]bool{}
	together(16, func(i int) {
		t, err := c.ClaimObject(c.ctx, o, at(1), at(20))
		if err != nil {
			c.Errorf("ClaimObject: %v", err)
		}
		mu.Lock()
		defer mu.Unlock()
		numbers[t.Number] = true
	})
	c.equal("how many numbers 16 claims got", len(numbers), 16)
	c.equal("Attempts", c.claim(o, at(2), at(20)).Attempts, 17)
}

func claimOnlyPending(c *check) {
	o := home.object(payments.KindInvoice, "in_1")
	c.request(at(0), o)
	c.sync(o, payments.Synced{Now: at(1)})
	c.equal("claimed", len(c.claimDue(at(500), at(600), 9)), 0)
}
