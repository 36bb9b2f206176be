package storetest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/manytenants/payments"
)

// give gives the object its next number. It is pending from now on.
func (m *model) give(now time.Time, o payments.Object) *progress {
	p := m.objects[o]
	if p == nil {
		p = &progress{SyncState: payments.SyncState{Object: o}}
		m.objects[o] = p
	}
	if !p.Pending {
		p.Pending, p.Since, p.DueAt = true, now.UTC(), now.UTC()
	}
	p.given++
	return p
}

func (m *model) request(now time.Time, o payments.Object) int64 {
	p := m.give(now, o)
	if now.Before(p.DueAt) || p.parked() {
		p.DueAt = now.UTC()
	}
	return p.given
}

func (m *model) claim(now, lease time.Time, o payments.Object) payments.Ticket {
	p := m.give(now, o)
	p.DueAt, p.claimed, p.Attempts = lease.UTC(), p.given, p.Attempts+1
	return payments.Ticket{Object: o, Number: p.given, Attempts: p.Attempts}
}

// RequestSync gives each object a number.
func (m *model) RequestSync(ctx context.Context, now time.Time, objects ...payments.Object) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for _, o := range objects {
		m.request(now, o)
	}
	return nil
}

// parked reports whether the object is pending without being due at any time.
func (p *progress) parked() bool { return p.Pending && p.DueAt.IsZero() }

// ClaimDue claims what is pending and due, in rounds, by the time when it became due.
func (m *model) ClaimDue(ctx context.Context, now, lease time.Time, limits payments.ClaimLimits) ([]payments.Ticket, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if ctx.Err() != nil || limits.Total <= 0 || limits.PerTenant <= 0 {
		return nil, ctx.Err()
	}
	due := m.due(now)
	rounds, taken := map[*progress]int{}, map[payments.Tenant]int{}
	maps.Copy(taken, limits.Held)
	for _, p := range due {
		rounds[p] = taken[p.Tenant()]
		taken[p.Tenant()]++
	}
	slices.SortStableFunc(due, func(a, b *progress) int { return cmp.Compare(rounds[a], rounds[b]) })
	var tickets []payments.Ticket
	for _, p := range due {
		if rounds[p] < limits.PerTenant && len(tickets) < limits.Total {
			tickets = append(tickets, m.claim(now, lease, p.Object))
		}
	}
	return tickets, nil
}

// due returns what is pending and due, the longest due first.
func (m *model) due(now time.Time) (due []*progress) {
	for _, p := range m.objects {
		if p.Pending && !p.parked() && !p.DueAt.After(now) {
			due = append(due, p)
		}
	}
	slices.SortFunc(due, func(a, b *progress) int { return cmp.Or(a.DueAt.Compare(b.DueAt), compareObjects(a.Object, b.Object)) })
	return due
}

func compareObjects(a, b payments.Object) int {
	return cmp.Or(cmp.Compare(a.Project, b.Project), cmp.Compare(a.Mode, b.Mode), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
}

// ClaimObject claims the object as it is.
func (m *model) ClaimObject(ctx context.Context, o payments.Object, now, lease time.Time) (payments.Ticket, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if ctx.Err() != nil {
		return payments.Ticket{}, ctx.Err()
	}
	return m.claim(now, lease, o), nil
}

// RetrySync puts the object off, unless its last claim or apply has a greater number.
func (m *model) RetrySync(ctx context.Context, t payments.Ticket, at time.Time, reason string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.objects[t.Object]
	if p == nil || p.claimed > t.Number || p.applied > t.Number || ctx.Err() != nil {
		return ctx.Err()
	}
	p.DueAt, p.LastError = at.UTC(), reason
	return nil
}

// WakeSyncs makes what is pending in the place due.
func (m *model) WakeSyncs(ctx context.Context, project payments.ProjectID, mode payments.Mode, now time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range m.objects {
		if p.Project == project && p.Mode == mode && p.Pending && (p.parked() || now.Before(p.DueAt)) && ctx.Err() == nil {
			p.DueAt = now.UTC()
		}
	}
	return ctx.Err()
}

// PendingSyncs sorts the pending objects of the place each time.
func (m *model) PendingSyncs(ctx context.Context, project payments.ProjectID, mode payments.Mode, limit int) ([]payments.SyncState, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []payments.SyncState
	for _, p := range m.objects {
		if p.Pending && p.Project == project && p.Mode == mode {
			found = append(found, p.SyncState)
		}
	}
	slices.SortFunc(found, func(a, b payments.SyncState) int {
		return cmp.Or(a.Since.Compare(b.Since), compareObjects(a.Object, b.Object))
	})
	return found[:min(limit, len(found))], ctx.Err()
}

// ApplySync writes what the ticket allows. The counters need nothing, because they are recounts.
func (m *model) ApplySync(ctx context.Context, s payments.Synced) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.objects[s.Ticket.Object]
	if p == nil || s.Ticket.Number <= p.applied || ctx.Err() != nil {
		return false, ctx.Err()
	}
	p.applied, p.Attempts, p.LastError = s.Ticket.Number, 0, ""
	p.DueAt, p.Pending = s.Now.UTC(), p.given > p.applied
	m.applyRows(s)
	m.processEvents(s)
	for _, o := range s.Requests {
		m.request(s.Now, o)
	}
	return true, nil
}

func (m *model) applyRows(s payments.Synced) {
	if s.Subscription != nil {
		m.applySubscription(s, inUTC(*s.Subscription))
	}
	if s.Payment != nil {
		m.applyPayment(s, inUTC(*s.Payment))
	}
	if s.Customer != nil {
		m.insertCustomer(*s.Customer)
	}
	for k, c := range m.customers {
		if k.place == (place{s.Ticket.Project, s.Ticket.Mode}) && c.CustomerID == s.DeletedCustomer && c.CustomerID != "" {
			delete(m.customers, k)
		}
	}
}

func (m *model) applySubscription(s payments.Synced, row payments.Subscription) {
	k := key{place{row.Project, row.Mode}, row.SubscriptionID}
	old, there := m.subscriptions[k]
	if there {
		row.ID, row.User = old.ID, cmp.Or(row.User, old.User)
	}
	if there && old.Ended() && old.Status != row.Status {
		return
	}
	m.subscriptions[k] = row
	if s.Notify && old != row {
		m.notify(k.place, s, payments.Change{
			User: row.User, Kind: payments.KindSubscription, StripeID: row.SubscriptionID, Status: row.Status, PreviousStatus: old.Status,
		})
	}
}

func (m *model) applyPayment(s payments.Synced, row payments.Payment) {
	k := key{place{row.Project, row.Mode}, row.Source}
	old, there := m.payments[k]
	if there {
		row.ID, row.User = old.ID, cmp.Or(row.User, old.User)
	}
	row.SubscriptionRecord = ""
	m.payments[k] = row
	if s.Notify && old != row {
		m.notify(k.place, s, payments.Change{
			User: row.User, Kind: paymentObject(row).Kind, StripeID: row.Source, Status: row.Status, PreviousStatus: old.Status,
		})
	}
}

func (m *model) processEvents(s payments.Synced) {
	for _, e := range m.events {
		if e.Object != s.Ticket.Object || e.Status != payments.EventPending || e.number > s.Ticket.Number {
			continue
		}
		e.Status, e.ProcessedAt = payments.EventProcessed, s.Now.UTC()
		if s.Gone {
			e.Status, e.Reason = payments.EventIgnored, "gone"
		}
	}
}
