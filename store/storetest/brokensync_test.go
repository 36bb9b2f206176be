package storetest

import (
	"context"
	"slices"
	"time"

	"github.com/manytenants/payments"
)

var brokenQueues = slices.Concat(brokenShares, []brokenStore{
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
})

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
func (b claimsTwice) ClaimDue(ctx context.Context, now, lease time.Time, limits payments.ClaimLimits) ([]payments.Ticket, error) {
	var due []payments.Object
	b.locked(func() {
		for _, p := range b.objects {
			if p.Pending && !p.DueAt.After(now) && len(due) < limits.Total {
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

func (b forgetsLease) ClaimDue(ctx context.Context, now, _ time.Time, limits payments.ClaimLimits) ([]payments.Ticket, error) {
	return b.model.ClaimDue(ctx, now, now, limits)
}

type claimsEarly struct{ *model }

func (b claimsEarly) ClaimDue(ctx context.Context, now, lease time.Time, limits payments.ClaimLimits) ([]payments.Ticket, error) {
	return b.model.ClaimDue(ctx, now.Add(time.Second), lease, limits)
}

type claimsLate struct{ *model }

func (b claimsLate) ClaimDue(ctx context.Context, now, lease time.Time, limits payments.ClaimLimits) ([]payments.Ticket, error) {
	return b.model.ClaimDue(ctx, now.Add(-1), lease, limits)
}

type claimsLatest struct{ *model }

func (b claimsLatest) ClaimDue(ctx context.Context, now, lease time.Time, limits payments.ClaimLimits) ([]payments.Ticket, error) {
	tickets, err := b.model.ClaimDue(ctx, now, lease, limits)
	slices.Reverse(tickets)
	return tickets, err
}

type countsNoAttempts struct{ *model }

func (b countsNoAttempts) ClaimDue(ctx context.Context, now, lease time.Time, limits payments.ClaimLimits) ([]payments.Ticket, error) {
	tickets, err := b.model.ClaimDue(ctx, now, lease, limits)
	for i := range tickets {
		tickets[i].Attempts = 1
	}
	return tickets, err
}

type claimsOneProject struct{ *model }

func (b claimsOneProject) ClaimDue(ctx context.Context, now, lease time.Time, limits payments.ClaimLimits) ([]payments.Ticket, error) {
	tickets, err := b.model.ClaimDue(ctx, now, lease, limits)
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
