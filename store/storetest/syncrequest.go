package storetest

import (
	"fmt"
	"slices"

	"github.com/manytenants/payments"
)

var requestPromises = []promise{
	{"a request makes an object pending and due", "RequestSync makes each object due at now; it is pending since then.", requestMakesDue},
	{"an earlier due time stays", "RequestSync makes an object due at now, unless it is due earlier.", requestKeepsEarlier},
	{"a request brings a later due time forward", "RequestSync makes an object due at now, also while it backs off or is leased.", requestBringsForward},
	{"an applied object starts afresh", "An object that is no longer pending is not due: a new request alone says when it is, and since when.", requestAfterApply},
	{"objects may be requested twice in one call", "RequestSync gives each object a new number, however often it is named; none is no error.", requestTwice},
	{"1,000 objects may be requested at once", "RequestSync takes any number of objects, of any project and mode.", requestMany},
	{"PendingSyncs lists the longest pending first", "PendingSyncs returns up to limit pending objects of a project and mode, longest pending first.", pendingOrder},
	{"PendingSyncs shows one place", "PendingSyncs reads only the project and mode that it is given.", pendingOfPlace},
	{"an object is known by kind and ID", "An Object is project, mode, kind and ID; no part stands for another.", requestByKind},
}

func requestMakesDue(c *check) {
	o := home.object(payments.KindSession, "cs_1")
	c.queue(home)
	c.request(at(1), o)
	c.queue(home, waiting(o, 1))
	c.equal("due before", len(c.claimDue(at(1).Add(-1000), at(5), 9)), 0)
	c.equal("due then", objectsOf(c.claimDue(at(1), at(5), 9)), []payments.Object{o})
}

func requestKeepsEarlier(c *check) {
	o := home.object(payments.KindSession, "cs_1")
	c.request(at(5), o)
	c.request(at(9), o)
	c.queue(home, waiting(o, 5))
}

func requestBringsForward(c *check) {
	o := home.object(payments.KindSession, "cs_1")
	c.request(at(0), o)
	c.claim(o, at(1), at(30))
	c.request(at(2), o)
	c.queue(home, payments.SyncState{Object: o, Pending: true, DueAt: at(2), Since: at(0), Attempts: 1})
	t := c.claim(o, at(3), at(30))
	c.must(c.RetrySync(c.ctx, t, at(40), "down"))
	c.request(at(4), o)
	c.queue(home, payments.SyncState{Object: o, Pending: true, DueAt: at(4), Since: at(0), Attempts: 2, LastError: "down"})
}

func requestAfterApply(c *check) {
	o := home.object(payments.KindSession, "cs_1")
	c.request(at(0), o)
	c.sync(o, payments.Synced{Now: at(1)})
	c.queue(home)
	c.request(at(7), o)
	c.queue(home, waiting(o, 7))
	c.sync(o, payments.Synced{Now: at(9)})
	c.queue(home)
}

func requestTwice(c *check) {
	c.request(at(0))
	o, other := home.object(payments.KindSession, "cs_1"), home.object(payments.KindSession, "cs_2")
	c.request(at(1), o, other, o, o)
	c.equal("pending", c.pending(home), []payments.Object{o, other})
	c.sync(o, payments.Synced{Now: at(2)})
	c.queue(home, waiting(other, 1))
}

func requestMany(c *check) {
	var objects []payments.Object
	for _, p := range everywhere() {
		objects = append(objects, p.subscriptions(250)...)
	}
	c.request(at(0), objects...)
	for i, p := range everywhere() {
		c.equal("pending in "+p.String(), c.pending(p), objects[i*250:(i+1)*250])
	}
	c.equal("due", len(c.claimDue(at(0), at(5), 2000)), 1000)
}

func pendingOrder(c *check) {
	objects := home.subscriptions(6)
	for _, i := range []int{3, 0, 5, 1, 4, 2} {
		c.request(at(i), objects[i])
	}
	c.claim(objects[0], at(7), at(90))
	c.request(at(1), objects[5])
	got := c.syncs(home)
	var order []payments.Object
	for _, s := range got {
		order = append(order, s.Object)
	}
	c.equal("the order", order, objects)
	for limit := range 8 {
		some, err := c.PendingSyncs(c.ctx, home.project, home.mode, limit)
		c.must(err)
		c.equal(fmt.Sprintf("limit %d", limit), some, got[:min(limit, len(got))])
	}
}

func pendingOfPlace(c *check) {
	for i, p := range everywhere() {
		c.request(at(i), p.object(payments.KindInvoice, "in_1"))
	}
	c.sync(home.object(payments.KindInvoice, "in_1"), payments.Synced{Now: at(9)})
	c.queue(home)
	for i, p := range elsewhere {
		c.queue(p, waiting(p.object(payments.KindInvoice, "in_1"), i+1))
	}
}

func requestByKind(c *check) {
	kinds := []payments.Kind{
		payments.KindSubscription, payments.KindInvoice, payments.KindPaymentIntent, payments.KindCharge,
		payments.KindRefund, payments.KindDispute, payments.KindSession, payments.KindCustomer, "a.kind_to_come",
	}
	var want []payments.SyncState
	for i, kind := range kinds {
		c.request(at(i), home.object(kind, "x"))
		want = append(want, waiting(home.object(kind, "x"), i))
	}
	c.queue(home, want...)
	for i, kind := range slices.Backward(kinds) {
		c.sync(home.object(kind, "x"), payments.Synced{Now: at(50)})
		c.queue(home, want[:i]...)
	}
}
