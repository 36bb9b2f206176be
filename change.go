package payments

import (
	"context"
	"time"
)

// Change tells the host that a subscription or payment is new or visibly different. It carries the state
// that was written with it; by the time it is delivered a later one may stand in the store.
type Change struct {
	ID             string // UUID; the same on every delivery of this change
	Project        ProjectID
	Mode           Mode
	User           UserID
	Kind           Kind   // KindSubscription, or KindInvoice or KindPaymentIntent for a payment
	StripeID       string // SubscriptionID, or the payment's Source
	Status         string
	PreviousStatus string // "" when the row is new
	At             time.Time
}

// ChangeStore is the outbox. See [Store] for what holds for every method.
type ChangeStore interface {
	// ClaimChanges takes up to limit changes that are due at now, oldest first, and makes them due again at
	// lease. Of several concurrent claimers each change goes to one.
	ClaimChanges(ctx context.Context, now, lease time.Time, limit int) ([]Change, error)

	// AckChange removes a change that was delivered; one that is gone already is no error.
	AckChange(ctx context.Context, c Change) error
}
