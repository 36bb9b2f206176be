package storetest

import (
	"context"
	"slices"
	"strings"

	"github.com/manytenants/payments"
)

var brokenInboxes = []brokenStore{
	{"reports a duplicate as new", "webhook/an event is added once", func(m *model) payments.Store { return reportsNew{m} }},
	{"reports several of many deliveries as new", "webhook/one of 32 deliveries is added", func(m *model) payments.Store { return reportsNew{m} }},
	{"overwrites an event", "webhook/an event is added once", func(m *model) payments.Store { return overwritesEvent{m} }},
	{"records an event without its request", "webhook/a new pending event requests its object", func(m *model) payments.Store { return forgetsRequest{m} }},
	{"requests again on a duplicate", "webhook/a duplicate requests nothing", func(m *model) payments.Store { return requestsAgain{m} }},
	{"requests on an ignored event", "webhook/an ignored event requests nothing", func(m *model) payments.Store { return requestsIgnored{m} }},
	{"processes events after the ticket", "webhook/a request during a fetch is not lost", func(m *model) payments.Store { return processesAll{m} }},
	{"processes one event of many", "webhook/an apply processes the events up to its ticket", func(m *model) payments.Store { return processesOne{m} }},
	{"processes what is gone", "webhook/gone ends the events as ignored", func(m *model) payments.Store { return forgetsGone{m} }},
	{"lists events of a moment in no order", "webhook/events are listed newest first", func(m *model) payments.Store { return forgetsTies{m} }},
	{"lists events without regard to case", "webhook/events are listed newest first", func(m *model) payments.Store { return foldsTies{m} }},
	{"counts the offset from the key", "webhook/events are listed by place", func(m *model) payments.Store { return addsOffset{m} }},
	{"fills an ignored event's object in", "webhook/an event is returned as it was added", func(m *model) payments.Store { return fillsObject{m} }},
}

type reportsNew struct{ *model }

func (b reportsNew) AddEvent(ctx context.Context, e payments.Event) (bool, error) {
	_, err := b.model.AddEvent(ctx, e)
	return true, err
}

type overwritesEvent struct{ *model }

func (b overwritesEvent) AddEvent(ctx context.Context, e payments.Event) (bool, error) {
	added, err := b.model.AddEvent(ctx, e)
	b.locked(func() { b.events[key{place{e.Project, e.Mode}, e.ID}].Event = inUTC(e) })
	return added, err
}

type forgetsRequest struct{ *model }

func (b forgetsRequest) AddEvent(ctx context.Context, e payments.Event) (bool, error) {
	added, err := b.model.AddEvent(ctx, e)
	b.locked(func() { delete(b.objects, e.Object) })
	return added, err
}

type requestsAgain struct{ *model }

func (b requestsAgain) AddEvent(ctx context.Context, e payments.Event) (bool, error) {
	added, err := b.model.AddEvent(ctx, e)
	if !added {
		err = b.RequestSync(ctx, e.ReceivedAt, e.Object)
	}
	return added, err
}

type requestsIgnored struct{ *model }

func (b requestsIgnored) AddEvent(ctx context.Context, e payments.Event) (bool, error) {
	added, err := b.model.AddEvent(ctx, e)
	b.locked(func() { b.request(e.ReceivedAt, place{e.Project, e.Mode}.object(payments.KindInvoice, "")) })
	return added, err
}

type processesAll struct{ *model }

func (b processesAll) ApplySync(ctx context.Context, s payments.Synced) (bool, error) {
	applied, err := b.model.ApplySync(ctx, s)
	s.Ticket.Number = 1 << 60
	b.locked(func() { b.processEvents(s) })
	return applied, err
}

type processesOne struct{ *model }

func (b processesOne) ApplySync(ctx context.Context, s payments.Synced) (bool, error) {
	b.locked(func() {
		for _, e := range b.events {
			if e.Object == s.Ticket.Object && e.number < s.Ticket.Number-1 {
				e.number = 1 << 60
			}
		}
	})
	return b.model.ApplySync(ctx, s)
}

type forgetsGone struct{ *model }

func (b forgetsGone) ApplySync(ctx context.Context, s payments.Synced) (bool, error) {
	s.Gone = false
	return b.model.ApplySync(ctx, s)
}

type forgetsTies struct{ *model }

func (b forgetsTies) Events(ctx context.Context, project payments.ProjectID, mode payments.Mode, w payments.Window) ([]payments.Event, error) {
	events, err := b.model.Events(ctx, project, mode, w)
	slices.Reverse(events)
	slices.SortStableFunc(events, func(a, b payments.Event) int { return b.ReceivedAt.Compare(a.ReceivedAt) })
	return events, err
}

type foldsTies struct{ *model }

func (b foldsTies) Events(ctx context.Context, project payments.ProjectID, mode payments.Mode, w payments.Window) ([]payments.Event, error) {
	events, err := b.model.Events(ctx, project, mode, w)
	slices.SortStableFunc(events, func(a, b payments.Event) int {
		return newestFirst(a.ReceivedAt, strings.ToLower(a.ID), b.ReceivedAt, strings.ToLower(b.ID))
	})
	return events, err
}

type addsOffset struct{ *model }

func (b addsOffset) Events(ctx context.Context, project payments.ProjectID, mode payments.Mode, w payments.Window) ([]payments.Event, error) {
	skip := w.Offset
	if w.Key.IsZero() {
		return b.model.Events(ctx, project, mode, w)
	}
	w.Limit += skip
	events, err := b.model.Events(ctx, project, mode, w)
	return events[min(skip, len(events)):], err
}

type fillsObject struct{ *model }

func (b fillsObject) Events(ctx context.Context, project payments.ProjectID, mode payments.Mode, w payments.Window) ([]payments.Event, error) {
	events, err := b.model.Events(ctx, project, mode, w)
	for i := range events {
		events[i].Object.Project, events[i].Object.Mode = project, mode
	}
	return events, err
}
