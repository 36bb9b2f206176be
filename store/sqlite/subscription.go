package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"

	"github.com/manytenants/payments"
)

const subscriptionColumns = `
	id,
	project_id,
	mode,
	subscription_id,
	user_id,
	customer_id,
	status,
	plan_name,
	price_id,
	item_id,
	quantity,
	amount,
	currency,
	interval,
	interval_count,
	mrr,
	current_period_start,
	current_period_end,
	cancel_at_period_end,
	cancel_at,
	canceled_at,
	ended_at,
	trial_end,
	created_at`

func scanSubscription(row scanner) (s payments.Subscription, err error) {
	err = row.Scan(
		&s.ID,
		&s.Project,
		&s.Mode,
		&s.SubscriptionID,
		&s.User,
		&s.CustomerID,
		&s.Status,
		&s.PlanName,
		&s.PriceID,
		&s.ItemID,
		&s.Quantity,
		&s.Amount,
		&s.Currency,
		&s.Interval,
		&s.IntervalCount,
		&s.MRR,
		micros{&s.CurrentPeriodStart},
		micros{&s.CurrentPeriodEnd},
		&s.CancelAtPeriodEnd,
		micros{&s.CancelAt},
		micros{&s.CanceledAt},
		micros{&s.EndedAt},
		micros{&s.TrialEnd},
		micros{&s.CreatedAt},
	)
	return s, err
}

func subscriptionArgs(s payments.Subscription) []any {
	return []any{
		s.ID,
		s.Project,
		s.Mode,
		s.SubscriptionID,
		s.User,
		s.CustomerID,
		s.Status,
		s.PlanName,
		s.PriceID,
		s.ItemID,
		s.Quantity,
		s.Amount,
		s.Currency,
		s.Interval,
		s.IntervalCount,
		s.MRR,
		s.CurrentPeriodStart.UnixMicro(),
		s.CurrentPeriodEnd.UnixMicro(),
		s.CancelAtPeriodEnd,
		s.CancelAt.UnixMicro(),
		s.CanceledAt.UnixMicro(),
		s.EndedAt.UnixMicro(),
		s.TrialEnd.UnixMicro(),
		s.CreatedAt.UnixMicro(),
	}
}

var subscriptions = listing[payments.Subscription]{
	table:   "payments_subscriptions",
	columns: subscriptionColumns,
	time:    "created_at",
	metric:  subscriptionsByStatus,
	scan:    scanSubscription,
	place: func(s payments.Subscription) payments.Keyset {
		return payments.Keyset{CreatedAt: s.CreatedAt, ID: s.ID}
	},
}

// Subscription implements [payments.SubscriptionStore].
func (s *Store) Subscription(ctx context.Context, project payments.ProjectID, mode payments.Mode, subscriptionID string) (_ payments.Subscription, err error) {
	defer wrap(&err, "subscription")
	return subscriptionOf(s.read.latest(ctx), project, mode, subscriptionID)
}

// CurrentSubscription implements [payments.SubscriptionStore]. The user "" has none: it stands for subscriptions that
// belong to nobody known.
func (s *Store) CurrentSubscription(ctx context.Context, project payments.ProjectID, mode payments.Mode, user payments.UserID) (_ payments.Subscription, err error) {
	defer wrap(&err, "current subscription")
	return one(s.read.latest(ctx), scanSubscription, `
		SELECT `+subscriptionColumns+`
		FROM payments_subscriptions
		WHERE project_id = ? AND mode = ? AND user_id = ? AND user_id <> ''
			AND +status NOT IN ('canceled', 'incomplete_expired')
		ORDER BY status IN ('active', 'trialing', 'past_due') DESC, created_at DESC, id DESC
		LIMIT 1`,
		project, mode, user)
}

// Subscriptions implements [payments.SubscriptionStore].
func (s *Store) Subscriptions(ctx context.Context, scope payments.Scope, f payments.Filter, w payments.Window) (_ []payments.Subscription, err error) {
	defer wrap(&err, "subscriptions")
	return subscriptions.page(ctx, s.read, scope, f, w)
}

// CountSubscriptions implements [payments.SubscriptionStore].
func (s *Store) CountSubscriptions(ctx context.Context, scope payments.Scope, f payments.Filter) (_ int64, err error) {
	defer wrap(&err, "count subscriptions")
	return subscriptions.count(ctx, s.read, scope, f)
}

func subscriptionOf(q querier, project payments.ProjectID, mode payments.Mode, subscriptionID string) (payments.Subscription, error) {
	return one(q, scanSubscription, `
		SELECT `+subscriptionColumns+`
		FROM payments_subscriptions
		WHERE project_id = ? AND mode = ? AND subscription_id = ?`,
		project, mode, subscriptionID)
}

// putSubscription writes what a sync brought, with what follows from the difference to the row before. A
// subscription that has ended never leaves that state, whatever a late answer says.
func (t *tx) putSubscription(y payments.Synced, moves *counters) error {
	if y.Subscription == nil {
		return nil
	}
	next := *y.Subscription
	last, err := subscriptionOf(t, next.Project, next.Mode, next.SubscriptionID)
	isNew := errors.Is(err, sql.ErrNoRows)
	switch {
	case isNew:
	case err != nil:
		return err
	case last.Ended() && next.Status != last.Status:
		return nil
	default:
		next.ID, next.User = last.ID, cmp.Or(next.User, last.User)
		if same(subscriptionArgs(last), subscriptionArgs(next)) {
			return nil
		}
		moves.subscription(last, -1)
	}
	moves.subscription(next, +1)
	if err := t.writeSubscription(next); err != nil {
		return err
	}
	return t.notify(y, payments.Change{
		User:           next.User,
		Kind:           payments.KindSubscription,
		StripeID:       next.SubscriptionID,
		Status:         next.Status,
		PreviousStatus: last.Status,
	})
}

func (t *tx) writeSubscription(s payments.Subscription) error {
	_, err := t.exec(`
		INSERT INTO payments_subscriptions (`+subscriptionColumns+`)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (project_id, mode, subscription_id) DO UPDATE SET
			user_id              = excluded.user_id,
			customer_id          = excluded.customer_id,
			status               = excluded.status,
			plan_name            = excluded.plan_name,
			price_id             = excluded.price_id,
			item_id              = excluded.item_id,
			quantity             = excluded.quantity,
			amount               = excluded.amount,
			currency             = excluded.currency,
			interval             = excluded.interval,
			interval_count       = excluded.interval_count,
			mrr                  = excluded.mrr,
			current_period_start = excluded.current_period_start,
			current_period_end   = excluded.current_period_end,
			cancel_at_period_end = excluded.cancel_at_period_end,
			cancel_at            = excluded.cancel_at,
			canceled_at          = excluded.canceled_at,
			ended_at             = excluded.ended_at,
			trial_end            = excluded.trial_end,
			created_at           = excluded.created_at`,
		subscriptionArgs(s)...)
	return err
}
