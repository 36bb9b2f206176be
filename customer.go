package payments

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// Customer ties an end user to one Stripe customer of the project's account.
type Customer struct {
	Project    ProjectID
	Mode       Mode
	User       UserID
	Claim      string // UUID made before Stripe is asked; the customer carries it in its metadata
	Email      string // as sent to Stripe; fixed with the attempt, because Stripe compares parameters of equal keys
	CustomerID string // "cus_..."; "" between the claim and Stripe's answer
	CreatedAt  time.Time

	// Attempt counts from 0 how often making the customer had to be begun anew; claim and attempt together are its idempotency key at Stripe.
	Attempt     int64
	AttemptedAt time.Time // when the attempt began
}

// CustomerStore keeps at most one Customer per (project, mode, user). See [Store] for what holds for every method.
type CustomerStore interface {
	// ClaimCustomer inserts c unless its (project, mode, user) is there already, and returns what is stored
	// then. Of several concurrent claims one is stored and all callers get it.
	ClaimCustomer(ctx context.Context, c Customer) (Customer, error)

	// AttemptCustomer begins the claim's next attempt: it sets Attempt, AttemptedAt and Email where (project, mode, user) still has
	// c.Claim, no CustomerID and Attempt c.Attempt-1, and returns what is stored then. Of several concurrent calls for one
	// attempt one is stored and all callers get it. ErrNotFound where there is no row.
	AttemptCustomer(ctx context.Context, c Customer) (Customer, error)

	// SetCustomerID completes a claim: it sets CustomerID where (project, mode, user) still has c.Claim and
	// no CustomerID, and returns what is stored then. ErrNotFound where there is no row.
	SetCustomerID(ctx context.Context, c Customer) (Customer, error)

	// Customer returns the row of a user; ErrNotFound where there is none.
	Customer(ctx context.Context, project ProjectID, mode Mode, user UserID) (Customer, error)

	// CustomerByStripeID returns the row of a Stripe customer, the oldest where several users have it; ErrNotFound where
	// there is none.
	CustomerByStripeID(ctx context.Context, project ProjectID, mode Mode, customerID string) (Customer, error)
}

// An attempt's idempotency key is used for attemptLife, which is far less than the 24 hours that Stripe keeps a key for. For attemptRest
// nobody asks then, so that no request is under way any more when the attempt's customer is looked for: that is more than stripeBudget.
const (
	attemptLife = 15 * time.Minute
	attemptRest = time.Minute

	// clockSkew is how far the clocks of the host and of Stripe may differ. A host that is further off accepts no webhook.
	clockSkew = signatureTolerance
)

// customer returns the user's one Stripe customer, and makes it on first use; fresh says that this very call has claimed it, so that
// it owns nothing yet. Customers are never looked up by e-mail.
//
// The customer is claimed locally before Stripe is asked, so that all concurrent first uses, in any process, ask with one
// idempotency key, and a crash leaves a claim to go on from. Stripe remembers a key's outcome, failures of its own included: such a key is
// spent and will never make a customer, so the claim goes on to its next attempt, which has another key. That makes no second customer:
//   - An attempt is given up only when its key can't make a customer any more: Stripe has replayed a failure for it, refuses what all
//     callers send with it, or its life and rest have passed.
//   - Only then is the customer that it may have made looked for, in Stripe's list, by the claim. The next attempt
//     begins where there is none, so at most one attempt of a claim ever makes a customer.
//   - The store lets one caller alone advance the claim from an attempt to the next; all others get that one, and its key.
func (s *Service) customer(ctx context.Context, api stripeAPI, c Customer) (id string, fresh bool, err error) {
	own := newUUID()
	c.Claim, c.CreatedAt = own, s.now()
	c.AttemptedAt = c.CreatedAt
	if !cleanText(c.Email) || len(c.Email) > 512 {
		c.Email = ""
	}
	c, err = s.store.ClaimCustomer(ctx, c)
	if err != nil {
		return "", false, storeError(err)
	}
	for waits, first := 0, c.Attempt; c.CustomerID == ""; {
		if c.Attempt > first+1 { // the attempt after a spent one has failed too: Stripe is in trouble, and the next call goes on from here
			return "", false, newError(ErrUnavailable, "Stripe has a problem at the moment; try again.")
		}
		next, err := s.pursue(ctx, api, c)
		if errors.Is(err, ErrConflict) && waits < 20 {
			// Another request with the same key is under way: its answer will be in the store or with Stripe shortly.
			waits++
			next, err = s.awaitClaim(ctx, c)
		}
		if err != nil {
			return "", false, err
		}
		c = next
	}
	return c.CustomerID, c.Claim == own, nil
}

// pursue takes one step towards a claim's customer, and returns the claim as it is stored then.
func (s *Service) pursue(ctx context.Context, api stripeAPI, c Customer) (Customer, error) {
	switch age := s.now().Sub(c.AttemptedAt); {
	case age > attemptLife+attemptRest:
		return s.nextAttempt(ctx, api, c)
	case age > attemptLife:
		e := newError(ErrUnavailable, "The user's billing account is being set up; try again in a minute.")
		e.RetryAfter = attemptLife + attemptRest - age + time.Second
		return c, e
	}
	id, err := api.createCustomer(ctx, c)
	if failed, spent := failedAtStripe(err); failed && !spent {
		id, err = api.createCustomer(ctx, c) // the second answer tells whether Stripe keeps the first
	}
	if err == nil {
		return s.settleClaim(ctx, c, id)
	}
	if _, spent := failedAtStripe(err); spent {
		return s.nextAttempt(ctx, api, c)
	}
	if c.Email != "" && refusedEmail(err) { // and for good, because the attempt's e-mail is fixed: the next one goes without
		c.Email = ""
		return s.nextAttempt(ctx, api, c)
	}
	return c, err
}

func refusedEmail(err error) bool {
	var refused *stripeRefusal
	return errors.As(err, &refused) && refused.Status == http.StatusBadRequest && refused.Param == "email"
}

// failedAtStripe reports whether Stripe answered with a failure of its own, and whether it will give that answer for good.
func failedAtStripe(err error) (failed, spent bool) {
	var refused *stripeRefusal
	failed = errors.As(err, &refused) && refused.Status >= http.StatusInternalServerError
	return failed, failed && refused.replayed
}

// nextAttempt completes a claim with the customer that its attempt has made after all, or begins the next attempt. It asks only for
// the customers of the attempt's time, because an account may make very many in the life of a claim.
func (s *Service) nextAttempt(ctx context.Context, api stripeAPI, c Customer) (Customer, error) {
	until := c.AttemptedAt.Add(attemptLife + attemptRest)
	id, err := api.findCustomer(ctx, c.Claim, c.AttemptedAt.Add(-clockSkew), until.Add(clockSkew))
	if err != nil {
		return c, err
	}
	if id != "" {
		return s.settleClaim(ctx, c, id)
	}
	c.Attempt, c.AttemptedAt = c.Attempt+1, s.now()
	stored, err := s.store.AttemptCustomer(ctx, c)
	return stored, storeError(err)
}

func (s *Service) settleClaim(ctx context.Context, c Customer, id string) (Customer, error) {
	c.CustomerID = id
	stored, err := s.store.SetCustomerID(ctx, c)
	return stored, storeError(err)
}

// awaitClaim reads a claim again after a while.
func (s *Service) awaitClaim(ctx context.Context, c Customer) (Customer, error) {
	if err := sleep(ctx, 50*time.Millisecond); err != nil {
		return c, err
	}
	stored, err := s.store.Customer(ctx, c.Project, c.Mode, c.User)
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
