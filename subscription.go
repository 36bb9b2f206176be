package payments

import (
	"context"
	"time"
)

// Status values of a Subscription are Stripe's own. The set is open: a status that Stripe adds later is kept as it is.
const (
	StatusActive            = "active"
	StatusCanceled          = "canceled"
	StatusIncomplete        = "incomplete"
	StatusIncompleteExpired = "incomplete_expired"
	StatusPastDue           = "past_due"
	StatusPaused            = "paused"
	StatusTrialing          = "trialing"
	StatusUnpaid            = "unpaid"
)

// Subscription is the local record of one Stripe subscription, as Stripe last showed it. Times are UTC.
type Subscription struct {
	ID                 string // our record's UUID
	Project            ProjectID
	Mode               Mode
	User               UserID // "" where the subscription belongs to no user that is known
	SubscriptionID     string // "sub_..."
	CustomerID         string // "cus_..."
	Status             string
	PlanName           string // the price's nickname, else its product's name
	PriceID            string // of the first item
	ItemID             string // of the first item ("si_...")
	Quantity           int64  // of the first item; 1 where Stripe has none (metered prices)
	Amount             int64  // minor units per interval: unit amount x quantity, summed over the items
	Currency           string // lower-case ISO 4217
	Interval           string // "day", "week", "month" or "year"
	IntervalCount      int64
	MRR                int64     // minor units a month, rounded half up; 0 unless the status is active or past_due
	CurrentPeriodStart time.Time // zero times stand for none
	CurrentPeriodEnd   time.Time
	CancelAtPeriodEnd  bool
	CancelAt           time.Time // when a scheduled cancellation will happen
	CanceledAt         time.Time // when the cancellation was asked for, or happened
	EndedAt            time.Time
	TrialEnd           time.Time
	CreatedAt          time.Time // Stripe's
}

// Ended reports whether the subscription is in a state that Stripe never leaves.
func (s Subscription) Ended() bool {
	return s.Status == StatusCanceled || s.Status == StatusIncompleteExpired
}

// Live reports whether the subscription entitles its user, or will once a payment is mended: active,
// trialing or past_due.
func (s Subscription) Live() bool {
	return s.Status == StatusActive || s.Status == StatusTrialing || s.Status == StatusPastDue
}

// SubscriptionStore reads subscriptions; [SyncStore.ApplySync] alone writes them. See [Store] for what holds for every method.
type SubscriptionStore interface {
	// Subscription returns one by its Stripe id; ErrNotFound where there is none.
	Subscription(ctx context.Context, project ProjectID, mode Mode, subscriptionID string) (Subscription, error)

	// CurrentSubscription returns the user's subscription that counts: of those active, trialing or
	// past_due the newest; else the newest that has not ended; else ErrNotFound. Newest is by (CreatedAt, ID).
	CurrentSubscription(ctx context.Context, project ProjectID, mode Mode, user UserID) (Subscription, error)

	// Subscriptions returns up to w.Limit rows of the scope that match the filter, newest first by
	// (CreatedAt, ID) descending, from the window's place on.
	Subscriptions(ctx context.Context, scope Scope, f Filter, w Window) ([]Subscription, error)

	// CountSubscriptions returns how many rows of the scope match the filter. Without User, After and
	// Before in the filter the cost doesn't depend on how many there are.
	CountSubscriptions(ctx context.Context, scope Scope, f Filter) (int64, error)
}
