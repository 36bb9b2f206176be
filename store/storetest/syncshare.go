package storetest

import (
	"github.com/manytenants/payments"
)

var sharePromises = []promise{
	{"claims go round the tenants", "Objects are taken in rounds: each tenant's longest due one comes before anybody's second one.", shareRounds},
	{"a round goes by due times", "In each round the longest due object of every tenant is taken, longest due first.", shareOrder},
	{"a mode is a tenant of its own", "A tenant is one project in one mode: the backlog of one mode doesn't stand before the other's work.", shareModes},
	{"a tenant gets its share at most", "A tenant gets at most limits.PerTenant objects, whatever else is free; a limit of 0 takes nothing.", shareAtMost},
	{"what is held counts", "The objects that limits.Held counts are their tenants' first rounds, and count to limits.PerTenant.", shareHeld},
	{"tenants that have their share hide nobody", "However many tenants have their share, due work of the others is taken.", shareBehind},
}

// names of tenants that only these checks use: no order of names is an order of due times.
var crowd = []place{
	{"shop_m", payments.Test}, {"shop_b", payments.Live}, {"shop_z", payments.Test}, {"shop_b", payments.Test}, {"a", payments.Live},
}

// backlog requests n objects of a place, one a minute, the first at minute first.
func (c *check) backlog(p place, n, first int) []payments.Object {
	c.Helper()
	objects := p.subscriptions(n)
	for i, o := range objects {
		c.request(at(first+i), o)
	}
	return objects
}

func shareRounds(c *check) {
	flood := c.backlog(home, 20, 0)
	second := c.backlog(elsewhere[0], 2, 30)
	third := c.backlog(elsewhere[1], 3, 40)
	limits := payments.ClaimLimits{Total: 6, PerTenant: 6}
	c.equal("the first three rounds", objectsOf(c.claimShares(at(60), at(90), limits)),
		[]payments.Object{flood[0], second[0], third[0], flood[1], second[1], third[1]})
	c.equal("what follows", objectsOf(c.claimShares(at(60), at(90), limits)),
		[]payments.Object{flood[2], third[2], flood[3], flood[4], flood[5], flood[6]})
}

func shareOrder(c *check) {
	var first, second []payments.Object
	for i, p := range crowd {
		objects := c.backlog(p, 2, 10*i)
		first, second = append(first, objects[0]), append(second, objects[1])
	}
	limits := payments.ClaimLimits{Total: 3, PerTenant: 1}
	c.equal("three of five", objectsOf(c.claimShares(at(99), at(200), limits)), first[:3])
	c.must(c.RetrySync(c.ctx, c.claim(first[4], at(99), at(200)), at(5), "down"))
	c.equal("by the time when each is due now", objectsOf(c.claimShares(at(99), at(200), limits)),
		[]payments.Object{second[0], first[4], second[1]})
}

func shareModes(c *check) {
	test, live := place{"shop", payments.Test}, place{"shop", payments.Live}
	flood := c.backlog(test, 5, 0)
	other := c.backlog(live, 1, 50)
	c.equal("two", objectsOf(c.claimShares(at(60), at(90), payments.ClaimLimits{Total: 2, PerTenant: 2})), []payments.Object{flood[0], other[0]})
}

func shareAtMost(c *check) {
	mine := c.backlog(home, 9, 0)
	for _, limits := range []payments.ClaimLimits{{Total: 9}, {PerTenant: 9}, {Total: 9, PerTenant: -1}, {Total: -1, PerTenant: 9}} {
		c.equal("a limit of 0 or less", len(c.claimShares(at(20), at(90), limits)), 0)
	}
	c.equal("a share of 2", objectsOf(c.claimShares(at(20), at(90), payments.ClaimLimits{Total: 9, PerTenant: 2})), mine[:2])
	other := c.backlog(elsewhere[0], 9, 0)
	c.equal("a share of 1 each", objectsOf(c.claimShares(at(20), at(90), payments.ClaimLimits{Total: 9, PerTenant: 1})),
		[]payments.Object{other[0], mine[2]})
}

func shareHeld(c *check) {
	flood, other := c.backlog(home, 9, 0), c.backlog(elsewhere[0], 9, 20)
	tenant := home.object("", "").Tenant()
	limits := payments.ClaimLimits{Total: 4, PerTenant: 2, Held: map[payments.Tenant]int{tenant: 1}}
	c.equal("with 1 of 2 held", objectsOf(c.claimShares(at(40), at(90), limits)), []payments.Object{other[0], flood[0], other[1]})
	for i, held := range []int{2, 7} {
		limits.Held[tenant] = held
		c.equal("with the share held", objectsOf(c.claimShares(at(40), at(90), limits)), other[2+2*i:4+2*i])
	}
	c.equal("Held, which is the caller's", limits.Held, map[payments.Tenant]int{tenant: 7})
}

func shareBehind(c *check) {
	held := map[payments.Tenant]int{}
	for i, p := range crowd {
		held[c.backlog(p, 3, i)[0].Tenant()] = 2
	}
	last := c.backlog(home, 1, 50)
	c.equal("behind five", objectsOf(c.claimShares(at(60), at(90), payments.ClaimLimits{Total: 1, PerTenant: 2, Held: held})), last)
	c.equal("when no share is left", len(c.claimShares(at(60), at(90), payments.ClaimLimits{Total: 1, PerTenant: 2, Held: held})), 0)
}
