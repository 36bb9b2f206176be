package storetest

import (
	"fmt"
	"math/rand/v2"

	"github.com/manytenants/payments"
)

// programAtOnce lets eight workers do what a Service's replicas do, all on the same few objects, then drains the queue and looks
// whether all came together.
func programAtOnce(c *check) {
	seed := seedOfRun()
	c.Logf("STORETEST_SEED=%d repeats this run's calls, though not their order", seed)
	together(8, func(i int) {
		w := &program{check: c, model: newModel(), random: rand.New(rand.NewPCG(seed, uint64(i)))}
		for w.step = i; w.step < 8*40; w.step += 8 {
			if err := w.work(); err != nil {
				c.Errorf("worker %d, step %d: %v", i, w.step, err)
			}
		}
	})
	c.recounted()
	c.noDuplicates()
	for range 100 {
		tickets := c.claimDue(theEnd, theEnd, 1000)
		for _, t := range tickets {
			c.apply(payments.Synced{Ticket: t, Now: at(10000)})
		}
	}
	for _, p := range everywhere() {
		c.queue(p)
		for _, e := range c.events(p, payments.Window{Limit: 100000}) {
			if e.Status == payments.EventPending {
				c.Errorf("%s of %s is pending though nothing is left to fetch", e.ID, p)
			}
		}
	}
}

// work is one fetch: an event comes, something due or named is claimed, and most of the tickets are applied, late ones too.
func (p *program) work() error {
	if _, err := p.AddEvent(p.ctx, newEvent(p.object(), p.step)); err != nil {
		return err
	}
	tickets, err := p.ClaimDue(p.ctx, p.now(), p.lease(), payments.ClaimLimits{Total: 3, PerTenant: 3})
	if err != nil {
		return err
	}
	if t, err := p.ClaimObject(p.ctx, p.object(), p.now(), p.lease()); err == nil {
		tickets = append(tickets, t)
	}
	for _, t := range tickets {
		p.tickets = append(p.tickets, pair{store: t})
		switch t = p.ticket().store; p.random.IntN(5) {
		case 0:
			err = p.RetrySync(p.ctx, t, p.lease(), "down")
		default:
			s := p.synced(place{t.Project, t.Mode})
			s.Ticket = t
			_, err = p.ApplySync(p.ctx, s)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// noDuplicates complains of Stripe IDs that two rows of a place have.
func (c *check) noDuplicates() {
	c.Helper()
	all := payments.Window{Limit: 100000}
	for _, p := range everywhere() {
		rows := map[string]int{}
		for _, s := range c.subscriptions(p.scope(), payments.Filter{}, all) {
			rows[s.SubscriptionID]++
		}
		for _, paid := range c.payments(p.scope(), payments.Filter{}, all) {
			rows[paid.Source]++
		}
		for _, e := range c.events(p, all) {
			rows[e.ID]++
		}
		for id, n := range rows {
			c.equal(fmt.Sprintf("rows of %s in %s", id, p), n, 1)
		}
	}
}
