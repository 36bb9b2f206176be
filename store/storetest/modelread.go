package storetest

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/manytenants/payments"
)

// Subscription looks the row up.
func (m *model) Subscription(ctx context.Context, project payments.ProjectID, mode payments.Mode, subscriptionID string) (payments.Subscription, error) {
	return get(ctx, m, m.subscriptions, key{place{project, mode}, subscriptionID})
}

// CurrentSubscription is the newest of what is live, else of what has not ended.
func (m *model) CurrentSubscription(ctx context.Context, project payments.ProjectID, mode payments.Mode, user payments.UserID) (payments.Subscription, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	rows := m.matchingSubscriptions(place{project, mode}.scope(), payments.Filter{User: user})
	rows = slices.DeleteFunc(rows, payments.Subscription.Ended)
	if live := slices.DeleteFunc(slices.Clone(rows), func(s payments.Subscription) bool { return !s.Live() }); len(live) > 0 {
		rows = live
	}
	switch {
	case ctx.Err() != nil:
		return payments.Subscription{}, ctx.Err()
	case len(rows) == 0:
		return payments.Subscription{}, payments.ErrNotFound
	}
	return window(rows, subscriptionKey, payments.Window{Limit: 1})[0], nil
}

func subscriptionKey(s payments.Subscription) payments.Keyset {
	return payments.Keyset{CreatedAt: s.CreatedAt, ID: s.ID}
}

func paymentKey(p payments.Payment) payments.Keyset {
	return payments.Keyset{CreatedAt: p.CreatedAt, ID: p.ID}
}

// matches reports whether a row of a place is in the scope and passes the filter.
func matches(p place, user payments.UserID, status string, created time.Time, scope payments.Scope, f payments.Filter) bool {
	return slices.Contains(scope.Projects, p.project) && slices.Contains(scope.Modes, p.mode) &&
		(f.User == "" || f.User == user) && (f.Status == "" || f.Status == status) &&
		!created.Before(f.After) && (f.Before.IsZero() || created.Before(f.Before))
}

func (m *model) matchingSubscriptions(scope payments.Scope, f payments.Filter) []payments.Subscription {
	return slices.DeleteFunc(values(m.subscriptions), func(s payments.Subscription) bool {
		return !matches(place{s.Project, s.Mode}, s.User, s.Status, s.CreatedAt, scope, f)
	})
}

func (m *model) matchingPayments(scope payments.Scope, f payments.Filter) []payments.Payment {
	return slices.DeleteFunc(values(m.payments), func(p payments.Payment) bool {
		return !matches(place{p.Project, p.Mode}, p.User, p.Status, p.CreatedAt, scope, f)
	})
}

// Subscriptions sorts all rows that match each time.
func (m *model) Subscriptions(ctx context.Context, scope payments.Scope, f payments.Filter, w payments.Window) ([]payments.Subscription, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return window(m.matchingSubscriptions(scope, f), subscriptionKey, w), ctx.Err()
}

// CountSubscriptions counts all rows that match each time.
func (m *model) CountSubscriptions(ctx context.Context, scope payments.Scope, f payments.Filter) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return int64(len(m.matchingSubscriptions(scope, f))), ctx.Err()
}

// Payment looks the row up, and its subscription.
func (m *model) Payment(ctx context.Context, project payments.ProjectID, mode payments.Mode, source string) (payments.Payment, error) {
	p, err := get(ctx, m, m.payments, key{place{project, mode}, source})
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.withRecord(p), err
}

func (m *model) withRecord(p payments.Payment) payments.Payment {
	p.SubscriptionRecord = m.subscriptions[key{place{p.Project, p.Mode}, p.SubscriptionID}].ID
	return p
}

// Payments sorts all rows that match each time.
func (m *model) Payments(ctx context.Context, scope payments.Scope, f payments.Filter, w payments.Window) ([]payments.Payment, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	rows := window(m.matchingPayments(scope, f), paymentKey, w)
	for i := range rows {
		rows[i] = m.withRecord(rows[i])
	}
	return rows, ctx.Err()
}

// CountPayments counts all rows that match each time.
func (m *model) CountPayments(ctx context.Context, scope payments.Scope, f payments.Filter) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return int64(len(m.matchingPayments(scope, f))), ctx.Err()
}

// Totals recounts the rows each time.
func (m *model) Totals(ctx context.Context, projects []payments.ProjectID, mode payments.Mode) (payments.Totals, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	scope := payments.Scope{Projects: projects, Modes: []payments.Mode{mode}}
	totals, err := totalsOf(m.matchingSubscriptions(scope, payments.Filter{}), m.matchingPayments(scope, payments.Filter{}))
	return totals, cmp.Or(ctx.Err(), err)
}
