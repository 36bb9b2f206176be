package storetest

import (
	"context"
	"slices"
	"time"

	"github.com/manytenants/payments"
)

var brokenShares = []brokenStore{
	{"claims the longest due of all tenants", "sync/claims go round the tenants", func(m *model) payments.Store { return claimsGlobally{m} }},
	{"takes a round by the tenants' names", "sync/a round goes by due times", func(m *model) payments.Store { return claimsByName{m} }},
	{"takes both modes for one tenant", "sync/a mode is a tenant of its own", func(m *model) payments.Store { return claimsGlobally{m} }},
	{"knows no share", "sync/a tenant gets its share at most", func(m *model) payments.Store { return knowsNoShare{m} }},
	{"gives a share to who holds one", "sync/what is held counts", func(m *model) payments.Store { return forgetsHeld{m} }},
	{"leaves out nobody but who holds anything", "sync/what is held counts", func(m *model) payments.Store { return leavesOutHolders{m} }},
	{"looks no further than the first tenants", "sync/tenants that have their share hide nobody", func(m *model) payments.Store { return seesFewTenants{m} }},
	{"takes what is parked for due since ever", "sync/a parked object is not due", func(m *model) payments.Store { return parksInThePast{m} }},
	{"leaves a parked object parked when it is requested", "sync/a request makes a parked object due", func(m *model) payments.Store { return keepsParked{m} }},
	{"wakes what is parked and nothing else", "sync/waking makes due what is parked or backs off", func(m *model) payments.Store { return wakesParked{m} }},
	{"wakes every mode", "sync/waking is of its place", func(m *model) payments.Store { return wakesEveryMode{m} }},
	{"wakes what was applied", "sync/waking finds pending objects only", func(m *model) payments.Store { return wakesApplied{m} }},
}

type claimsGlobally struct{ *model }

func (b claimsGlobally) ClaimDue(_ context.Context, now, lease time.Time, limits payments.ClaimLimits) (tickets []payments.Ticket, err error) {
	b.locked(func() {
		due := b.due(now)
		for _, p := range due[:min(len(due), limits.Total)] {
			tickets = append(tickets, b.claim(now, lease, p.Object))
		}
	})
	return tickets, nil
}

type claimsByName struct{ *model }

func (b claimsByName) ClaimDue(ctx context.Context, now, lease time.Time, limits payments.ClaimLimits) ([]payments.Ticket, error) {
	tickets, err := b.model.ClaimDue(ctx, now, lease, limits)
	slices.SortFunc(tickets, func(a, b payments.Ticket) int { return compareObjects(a.Object, b.Object) })
	return tickets, err
}

type knowsNoShare struct{ *model }

func (b knowsNoShare) ClaimDue(ctx context.Context, now, lease time.Time, limits payments.ClaimLimits) ([]payments.Ticket, error) {
	limits.PerTenant = limits.Total
	return b.model.ClaimDue(ctx, now, lease, limits)
}

type forgetsHeld struct{ *model }

func (b forgetsHeld) ClaimDue(ctx context.Context, now, lease time.Time, limits payments.ClaimLimits) ([]payments.Ticket, error) {
	limits.Held = nil
	return b.model.ClaimDue(ctx, now, lease, limits)
}

type leavesOutHolders struct{ *model }

func (b leavesOutHolders) ClaimDue(ctx context.Context, now, lease time.Time, limits payments.ClaimLimits) ([]payments.Ticket, error) {
	full := map[payments.Tenant]int{}
	for tenant := range limits.Held {
		full[tenant] = limits.PerTenant
	}
	limits.Held = full
	return b.model.ClaimDue(ctx, now, lease, limits)
}

// seesFewTenants looks at as many tenants as there may be tickets, whether or not they may have one.
type seesFewTenants struct{ *model }

func (b seesFewTenants) ClaimDue(ctx context.Context, now, lease time.Time, limits payments.ClaimLimits) ([]payments.Ticket, error) {
	var seen []payments.Tenant
	b.locked(func() {
		for _, p := range b.due(now) {
			if !slices.Contains(seen, p.Tenant()) && len(seen) < limits.Total {
				seen = append(seen, p.Tenant())
			}
		}
	})
	tickets, err := b.model.ClaimDue(ctx, now, lease, limits)
	return slices.DeleteFunc(tickets, func(t payments.Ticket) bool { return !slices.Contains(seen, t.Tenant()) }), err
}

type parksInThePast struct{ *model }

func (b parksInThePast) RetrySync(ctx context.Context, t payments.Ticket, at time.Time, reason string) error {
	if at.IsZero() {
		at = at.Add(time.Microsecond)
	}
	return b.model.RetrySync(ctx, t, at, reason)
}

type keepsParked struct{ *model }

func (b keepsParked) RequestSync(ctx context.Context, now time.Time, objects ...payments.Object) error {
	parked := map[*progress]bool{}
	b.locked(func() {
		for _, p := range b.objects {
			parked[p] = p.parked()
		}
	})
	err := b.model.RequestSync(ctx, now, objects...)
	b.locked(func() {
		for p, was := range parked {
			if was {
				p.DueAt = time.Time{}
			}
		}
	})
	return err
}

type wakesParked struct{ *model }

func (b wakesParked) WakeSyncs(_ context.Context, project payments.ProjectID, mode payments.Mode, now time.Time) error {
	b.locked(func() {
		for _, p := range b.objects {
			if p.Project == project && p.Mode == mode && p.parked() {
				p.DueAt = now.UTC()
			}
		}
	})
	return nil
}

type wakesEveryMode struct{ *model }

func (b wakesEveryMode) WakeSyncs(ctx context.Context, project payments.ProjectID, _ payments.Mode, now time.Time) error {
	if err := b.model.WakeSyncs(ctx, project, payments.Test, now); err != nil {
		return err
	}
	return b.model.WakeSyncs(ctx, project, payments.Live, now)
}

type wakesApplied struct{ *model }

func (b wakesApplied) WakeSyncs(ctx context.Context, project payments.ProjectID, mode payments.Mode, now time.Time) error {
	b.locked(func() {
		for _, p := range b.objects {
			if p.Project == project && p.Mode == mode {
				p.Pending = true
			}
		}
	})
	return b.model.WakeSyncs(ctx, project, mode, now)
}
