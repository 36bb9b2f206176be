package storetest

import (
	"context"
	"strings"
	"time"

	"github.com/manytenants/payments"
)

var brokenSubscriptions = []brokenStore{
	{"brings back what has ended", "subscription/what has ended keeps its status", changesSynced(bringsBack)},
	{"keeps half of what has ended", "subscription/what has ended keeps its status", afterwards(keepsStatusOnly)},
	{"takes no ticket for what has ended", "subscription/what has ended still takes its ticket", applies(refusesEnded)},
	{"never changes what has ended", "subscription/what has ended still takes other news", applies(freezesEnded)},
	{"counts a late status", "subscription/what has ended keeps its status", func(m *model) payments.Store { return &countsLate{model: m} }},
	{"gives a new ID to a row", "subscription/a later apply replaces it whole", afterwards(givesNewID)},
	{"keeps what the new row leaves empty", "subscription/a later apply replaces it whole", changesSynced(keepsOldText)},
	{"prefers the newest to the live", "subscription/the current one is the newest that is live", func(m *model) payments.Store { return prefersNewest{m} }},
	{"answers with what has ended", "subscription/else the newest that has not ended", func(m *model) payments.Store { return prefersNewest{m} }},
	{"knows only the statuses of today", "subscription/else the newest that has not ended", func(m *model) payments.Store { return knowsStatuses{m} }},
	{"ignores the mode in a read", "subscription/what is not there is ErrNotFound", func(m *model) payments.Store { return readsTest{m} }},
	{"keeps numbers as floats", "subscription/whole numbers are kept", changesSynced(asFloats)},
	{"trims text", "subscription/text is kept byte by byte", changesSynced(trimsText)},
	{"keeps zero times as 1970", "subscription/times are kept", changesSynced(zeroAs1970)},
	{"keeps times by the millisecond", "subscription/times are kept", changesSynced(byMillisecond)},
	{"keeps the first user", "subscription/a user may appear and change", changesSynced(keepsUser)},
	{"forgets a user who isn't known any more", "subscription/a user stays where the new one isn't known", afterwards(forgetsUser)},
	{"tells of nobody's change", "subscription/a user stays where the new one isn't known", afterwards(tellsNobody)},
}

func stored(m *model, s payments.Synced) (payments.Subscription, bool) {
	if s.Subscription == nil {
		return payments.Subscription{}, false
	}
	row, ok := m.subscriptions[key{place{s.Ticket.Project, s.Ticket.Mode}, s.Subscription.SubscriptionID}]
	return row, ok
}

func store(m *model, row payments.Subscription) {
	m.subscriptions[key{place{row.Project, row.Mode}, row.SubscriptionID}] = row
}

func bringsBack(m *model, s *payments.Synced) {
	if row, ok := stored(m, *s); ok {
		row.Status = s.Subscription.Status
		store(m, row)
	}
}

func keepsStatusOnly(m *model, s payments.Synced, _ bool) {
	if row, ok := stored(m, s); ok {
		row.PlanName = s.Subscription.PlanName
		store(m, row)
	}
}

func refusesEnded(ctx context.Context, m *model, s payments.Synced) (bool, error) {
	if row, ok := stored(m, s); ok && row.Ended() && row.Status != s.Subscription.Status {
		return false, nil
	}
	return m.ApplySync(ctx, s)
}

func freezesEnded(ctx context.Context, m *model, s payments.Synced) (bool, error) {
	if row, ok := stored(m, s); ok && row.Ended() {
		s.Subscription = nil
	}
	return m.ApplySync(ctx, s)
}

// countsLate moves the counters of a status that the row did not take.
type countsLate struct {
	*model
	late int64
}

func (b *countsLate) ApplySync(ctx context.Context, s payments.Synced) (bool, error) {
	if row, ok := stored(b.model, s); ok && row.Ended() && row.Status != s.Subscription.Status {
		b.late++
	}
	return b.model.ApplySync(ctx, s)
}

func (b *countsLate) Totals(ctx context.Context, projects []payments.ProjectID, mode payments.Mode) (payments.Totals, error) {
	totals, err := b.model.Totals(ctx, projects, mode)
	if b.late > 0 {
		totals.SubscriptionsByStatus[payments.StatusActive] += b.late
	}
	return totals, err
}

func givesNewID(m *model, s payments.Synced, _ bool) {
	if row, ok := stored(m, s); ok {
		row.ID = s.Subscription.ID
		store(m, row)
	}
}

func keepsOldText(m *model, s *payments.Synced) {
	if row, ok := stored(m, *s); ok && s.Subscription.PlanName == "" {
		s.Subscription.PlanName = row.PlanName
	}
}

type prefersNewest struct{ *model }

func (b prefersNewest) CurrentSubscription(ctx context.Context, project payments.ProjectID, mode payments.Mode, user payments.UserID) (payments.Subscription, error) {
	rows, err := b.Subscriptions(ctx, place{project, mode}.scope(), payments.Filter{User: user}, payments.Window{Limit: 1})
	if len(rows) == 0 {
		return payments.Subscription{}, payments.ErrNotFound
	}
	return rows[0], err
}

type knowsStatuses struct{ *model }

func (b knowsStatuses) CurrentSubscription(ctx context.Context, project payments.ProjectID, mode payments.Mode, user payments.UserID) (payments.Subscription, error) {
	s, err := b.model.CurrentSubscription(ctx, project, mode, user)
	if s.Status == "to_come" {
		return payments.Subscription{}, payments.ErrNotFound
	}
	return s, err
}

type readsTest struct{ *model }

func (b readsTest) Subscription(ctx context.Context, project payments.ProjectID, _ payments.Mode, id string) (payments.Subscription, error) {
	return b.model.Subscription(ctx, project, payments.Test, id)
}

func asFloats(_ *model, s *payments.Synced) {
	s.Subscription.Amount = int64(float64(s.Subscription.Amount))
}

func trimsText(_ *model, s *payments.Synced) {
	s.Subscription.PlanName = strings.TrimSpace(s.Subscription.PlanName)
}

func zeroAs1970(_ *model, s *payments.Synced) {
	if s.Subscription.EndedAt.IsZero() {
		s.Subscription.EndedAt = time.Unix(0, 0)
	}
}

func byMillisecond(_ *model, s *payments.Synced) {
	row := *s.Subscription
	row.TrialEnd = row.TrialEnd.Truncate(time.Millisecond)
	s.Subscription = &row
}

func keepsUser(m *model, s *payments.Synced) {
	if row, ok := stored(m, *s); ok && row.User != "" {
		s.Subscription.User = row.User
	}
}

func forgetsUser(m *model, s payments.Synced, _ bool) {
	if row, ok := stored(m, s); ok {
		row.User = s.Subscription.User
		store(m, row)
	}
}

func tellsNobody(m *model, s payments.Synced, _ bool) {
	for _, d := range m.changes {
		if s.Subscription != nil && d.ID == s.ChangeID {
			d.User = s.Subscription.User
		}
	}
}
