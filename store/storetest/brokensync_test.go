package storetest

import (
	"context"
	"slices"
	"strings"
	"time"

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

var brokenQueues = []brokenStore{
	{"puts a due time off", "sync/an earlier due time stays", func(m *model) payments.Store { return putsOff{m} }},
	{"keeps a backed-off object waiting", "sync/a request brings a later due time forward", func(m *model) payments.Store { return keepsWaiting{m} }},
	{"refuses an object that is named twice", "sync/objects may be requested twice in one call", func(m *model) payments.Store { return refusesTwice{m} }},
	{"claims twice", "sync/each due object goes to one of 16 claimers", func(m *model) payments.Store { return claimsTwice{m, newGate(16)} }},
	{"forgets the lease", "sync/a claimed object is leased", func(m *model) payments.Store { return forgetsLease{m} }},
	{"claims before the lease has ended", "sync/a claimed object is leased", func(m *model) payments.Store { return claimsEarly{m} }},
	{"claims only what was due before now", "sync/a request makes an object pending and due", func(m *model) payments.Store { return claimsLate{m} }},
	{"claims the latest due first", "sync/the longest due are claimed first", func(m *model) payments.Store { return claimsLatest{m} }},
	{"counts no attempts", "sync/a claim counts attempts", func(m *model) payments.Store { return countsNoAttempts{m} }},
	{"claims one project's objects only", "sync/claims cover every place", func(m *model) payments.Store { return claimsOneProject{m} }},
	{"gives a ticket's number again", "sync/16 claims of an object get 16 numbers", func(m *model) payments.Store { return repeatsNumber{m} }},
	{"shows every mode's queue", "sync/PendingSyncs shows one place", func(m *model) payments.Store { return showsEveryMode{m} }},
	{"hides what is leased", "sync/a claimed object is leased", func(m *model) payments.Store { return hidesLeased{m} }},
	{"lists the soonest due first", "sync/PendingSyncs lists the longest pending first", func(m *model) payments.Store { return listsByDue{m} }},
	{"retries a stale ticket", "sync/a retry during a later claim does nothing", func(m *model) payments.Store { return retriesStale{m} }},
	{"retries after a later success", "sync/a retry after a later apply does nothing", func(m *model) payments.Store { return retriesStale{m} }},
	{"drops a retry because of a request", "sync/a request does not stop a retry", func(m *model) payments.Store { return dropsRetry{m} }},
	{"forgets why an attempt failed", "sync/a failed attempt is due again with its reason", func(m *model) payments.Store { return forgetsReason{m} }},
}

type putsOff struct{ *model }

func (b putsOff) RequestSync(ctx context.Context, now time.Time, objects ...payments.Object) error {
	err := b.model.RequestSync(ctx, now, objects...)
	b.locked(func() {
		for _, o := range objects {
			b.objects[o].DueAt = now.UTC()
		}
	})
	return err
}

type keepsWaiting struct{ *model }

func (b keepsWaiting) RequestSync(ctx context.Context, now time.Time, objects ...payments.Object) error {
	b.locked(func() {
		for _, o := range objects {
			if p := b.objects[o]; p != nil && p.Pending {
				now = p.DueAt
			}
		}
	})
	return b.model.RequestSync(ctx, now, objects...)
}

type refusesTwice struct{ *model }

func (b refusesTwice) RequestSync(ctx context.Context, now time.Time, objects ...payments.Object) error {
	for i, o := range objects {
		if slices.Contains(objects[:i], o) {
			return payments.ErrConflict
		}
	}
	return b.model.RequestSync(ctx, now, objects...)
}

type claimsTwice struct {
	*model
	gate *gate
}

// ClaimDue lets 16 claimers see the queue before any of them takes from it.
func (b claimsTwice) ClaimDue(ctx context.Context, now, lease time.Time, limit int) ([]payments.Ticket, error) {
	var due []payments.Object
	b.locked(func() {
		for _, p := range b.objects {
			if p.Pending && !p.DueAt.After(now) && len(due) < limit {
				due = append(due, p.Object)
			}
		}
	})
	b.gate.pass()
	var tickets []payments.Ticket
	for _, o := range due {
		t, err := b.ClaimObject(ctx, o, now, lease)
		if err != nil {
			return nil, err
		}
		tickets = append(tickets, t)
	}
	return tickets, nil
}

type forgetsLease struct{ *model }

func (b forgetsLease) ClaimDue(ctx context.Context, now, _ time.Time, limit int) ([]payments.Ticket, error) {
	return b.model.ClaimDue(ctx, now, now, limit)
}

type claimsEarly struct{ *model }

func (b claimsEarly) ClaimDue(ctx context.Context, now, lease time.Time, limit int) ([]payments.Ticket, error) {
	return b.model.ClaimDue(ctx, now.Add(time.Second), lease, limit)
}

type claimsLate struct{ *model }

func (b claimsLate) ClaimDue(ctx context.Context, now, lease time.Time, limit int) ([]payments.Ticket, error) {
	return b.model.ClaimDue(ctx, now.Add(-1), lease, limit)
}

type claimsLatest struct{ *model }

func (b claimsLatest) ClaimDue(ctx context.Context, now, lease time.Time, limit int) ([]payments.Ticket, error) {
	tickets, err := b.model.ClaimDue(ctx, now, lease, limit)
	slices.Reverse(tickets)
	return tickets, err
}

type countsNoAttempts struct{ *model }

func (b countsNoAttempts) ClaimDue(ctx context.Context, now, lease time.Time, limit int) ([]payments.Ticket, error) {
	tickets, err := b.model.ClaimDue(ctx, now, lease, limit)
	for i := range tickets {
		tickets[i].Attempts = 1
	}
	return tickets, err
}

type claimsOneProject struct{ *model }

func (b claimsOneProject) ClaimDue(ctx context.Context, now, lease time.Time, limit int) ([]payments.Ticket, error) {
	tickets, err := b.model.ClaimDue(ctx, now, lease, limit)
	return slices.DeleteFunc(tickets, func(t payments.Ticket) bool { return t.Project != tickets[0].Project }), err
}

type repeatsNumber struct{ *model }

func (b repeatsNumber) ClaimObject(ctx context.Context, o payments.Object, now, lease time.Time) (payments.Ticket, error) {
	t, err := b.model.ClaimObject(ctx, o, now, lease)
	t.Number /= 2
	return t, err
}

type showsEveryMode struct{ *model }

func (b showsEveryMode) PendingSyncs(ctx context.Context, project payments.ProjectID, mode payments.Mode, limit int) ([]payments.SyncState, error) {
	test, _ := b.model.PendingSyncs(ctx, project, payments.Test, limit)
	live, err := b.model.PendingSyncs(ctx, project, payments.Live, limit)
	return append(test, live...), err
}

type hidesLeased struct{ *model }

func (b hidesLeased) PendingSyncs(ctx context.Context, project payments.ProjectID, mode payments.Mode, limit int) ([]payments.SyncState, error) {
	states, err := b.model.PendingSyncs(ctx, project, mode, limit)
	return slices.DeleteFunc(states, func(s payments.SyncState) bool { return s.Attempts > 0 }), err
}

type listsByDue struct{ *model }

func (b listsByDue) PendingSyncs(ctx context.Context, project payments.ProjectID, mode payments.Mode, limit int) ([]payments.SyncState, error) {
	states, err := b.model.PendingSyncs(ctx, project, mode, limit)
	slices.SortFunc(states, func(a, b payments.SyncState) int { return a.DueAt.Compare(b.DueAt) })
	return states, err
}

type retriesStale struct{ *model }

func (b retriesStale) RetrySync(ctx context.Context, t payments.Ticket, at time.Time, reason string) error {
	t.Number = 1 << 60
	return b.model.RetrySync(ctx, t, at, reason)
}

type dropsRetry struct{ *model }

func (b dropsRetry) RetrySync(ctx context.Context, t payments.Ticket, at time.Time, reason string) error {
	if p := b.objects[t.Object]; p != nil && p.given > t.Number {
		return nil
	}
	return b.model.RetrySync(ctx, t, at, reason)
}

type forgetsReason struct{ *model }

func (b forgetsReason) RetrySync(ctx context.Context, t payments.Ticket, at time.Time, _ string) error {
	return b.model.RetrySync(ctx, t, at, "")
}
