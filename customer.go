package payments

import (
	"context"
	"errors"
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

	// CustomerByStripeID returns the row of a Stripe customer, the oldest where several users have it; ErrNotFound where
	// there is none.
	CustomerByStripeID(ctx context.Context, project ProjectID, mode Mode, customerID string) (Customer, error)
}

// claimSettled is how long Stripe surely remembers a customer's idempotency key (it keeps keys for at least 24
// hours). Older claims look for the customer they may have made before they make one.
const claimSettled = 12 * time.Hour

// customer returns the user's one Stripe customer, and makes it on first use: claimed locally first, so that all
// concurrent first uses, in any process, ask Stripe with one idempotency key, and a crash leaves a claim to go on from.
// Customers are never looked up by e-mail.
func (s *Service) customer(ctx context.Context, api stripeAPI, c Customer) (string, error) {
	c.Claim, c.CreatedAt = newUUID(), s.now()
	if !cleanText(c.Email) || len(c.Email) > 512 {
		c.Email = ""
	}
	c, err := s.store.ClaimCustomer(ctx, c)
	if err != nil {
		return "", storeError(err)
	}
	for tries := 0; c.CustomerID == ""; tries++ {
		id, err := s.askForCustomer(ctx, api, c)
		if errors.Is(err, ErrConflict) && tries < 20 {
			// Another request with the same key is under way: its answer will be in the store or with Stripe shortly.
			err = sleep(ctx, 50*time.Millisecond)
		}
		if err != nil {
			return "", err
		}
		claimed := c
		claimed.CustomerID = id
		if c, err = s.settleClaim(ctx, claimed); err != nil {
			return "", err
		}
	}
	return c.CustomerID, nil
}

func (s *Service) askForCustomer(ctx context.Context, api stripeAPI, c Customer) (string, error) {
	if s.now().Sub(c.CreatedAt) > claimSettled {
		id, err := api.findCustomer(ctx, c.Claim, c.CreatedAt.Add(-time.Hour))
		if err != nil || id != "" {
			return id, err
		}
	}
	return api.createCustomer(ctx, c, map[string]string{
		metaProject: string(c.Project), metaUser: string(c.User), metaClaim: c.Claim,
	})
}

// settleClaim stores the customer that Stripe answered, or reads what another request has stored.
func (s *Service) settleClaim(ctx context.Context, c Customer) (Customer, error) {
	if c.CustomerID == "" {
		stored, err := s.store.Customer(ctx, c.Project, c.Mode, c.User)
		return stored, storeError(err)
	}
	stored, err := s.store.SetCustomerID(ctx, c)
	return stored, storeError(err)
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return wrapError(ErrTimeout, "The request took too long; try again.", ctx.Err())
	}
}
