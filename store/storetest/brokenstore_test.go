package storetest

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/manytenants/payments"
)

var brokenContexts = []brokenStore{
	{"ignores its context", "store/a cancelled call fails", func(m *model) payments.Store { return ignoresContext{m} }},
	{"writes in spite of its context", "store/a cancelled call changes nothing", func(m *model) payments.Store { return ignoresContext{m} }},
	{"says that a cancelled read found nothing", "store/a cancelled call fails", func(m *model) payments.Store { return cancelledIsNotFound{m} }},
	{"returns errors of another kind", "store/an error has no other kind", func(m *model) payments.Store { return wrongKind{m} }},
	{"reads another project", "store/no method reads another place", func(m *model) payments.Store { return readsOtherProject{m} }},
	{"writes another project", "store/no method writes another place", func(m *model) payments.Store { return writesOtherProject{m} }},
	{"answers a random program wrongly once", "model/a random program gets the model's answers", func(m *model) payments.Store { return &wrongOnce{model: m} }},
	{"miscounts in the long run", "model/counters equal a recount after a random program", func(m *model) payments.Store { return &miscounts{model: m} }},
	{"loses an event among many calls", "model/a concurrent program loses and doubles nothing", func(m *model) payments.Store { return &losesEvent{model: m} }},
}

type ignoresContext struct{ *model }

func (b ignoresContext) RequestSync(_ context.Context, now time.Time, objects ...payments.Object) error {
	return b.model.RequestSync(context.Background(), now, objects...)
}

type cancelledIsNotFound struct{ *model }

func (b cancelledIsNotFound) Payment(ctx context.Context, project payments.ProjectID, mode payments.Mode, source string) (payments.Payment, error) {
	if ctx.Err() != nil {
		return payments.Payment{}, payments.ErrNotFound
	}
	return b.model.Payment(ctx, project, mode, source)
}

type wrongKind struct{ *model }

func (b wrongKind) Payment(ctx context.Context, project payments.ProjectID, mode payments.Mode, source string) (payments.Payment, error) {
	p, err := b.model.Payment(ctx, project, mode, source)
	if err != nil {
		err = errors.Join(err, payments.ErrUnavailable)
	}
	return p, err
}

type readsOtherProject struct{ *model }

func (b readsOtherProject) Events(ctx context.Context, _ payments.ProjectID, mode payments.Mode, w payments.Window) ([]payments.Event, error) {
	return b.model.Events(ctx, home.project, mode, w)
}

type writesOtherProject struct{ *model }

func (b writesOtherProject) RetrySync(ctx context.Context, t payments.Ticket, at time.Time, reason string) error {
	for o := range b.objects {
		if o.ID == t.ID {
			t.Object = o
			if err := b.model.RetrySync(ctx, t, at, reason); err != nil {
				return err
			}
		}
	}
	return nil
}

// wrongOnce gives one answer of many that is not right.
type wrongOnce struct {
	*model
	calls int
}

func (b *wrongOnce) CountPayments(ctx context.Context, scope payments.Scope, f payments.Filter) (int64, error) {
	n, err := b.model.CountPayments(ctx, scope, f)
	if b.calls++; b.calls == 300 {
		n++
	}
	return n, err
}

// miscounts is off by one after a few hundred applies.
type miscounts struct {
	*model
	applies int
}

func (b *miscounts) ApplySync(ctx context.Context, s payments.Synced) (bool, error) {
	b.applies++
	return b.model.ApplySync(ctx, s)
}

func (b *miscounts) CountPayments(ctx context.Context, scope payments.Scope, f payments.Filter) (int64, error) {
	n, err := b.model.CountPayments(ctx, scope, f)
	if b.applies > 400 {
		n++
	}
	return n, err
}

// losesEvent records one event of many without a request that would process it.
type losesEvent struct {
	*model
	calls atomic.Int64
}

func (b *losesEvent) AddEvent(ctx context.Context, e payments.Event) (bool, error) {
	added, err := b.model.AddEvent(ctx, e)
	if b.calls.Add(1) == 50 {
		b.locked(func() { b.events[key{place{e.Project, e.Mode}, e.ID}].number = 1 << 60 })
	}
	return added, err
}
