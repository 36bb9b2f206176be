package payments

import (
	"context"
	"time"
)

// Customer ties an end user to one Stripe customer of the project's account.
type Customer struct {
	Project    ProjectID
	Mode       Mode
	User       UserID
	Claim      string // UUID made before Stripe is asked; the customer's idempotency key derives from it
	Email      string // as sent to Stripe with the claim; fixed with it, because Stripe compares parameters of equal keys
	CustomerID string // "cus_..."; "" between the claim and Stripe's answer
	CreatedAt  time.Time
}

// CustomerStore keeps at most one Customer per (project, mode, user). See [Store] for what holds for every method.
type CustomerStore interface {
	// ClaimCustomer inserts c unless its (project, mode, user) is there already, and returns what is stored
	// then. Of several concurrent claims one is stored and all callers get it.
	ClaimCustomer(ctx context.Context, c Customer) (Customer, error)

	// SetCustomerID completes a claim: it sets CustomerID where (project, mode, user) still has c.Claim and
	// no CustomerID, and returns what is stored then. ErrNotFound where there is no row.
	SetCustomerID(ctx context.Context, c Customer) (Customer, error)

	// Customer returns the row of a user; ErrNotFound where there is none.
	Customer(ctx context.Context, project ProjectID, mode Mode, user UserID) (Customer, error)

	// CustomerByStripeID returns the row of a Stripe customer; ErrNotFound where there is none.
	CustomerByStripeID(ctx context.Context, project ProjectID, mode Mode, customerID string) (Customer, error)
}
