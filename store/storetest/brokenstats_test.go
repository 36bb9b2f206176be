package storetest

import (
	"context"
	"math"
	"slices"

	"github.com/manytenants/payments"
)

// brokenTotal is a store whose totals are other ones.
type brokenTotal struct {
	*model
	totals func(m *model, projects []payments.ProjectID, mode payments.Mode) (payments.Totals, error)
}

func (b brokenTotal) Totals(_ context.Context, projects []payments.ProjectID, mode payments.Mode) (payments.Totals, error) {
	return b.totals(b.model, projects, mode)
}

// sums opens a store that changes its totals before it returns them.
func sums(edit func(m *model, t *payments.Totals)) func(m *model) payments.Store {
	return func(m *model) payments.Store {
		return brokenTotal{m, func(m *model, projects []payments.ProjectID, mode payments.Mode) (payments.Totals, error) {
			totals, err := m.Totals(context.Background(), projects, mode)
			edit(m, &totals)
			return totals, err
		}}
	}
}

var brokenTotals = []brokenStore{
	{"wraps a sum around", "stats/a sum that overflows is an error", func(m *model) payments.Store { return brokenTotal{m, wraps} }},
	{"wraps a sum over projects around", "stats/a sum over projects that overflows is an error", func(m *model) payments.Store { return brokenTotal{m, wraps} }},
	{"saturates a sum", "stats/no movement wraps a sum around", sums(func(_ *model, t *payments.Totals) {
		for i := range t.Revenue {
			t.Revenue[i].Gross = max(t.Revenue[i].Gross, -math.MaxInt64)
		}
	})},
	{"adds up in floats", "stats/the greatest numbers are counted", sums(func(_ *model, t *payments.Totals) {
		for i := range t.MRR {
			t.MRR[i].Amount = int64(float64(t.MRR[i].Amount)/2) * 2
		}
	})},
	{"keeps entries that came back to zero", "stats/entries that come back to zero are left out", sums(func(_ *model, t *payments.Totals) {
		if t.SubscriptionsByStatus["paused"] == 0 {
			t.SubscriptionsByStatus["paused"] = 0
		}
	})},
	{"leaves out entries of zero amount", "stats/zero amounts count", sums(func(_ *model, t *payments.Totals) {
		t.MRR = slices.DeleteFunc(t.MRR, func(m payments.MRR) bool { return m.Amount == 0 })
	})},
	{"moves counters twice on a rewrite", "stats/an identical rewrite moves nothing", func(m *model) payments.Store { return &countsApplies{model: m} }},
	{"counts trials", "stats/subscriptions are counted by status and currency", sums(func(_ *model, t *payments.Totals) {
		if n := t.SubscriptionsByStatus[payments.StatusTrialing]; n > 0 {
			t.MRR[0].Subscriptions += n
		}
	})},
	{"counts what was not collected", "stats/payments are counted by status and currency", sums(func(_ *model, t *payments.Totals) {
		if n := t.PaymentsByStatus[payments.PaymentFailed]; n > 0 {
			t.Revenue[0].Payments += n
		}
	})},
	{"adds both modes up", "stats/totals sum over projects in one mode", func(m *model) payments.Store { return brokenTotal{m, bothModes} }},
	{"adds one project up", "stats/totals sum over projects in one mode", func(m *model) payments.Store { return brokenTotal{m, oneProject} }},
	{"orders currencies by amount", "stats/currencies come in ascending order", sums(func(_ *model, t *payments.Totals) { slices.Reverse(t.Revenue) })},
	{"returns the same map again", "stats/a map belongs to the caller", func(m *model) payments.Store { return &sharesMap{model: m} }},
	{"drops one of two concurrent counts", "stats/16 concurrent applies are all counted", sums(func(m *model, t *payments.Totals) {
		if t.PaymentsByStatus[payments.PaymentPartiallyRefunded] > 60 {
			t.PaymentsByStatus[payments.PaymentPartiallyRefunded]--
		}
	})},
}

func wraps(m *model, projects []payments.ProjectID, mode payments.Mode) (payments.Totals, error) {
	if totals, err := m.Totals(context.Background(), projects, mode); err == nil {
		return totals, nil
	}
	return payments.Totals{Revenue: []payments.Revenue{{Currency: "usd", Gross: -2, Payments: 2}}}, nil
}

// countsApplies moves the counters with each apply.
type countsApplies struct {
	*model
	applies int64
}

func (b *countsApplies) ApplySync(ctx context.Context, s payments.Synced) (bool, error) {
	b.applies++
	return b.model.ApplySync(ctx, s)
}

func (b *countsApplies) Totals(ctx context.Context, projects []payments.ProjectID, mode payments.Mode) (payments.Totals, error) {
	totals, err := b.model.Totals(ctx, projects, mode)
	for i := range totals.Revenue {
		totals.Revenue[i].Gross = 2400 * (b.applies - 1)
	}
	return totals, err
}

func bothModes(m *model, projects []payments.ProjectID, _ payments.Mode) (payments.Totals, error) {
	scope := payments.Scope{Projects: projects, Modes: []payments.Mode{payments.Test, payments.Live}}
	return totalsOf(m.matchingSubscriptions(scope, payments.Filter{}), m.matchingPayments(scope, payments.Filter{}))
}

func oneProject(m *model, projects []payments.ProjectID, mode payments.Mode) (payments.Totals, error) {
	return m.Totals(context.Background(), projects[:min(1, len(projects))], mode)
}

type sharesMap struct {
	*model
	cached *payments.Totals
}

func (b *sharesMap) Totals(ctx context.Context, projects []payments.ProjectID, mode payments.Mode) (payments.Totals, error) {
	if b.cached == nil {
		totals, _ := b.model.Totals(ctx, projects, mode)
		b.cached = &totals
	}
	return *b.cached, nil
}
