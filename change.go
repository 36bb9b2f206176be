package payments

import (
	"context"
	"time"
)

// Change tells the host that a subscription or payment is new or visibly different. It carries the state
// that was written with it; by the time it is delivered a later one may stand in the store.
//
// Changes of one object (Project, Mode, Kind and StripeID) are delivered in the order in which they were written, each
// once the ones before are done with. Changes of different objects are delivered in any order, and at the same time: a
// host that keeps one state for a user with several subscriptions keeps it by StripeID, or reads
// [Service.CurrentSubscription].
type Change struct {
	ID             string // UUID; with Kind it is the same on every delivery of this change, and no other's
	Project        ProjectID
	Mode           Mode
	User           UserID
	Kind           Kind   // KindSubscription, or KindInvoice or KindPaymentIntent for a payment
	StripeID       string // SubscriptionID, or the payment's Source
	Status         string
	PreviousStatus string // "" when the row is new
	At             time.Time
	Attempts       int // deliveries that were begun, this one included
}

// ChangeStore is the outbox. See [Store] for what holds for every method.
//
// Changes of one object (project, mode, kind and Stripe ID) stand in the order in which they were written, whatever
// the clocks said.
type ChangeStore interface {
	// ClaimChanges takes up to limit changes that are due at now, longest due first, then oldest: each gets one more
	// attempt, and becomes due again at lease. A change is due when it is written, and it isn't taken
	// while an older one of its object is there. Of several concurrent claimers each change goes to one.
	ClaimChanges(ctx context.Context, now, lease time.Time, limit int) ([]Change, error)

	// RetryChange records that the delivery failed: the change is due again at the time given. It does
	// nothing where the change was claimed again since, or is gone.
	RetryChange(ctx context.Context, c Change, at time.Time) error

	// AckChange removes a change that was delivered; one that is gone already is no error.
	AckChange(ctx context.Context, c Change) error
}
