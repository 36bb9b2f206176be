package payments

import (
	"context"
	"time"
)

// Stats adds up a developer's projects in one mode. Amounts of different currencies are never added.
type Stats struct {
	Projects           int64
	ProjectsWithConfig int64 // an active configuration
	ProjectsWithTest   int64 // a test secret key
	ProjectsWithLive   int64 // a live secret key
	Totals
	AsOf time.Time
}

// Totals are the sums over a set of projects in one mode.
type Totals struct {
	SubscriptionsByStatus map[string]int64
	PaymentsByStatus      map[string]int64
	Revenue               []Revenue // by currency, in ascending order of its code
	MRR                   []MRR     // by currency, in ascending order of its code
}

// Revenue is what was collected in one currency, in its minor units.
type Revenue struct {
	Currency string
	Gross    int64 // all payments that were collected, refunded later or not
	Refunded int64
	Payments int64 // how many were collected
}

// Net is gross less refunds.
func (r Revenue) Net() int64 { return r.Gross - r.Refunded }

// MRR is the monthly recurring revenue in one currency, in its minor units: what the active and past_due
// subscriptions come to a month. Trials count from their first payment on, and free plans among the Subscriptions.
type MRR struct {
	Currency      string
	Amount        int64
	Subscriptions int64
}

// StatsStore adds up. See [Store] for what holds for every method.
type StatsStore interface {
	// Totals sums over the projects in one mode, from counters that ApplySync moves in the same
	// transaction as the rows: always equal to a recount, at a cost that doesn't depend on the number
	// of rows. Entries that have come back to zero are left out.
	Totals(ctx context.Context, projects []ProjectID, mode Mode) (Totals, error)
}

// Stats adds up all of a developer's projects, as Auth names them at this moment, in one mode.
func (s *Service) Stats(ctx context.Context, developer DeveloperID, mode Mode) (Stats, error) {
	if !mode.Valid() {
		return Stats{}, invalidField("mode", "must be test or live")
	}
	projects, err := s.Projects(ctx, developer)
	if err != nil {
		return Stats{}, err
	}
	stats := Stats{Projects: int64(len(projects)), AsOf: s.now()}
	ids := make([]Project, len(projects))
	for i, p := range projects {
		ids[i] = p.Project
		if p.Config == nil || !p.Config.Active {
			continue
		}
		stats.ProjectsWithConfig++
		if !p.Config.Test.SecretKey.IsZero() {
			stats.ProjectsWithTest++
		}
		if !p.Config.Live.SecretKey.IsZero() {
			stats.ProjectsWithLive++
		}
	}
	stats.Totals, err = s.store.Totals(ctx, projectIDs(ids), mode)
	return stats, storeError(err)
}
