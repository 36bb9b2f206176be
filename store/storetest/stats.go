package storetest

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/manytenants/payments"
)

var statsPromises = []promise{
	{"nothing adds up to nothing", "Totals of no rows, of no project, and of unknown projects are empty.", totalsEmpty},
	{"subscriptions are counted by status and currency", "Totals: SubscriptionsByStatus, and MRR of what is active or past_due, by currency.", totalsOfSubscriptions},
	{"payments are counted by status and currency", "Totals: PaymentsByStatus, and what was collected and refunded, by currency.", totalsOfPayments},
	{"entries that come back to zero are left out", "Statuses and currencies that no row has any more are left out, and may come back.", totalsLeaveAndReturn},
	{"zero amounts count", "A collected payment of nothing, or an active subscription that is free, is counted; its entry is not zero.", totalsOfZeroAmounts},
	{"amounts below zero add up", "Totals are sums of whole numbers of either sign.", totalsOfNegativeAmounts},
	{"refunds move the sums", "Partial refunds, and refunds taken back, leave the sums equal to a recount.", totalsOfRefunds},
	{"totals sum over projects in one mode", "Totals sums over the projects in one mode.", totalsOverProjects},
	{"totals take 1,000 projects", "A developer may own any number of projects.", totalsOverManyProjects},
	{"currencies come in ascending order", "Revenue and MRR: by currency, in ascending order of its code.", totalsOrder},
	{"an identical rewrite moves nothing", "Counters move with the rows: not where the row stays.", totalsOfRewrite},
	{"16 concurrent applies are all counted", "Counters move in the same transaction as the rows, also where many move the same ones.", totalsAtOnce},
	{"a sum that overflows is an error", "Totals are always equal to a recount: a sum that no int64 holds is an error, never another number.", totalsOverflow},
	{"a monthly sum that overflows is an error", "Totals are always equal to a recount: a sum that no int64 holds is an error, never another number.", totalsOverflowOfMRR},
	{"a sum over projects that overflows is an error", "Totals are always equal to a recount: a sum that no int64 holds is an error, never another number.", totalsOverflowOverProjects},
	{"no movement wraps a sum around", "From the least number to the greatest the counters move exactly, or the apply is an error without effect.", totalsNeverWrap},
	{"the greatest numbers are counted", "Each sum that an int64 holds is exact.", totalsOfExtremes},
	{"a map belongs to the caller", "What a store returns is the caller's.", totalsBelongToCaller},
}

// totalsOf recounts rows. It is an error where a sum overflows.
func totalsOf(subscriptions []payments.Subscription, paid []payments.Payment) (payments.Totals, error) {
	totals := payments.Totals{SubscriptionsByStatus: map[string]int64{}, PaymentsByStatus: map[string]int64{}}
	mrr, revenue := map[string]payments.MRR{}, map[string]payments.Revenue{}
	ok := true
	for _, s := range subscriptions {
		totals.SubscriptionsByStatus[s.Status]++
		if s.Status == payments.StatusActive || s.Status == payments.StatusPastDue {
			m := mrr[s.Currency]
			mrr[s.Currency] = payments.MRR{Currency: s.Currency, Amount: sum(m.Amount, s.MRR, &ok), Subscriptions: m.Subscriptions + 1}
		}
	}
	for _, p := range paid {
		totals.PaymentsByStatus[p.Status]++
		if p.Collected {
			r := revenue[p.Currency]
			revenue[p.Currency] = payments.Revenue{
				Currency: p.Currency, Gross: sum(r.Gross, p.Amount, &ok), Refunded: sum(r.Refunded, p.RefundedAmount, &ok), Payments: r.Payments + 1,
			}
		}
	}
	totals.MRR = slices.SortedFunc(maps.Values(mrr), func(a, b payments.MRR) int { return strings.Compare(a.Currency, b.Currency) })
	totals.Revenue = slices.SortedFunc(maps.Values(revenue), func(a, b payments.Revenue) int { return strings.Compare(a.Currency, b.Currency) })
	if !ok {
		return payments.Totals{}, errors.New("a sum overflows")
	}
	return totals, nil
}

func sum(a, b int64, ok *bool) int64 {
	if b > 0 && a > math.MaxInt64-b || b < 0 && a < math.MinInt64-b {
		*ok = false
	}
	return a + b
}

func (c *check) totals(p place, more ...payments.ProjectID) payments.Totals {
	c.Helper()
	got, err := c.Totals(c.ctx, append(more, p.project), p.mode)
	c.must(err)
	return got
}

// recounted complains unless totals and counts of each place equal a recount of its rows.
func (c *check) recounted() {
	c.Helper()
	for _, p := range everywhere() {
		all := payments.Window{Limit: 100000}
		subscriptions := c.subscriptions(p.scope(), payments.Filter{}, all)
		paid := c.payments(p.scope(), payments.Filter{}, all)
		want, err := totalsOf(subscriptions, paid)
		c.must(err)
		c.equal("Totals of "+p.String(), c.totals(p), want)
		c.equal("CountSubscriptions of "+p.String(), c.countSubscriptions(p.scope(), payments.Filter{}), int64(len(subscriptions)))
		c.equal("CountPayments of "+p.String(), c.countPayments(p.scope(), payments.Filter{}), int64(len(paid)))
		for status, n := range want.SubscriptionsByStatus {
			if status != "" {
				c.equal("CountSubscriptions "+status, c.countSubscriptions(p.scope(), payments.Filter{Status: status}), n)
			}
		}
		for status, n := range want.PaymentsByStatus {
			if status != "" {
				c.equal("CountPayments "+status, c.countPayments(p.scope(), payments.Filter{Status: status}), n)
			}
		}
	}
}

func totalsEmpty(c *check) {
	c.equal("Totals of nothing", c.totals(home), payments.Totals{})
	c.subscribe(newSubscription(home, 1))
	c.pay(newPayment(home, 1))
	for _, p := range elsewhere {
		c.equal("Totals of "+p.String(), c.totals(p), payments.Totals{})
	}
	none, err := c.Totals(c.ctx, nil, home.mode)
	c.must(err)
	c.equal("Totals of no project", none, payments.Totals{})
}

func totalsOfSubscriptions(c *check) {
	for n, status := range []string{payments.StatusActive, payments.StatusActive, payments.StatusPastDue, payments.StatusTrialing, payments.StatusCanceled, "to_come"} {
		s := inStatus(n, status)
		if n == 1 {
			s.Currency, s.MRR = "jpy", 500
		}
		c.subscribe(s)
	}
	c.equal("Totals", c.totals(home), payments.Totals{
		SubscriptionsByStatus: map[string]int64{"active": 2, "past_due": 1, "trialing": 1, "canceled": 1, "to_come": 1},
		MRR:                   []payments.MRR{{Currency: "jpy", Amount: 500, Subscriptions: 1}, {Currency: "usd", Amount: 400, Subscriptions: 2}},
	})
}

// payment is number n of home, of an amount of which some was refunded.
func collected(n int, amount, refunded int64, currency string) payments.Payment {
	paid := newPayment(home, n)
	paid.Status, paid.Amount, paid.RefundedAmount, paid.Currency = payments.PaymentSucceeded, amount, refunded, currency
	return paid
}

func totalsOfPayments(c *check) {
	failed := collected(4, 9999, 0, "usd")
	failed.Status, failed.Collected = payments.PaymentFailed, false
	c.pay(collected(1, 1099, 99, "usd"), collected(2, 500, 0, "jpy"), collected(3, 1, 1, "usd"), failed, collected(5, 5120, 0, "kwd"))
	c.equal("Totals", c.totals(home), payments.Totals{
		PaymentsByStatus: map[string]int64{"succeeded": 4, "failed": 1},
		Revenue: []payments.Revenue{
			{Currency: "jpy", Gross: 500, Payments: 1},
			{Currency: "kwd", Gross: 5120, Payments: 1},
			{Currency: "usd", Gross: 1100, Refunded: 100, Payments: 2},
		},
	})
}

func totalsLeaveAndReturn(c *check) {
	paid := collected(1, 100, 0, "usd")
	for _, currency := range []string{"usd", "eur", "usd"} {
		for _, status := range []string{payments.StatusActive, payments.StatusTrialing, payments.StatusActive, payments.StatusPaused, payments.StatusPastDue} {
			s := inStatus(1, status)
			s.Currency = currency
			paid.Currency, paid.Status, paid.Collected = currency, "as if "+status, status == payments.StatusActive
			c.subscribe(s)
			c.pay(paid)
			want, _ := totalsOf([]payments.Subscription{s}, []payments.Payment{paid})
			c.equal("Totals", c.totals(home), want)
			c.recounted()
		}
	}
}

func totalsOfZeroAmounts(c *check) {
	free := newSubscription(home, 1)
	free.MRR = 0
	c.subscribe(free)
	c.pay(collected(1, 0, 0, "usd"))
	want := payments.Totals{
		SubscriptionsByStatus: map[string]int64{"active": 1},
		PaymentsByStatus:      map[string]int64{"succeeded": 1},
		Revenue:               []payments.Revenue{{Currency: "usd", Payments: 1}},
		MRR:                   []payments.MRR{{Currency: "usd", Subscriptions: 1}},
	}
	c.equal("Totals", c.totals(home), want)
}

func totalsOfNegativeAmounts(c *check) {
	c.pay(collected(1, 500, 0, "usd"), collected(2, -500, 0, "usd"), collected(3, -20, 0, "eur"))
	c.equal("Revenue", c.totals(home).Revenue, []payments.Revenue{{Currency: "eur", Gross: -20, Payments: 1}, {Currency: "usd", Payments: 2}})
}

func totalsOfRefunds(c *check) {
	for _, refunded := range []int64{0, 100, 250, 1000, 250, 0} {
		c.pay(collected(1, 1000, refunded, "usd"), collected(2, 70, 0, "usd"))
		c.equal("Revenue", c.totals(home).Revenue, []payments.Revenue{{Currency: "usd", Gross: 1070, Refunded: refunded, Payments: 2}})
	}
}

func totalsOverProjects(c *check) {
	var all []payments.ProjectID
	for i, p := range everywhere() {
		s, paid := newSubscription(p, 1), newPayment(p, 1)
		s.MRR, paid.Amount, paid.RefundedAmount = int64(1+i), int64(100<<i), 0
		c.subscribe(s)
		c.pay(paid)
		if p.mode == home.mode {
			all = append(all, p.project)
		}
	}
	got := c.totals(home, all[1:]...)
	c.equal("Revenue of all", got.Revenue, []payments.Revenue{{Currency: "usd", Gross: 100 + 400 + 800, Payments: 3}})
	c.equal("MRR of all", got.MRR, []payments.MRR{{Currency: "usd", Amount: 1 + 3 + 4, Subscriptions: 3}})
	c.equal("statuses of all", got.SubscriptionsByStatus, map[string]int64{"active": 3})
	c.equal("Revenue of one", c.totals(home).Revenue, []payments.Revenue{{Currency: "usd", Gross: 100, Payments: 1}})
	c.equal("Revenue in the other mode", c.totals(elsewhere[0]).Revenue, []payments.Revenue{{Currency: "usd", Gross: 200, Payments: 1}})
}

func totalsOverManyProjects(c *check) {
	projects := manyProjects()
	for _, i := range []int{0, 500, 999} {
		c.pay(newPayment(place{projects[i], payments.Live}, 1))
	}
	got, err := c.Totals(c.ctx, projects, payments.Live)
	c.must(err)
	c.equal("Revenue", got.Revenue, []payments.Revenue{{Currency: "usd", Gross: 7200, Refunded: 1200, Payments: 3}})
}

func totalsOrder(c *check) {
	for n, currency := range []string{"usd", "aud", "zar", "eur", "jpy"} {
		s := newSubscription(home, n)
		s.Currency = currency
		c.subscribe(s)
		c.pay(collected(n, 1, 0, currency))
	}
	var mrr, revenue []string
	totals := c.totals(home)
	for i := range totals.MRR {
		mrr, revenue = append(mrr, totals.MRR[i].Currency), append(revenue, totals.Revenue[i].Currency)
	}
	c.equal("MRR", mrr, []string{"aud", "eur", "jpy", "usd", "zar"})
	c.equal("Revenue", revenue, []string{"aud", "eur", "jpy", "usd", "zar"})
}

func totalsOfRewrite(c *check) {
	for range 3 {
		c.subscribe(newSubscription(home, 1))
		c.pay(newPayment(home, 1))
		c.equal("MRR", c.totals(home).MRR, []payments.MRR{{Currency: "usd", Amount: 200, Subscriptions: 1}})
		c.equal("Revenue", c.totals(home).Revenue, []payments.Revenue{{Currency: "usd", Gross: 2400, Refunded: 400, Payments: 1}})
	}
}

func totalsAtOnce(c *check) {
	together(16, func(i int) {
		for n := range 8 {
			paid := newPayment(home, i*4+n%4)
			paid.ID, paid.Amount = uuid(i, n), int64(1000*i+n)
			t, err := c.ClaimObject(c.ctx, paymentObject(paid), at(n), at(60))
			if err == nil {
				_, err = c.ApplySync(c.ctx, payments.Synced{Ticket: t, Now: at(n), Payment: &paid})
			}
			if err != nil {
				c.Errorf("apply: %v", err)
			}
		}
	})
	c.equal("how many payments", c.countPayments(home.scope(), payments.Filter{}), int64(64))
	c.recounted()
}

func totalsBelongToCaller(c *check) {
	c.subscribe(newSubscription(home, 1))
	c.pay(newPayment(home, 1))
	want, err := totalsOf([]payments.Subscription{newSubscription(home, 1)}, []payments.Payment{newPayment(home, 1)})
	c.must(err)
	got := c.totals(home)
	clear(got.SubscriptionsByStatus)
	got.PaymentsByStatus["x"] = 9
	clear(got.Revenue)
	clear(got.MRR)
	c.equal("Totals", c.totals(home), want)
}

// applyOrRefuse applies what may make a sum overflow: the store may refuse it, without any effect.
func (c *check) applyOrRefuse(o payments.Object, s payments.Synced) (refused bool) {
	c.Helper()
	s.Ticket, s.Now = c.claim(o, at(0), at(60)), at(1)
	before := c.snapshotOf(home, rowReads)
	applied, err := c.ApplySync(c.ctx, s)
	if err == nil && !applied {
		c.Fatalf("ApplySync of %s: not applied, want applied or refused by an error", o.ID)
	}
	if err != nil {
		c.unchanged(before)
	}
	return err != nil
}

// overflows complains where Totals shows a number after one sum became greater than an int64.
func (c *check) overflows(refused bool, before payments.Totals) {
	c.Helper()
	got, err := c.Totals(c.ctx, []payments.ProjectID{home.project}, home.mode)
	switch {
	case refused:
		c.must(err)
		c.equal("Totals after the refusal", got, before)
	case err == nil:
		c.Errorf("Totals of %d + 1 are %s, want an error", int64(math.MaxInt64), show(got))
	}
}

func totalsOverflow(c *check) {
	paid, more := collected(1, math.MaxInt64, math.MaxInt64, "usd"), collected(2, 1, 0, "usd")
	c.pay(paid, collected(3, 7, 0, "eur"))
	before := c.totals(home)
	c.overflows(c.applyOrRefuse(paymentObject(more), payments.Synced{Payment: &more}), before)
	c.pay(collected(1, 5, 5, "usd"))
	c.recounted()
}

func totalsOverflowOfMRR(c *check) {
	s, more := newSubscription(home, 1), newSubscription(home, 2)
	s.MRR, more.MRR = math.MaxInt64, 1
	c.subscribe(s)
	before := c.totals(home)
	c.overflows(c.applyOrRefuse(objectOf(more), payments.Synced{Subscription: &more}), before)
	s.MRR = 5
	c.subscribe(s)
	c.recounted()
}

func totalsNeverWrap(c *check) {
	for _, amount := range []int64{math.MinInt64, math.MaxInt64, -1, math.MaxInt64, math.MinInt64 + 1, 1, math.MinInt64} {
		paid := collected(1, amount, 0, "usd")
		before := c.totals(home)
		refused := c.applyOrRefuse(paymentObject(paid), payments.Synced{Payment: &paid})
		want := []payments.Revenue{{Currency: "usd", Gross: amount, Payments: 1}}
		if refused {
			want = before.Revenue
		}
		c.equal(fmt.Sprint("Revenue of ", amount), c.totals(home).Revenue, want)
	}
}

func totalsOverflowOverProjects(c *check) {
	other := place{"other", home.mode}
	for i, p := range []place{home, other} {
		paid := newPayment(p, 1)
		paid.Amount, paid.RefundedAmount = math.MaxInt64, 0
		c.pay(paid)
		c.equal(fmt.Sprint("Revenue of project ", i), c.totals(p).Revenue, []payments.Revenue{{Currency: "usd", Gross: math.MaxInt64, Payments: 1}})
	}
	got, err := c.Totals(c.ctx, []payments.ProjectID{home.project, other.project}, home.mode)
	if err == nil {
		c.Errorf("Totals of twice %d are %v, want an error", int64(math.MaxInt64), show(got.Revenue))
	}
}

func totalsOfExtremes(c *check) {
	for _, n := range []int64{math.MaxInt64, math.MaxInt64 - 1, 1<<53 + 1, 1, math.MaxInt64} {
		s := newSubscription(home, 1)
		s.MRR = n
		c.subscribe(s)
		c.pay(collected(1, n, n, "usd"))
		c.equal("MRR", c.totals(home).MRR, []payments.MRR{{Currency: "usd", Amount: n, Subscriptions: 1}})
		c.equal("Revenue", c.totals(home).Revenue, []payments.Revenue{{Currency: "usd", Gross: n, Refunded: n, Payments: 1}})
	}
}
