package storetest

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/manytenants/payments"
)

// holdsBack opens a store in which changes wait for others than they should.
func holdsBack(holds func(other, d *delivery) bool) func(m *model) payments.Store {
	return func(m *model) payments.Store {
		return brokenClaim{m, func(ctx context.Context, m *model, now, lease time.Time, limit int) ([]payments.Change, error) {
			return m.claimUnless(ctx, holds, now, lease, limit)
		}}
	}
}

// brokenRetry is a store whose RetryChange does something else.
type brokenRetry struct {
	*model
	retry func(m *model, d *delivery, c payments.Change, at time.Time)
}

func (b brokenRetry) RetryChange(_ context.Context, c payments.Change, at time.Time) error {
	b.locked(func() {
		d := b.changes[changeKey(c)]
		if d == nil {
			d = &delivery{Change: c}
		}
		b.retry(b.model, d, c, at)
	})
	return nil
}

func retries(retry func(m *model, d *delivery, c payments.Change, at time.Time)) func(m *model) payments.Store {
	return func(m *model) payments.Store { return brokenRetry{m, retry} }
}

var brokenDeliveries = []brokenStore{
	{"delivers the oldest first, due long or not", "change/the change that is due longest comes first", func(m *model) payments.Store {
		return brokenClaim{m, func(ctx context.Context, m *model, now, lease time.Time, limit int) ([]payments.Change, error) {
			for _, d := range m.changes {
				if !d.due.After(now) {
					d.due = d.At
				}
			}
			return m.ClaimChanges(ctx, now, lease, limit)
		}}
	}},
	{"delivers a change before an older one", "change/a change waits for the older ones of its object", holdsBack(func(_, _ *delivery) bool { return false })},
	{"delivers a change while an older one is leased", "change/a change waits for the older ones of its object", holdsBack(func(older, d *delivery) bool {
		return precedes(older, d) && older.Attempts == 0
	})},
	{"holds back the changes of the other mode", "change/a change waits for no other object", holdsBack(func(older, d *delivery) bool {
		return older.number < d.number && older.Project == d.Project && older.Kind == d.Kind && older.StripeID == d.StripeID
	})},
	{"holds back the changes of another kind", "change/a change waits for no other object", holdsBack(func(older, d *delivery) bool {
		return older.number < d.number && older.Project == d.Project && older.Mode == d.Mode && older.StripeID == d.StripeID
	})},
	{"holds back a whole project", "change/a change waits for no other object", holdsBack(func(older, d *delivery) bool {
		return older.number < d.number && older.Project == d.Project && older.Mode == d.Mode
	})},
	{"orders an object's changes by their time", "change/the order of an object's changes is that of writing", holdsBack(func(older, d *delivery) bool {
		return changedObject(older.Change) == changedObject(d.Change) && older.At.Before(d.At)
	})},
	{"hands over an object's later change first", "change/concurrent claimers get an object's changes in order", func(m *model) payments.Store { return acksEarly{m} }},
	{"counts no attempts of a change", "change/each claim of a change is an attempt", delivers(func(_ *model, changes []payments.Change) []payments.Change {
		for i := range changes {
			changes[i].Attempts = 0
		}
		return changes
	})},
	{"begins a change's attempts again", "change/each claim of a change is an attempt", retries(func(_ *model, d *delivery, _ payments.Change, at time.Time) {
		d.due, d.Attempts = at, 0
	})},
	{"leaves a failed change to its lease", "change/a failed change is due when RetryChange says", retries(func(*model, *delivery, payments.Change, time.Time) {})},
	{"makes a failed change due at once", "change/a failed change is due when RetryChange says", retries(func(_ *model, d *delivery, _ payments.Change, _ time.Time) {
		d.due = d.At
	})},
	{"puts off every change with the one that failed", "change/a failed change is retried alone", retries(func(m *model, _ *delivery, _ payments.Change, at time.Time) {
		for _, d := range m.changes {
			d.due = at
		}
	})},
	{"puts off what failed elsewhere", "change/a failed change is retried alone", retries(func(m *model, _ *delivery, c payments.Change, at time.Time) {
		for _, d := range m.changes {
			if d.ID == c.ID {
				d.due = at
			}
		}
	})},
	{"retries what was claimed again since", "change/a late retry of a change has no effect", retries(func(_ *model, d *delivery, _ payments.Change, at time.Time) {
		d.due = at
	})},
	{"retries what is gone", "change/a late retry of a change has no effect", retries(func(m *model, d *delivery, c payments.Change, at time.Time) {
		if d.Attempts <= c.Attempts {
			d.due = at
			m.changes[changeKey(c)] = d
		}
	})},
}

// acksEarly forgets changes as soon as they are claimed, and hands over the next ones before them.
type acksEarly struct{ *model }

func (b acksEarly) ClaimChanges(ctx context.Context, now, lease time.Time, _ int) ([]payments.Change, error) {
	var all []payments.Change
	for range 2 {
		changes, err := b.model.ClaimChanges(ctx, now, lease, 100)
		for _, c := range changes {
			err = cmp.Or(err, b.AckChange(ctx, c))
		}
		if err != nil {
			return nil, err
		}
		all = append(all, changes...)
	}
	slices.Reverse(all)
	return all, nil
}
