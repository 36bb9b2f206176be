package storetest

import (
	"context"
	"slices"
	"time"

	"github.com/manytenants/payments"
)

// brokenClaim is a store whose ClaimChanges does something else.
type brokenClaim struct {
	*model
	claim func(ctx context.Context, m *model, now, lease time.Time, limit int) ([]payments.Change, error)
}

func (b brokenClaim) ClaimChanges(ctx context.Context, now, lease time.Time, limit int) ([]payments.Change, error) {
	return b.claim(ctx, b.model, now, lease, limit)
}

// delivers opens a store that changes what it delivers.
func delivers(edit func(m *model, changes []payments.Change) []payments.Change) func(m *model) payments.Store {
	return func(m *model) payments.Store {
		return brokenClaim{m, func(ctx context.Context, m *model, now, lease time.Time, limit int) ([]payments.Change, error) {
			changes, err := m.ClaimChanges(ctx, now, lease, limit)
			m.locked(func() { changes = edit(m, changes) })
			return changes, err
		}}
	}
}

var brokenOutboxes = []brokenStore{
	{"tells of an identical rewrite", "change/an identical rewrite is none", afterwards(tellsAlways)},
	{"tells of one row of two", "change/each row of a fetch is a change", changesSynced(func(_ *model, s *payments.Synced) {
		if s.Subscription != nil {
			s.Payment = nil
		}
	})},
	{"acknowledges both rows of a fetch at once", "change/each row of a fetch is a change", func(m *model) payments.Store { return acksByID{m} }},
	{"tells nobody in particular", "change/without Notify there is none", changesSynced(func(_ *model, s *payments.Synced) { s.Notify = true })},
	{"tells of new rows only", "change/each visible difference is one change", afterwards(tellsOnlyNew)},
	{"tells of events", "change/an apply without a row is none", afterwards(tellsAlways)},
	{"tells of what has ended", "change/what has ended changes no more", afterwards(tellsAlways)},
	{"forgets the status before", "change/each visible difference is one change", delivers(func(_ *model, changes []payments.Change) []payments.Change {
		for i := range changes {
			changes[i].PreviousStatus = ""
		}
		return changes
	})},
	{"calls every payment an invoice", "change/a new row is one change", delivers(func(_ *model, changes []payments.Change) []payments.Change {
		for i := range changes {
			if changes[i].Kind == payments.KindPaymentIntent {
				changes[i].Kind = payments.KindInvoice
			}
		}
		return changes
	})},
	{"delivers the latest first", "change/of those due since the same moment the oldest comes first", delivers(func(_ *model, changes []payments.Change) []payments.Change {
		slices.Reverse(changes)
		return changes
	})},
	{"delivers once only", "change/a claimed change is leased", delivers(func(m *model, changes []payments.Change) []payments.Change {
		for _, c := range changes {
			delete(m.changes, changeKey(c))
		}
		return changes
	})},
	{"delivers without a lease", "change/a claimed change is leased", func(m *model) payments.Store {
		return brokenClaim{m, func(ctx context.Context, m *model, now, _ time.Time, limit int) ([]payments.Change, error) {
			return m.ClaimChanges(ctx, now, now, limit)
		}}
	}},
	{"delivers to several claimers", "change/each due change goes to one of 16 claimers", func(m *model) payments.Store {
		gate := newGate(16)
		return brokenClaim{m, func(ctx context.Context, m *model, now, lease time.Time, limit int) ([]payments.Change, error) {
			changes, err := m.ClaimChanges(ctx, now, now, limit)
			gate.pass()
			for _, c := range changes {
				m.locked(func() { m.changes[changeKey(c)].due = lease })
			}
			return changes, err
		}}
	}},
	{"delivers one mode's changes", "change/changes come from every place", delivers(func(_ *model, changes []payments.Change) []payments.Change {
		return slices.DeleteFunc(changes, func(c payments.Change) bool { return c.Mode == payments.Live })
	})},
	{"keeps an acknowledged change", "change/an acknowledged change is gone", func(m *model) payments.Store { return ignoresAck{m} }},
	{"refuses a second acknowledgement", "change/an acknowledged change is gone", func(m *model) payments.Store { return acksOnce{m} }},
	{"acknowledges by ID alone", "change/an acknowledgement is of its own change", func(m *model) payments.Store { return acksByID{m} }},
	{"acknowledges every change at once", "change/an acknowledged change is gone", func(m *model) payments.Store { return acksAll{m} }},
	{"keeps a change's time by the second", "change/text and times are kept", delivers(func(_ *model, changes []payments.Change) []payments.Change {
		for i := range changes {
			changes[i].At = changes[i].At.Truncate(time.Second)
		}
		return changes
	})},
}

func tellsAlways(m *model, s payments.Synced, _ bool) {
	m.notify(place{s.Ticket.Project, s.Ticket.Mode}, s, payments.Change{StripeID: s.Ticket.ID})
}

func tellsOnlyNew(m *model, _ payments.Synced, _ bool) {
	for k, c := range m.changes {
		if c.PreviousStatus != "" {
			delete(m.changes, k)
		}
	}
}

type ignoresAck struct{ *model }

func (ignoresAck) AckChange(context.Context, payments.Change) error { return nil }

type acksOnce struct{ *model }

func (b acksOnce) AckChange(ctx context.Context, c payments.Change) error {
	if b.changes[changeKey(c)] == nil {
		return payments.ErrNotFound
	}
	return b.model.AckChange(ctx, c)
}

type acksByID struct{ *model }

func (b acksByID) AckChange(_ context.Context, c payments.Change) error {
	b.locked(func() {
		for k, stored := range b.changes {
			if stored.ID == c.ID {
				delete(b.changes, k)
			}
		}
	})
	return nil
}

type acksAll struct{ *model }

func (b acksAll) AckChange(ctx context.Context, c payments.Change) error {
	b.locked(func() { clear(b.changes) })
	return b.model.AckChange(ctx, c)
}
