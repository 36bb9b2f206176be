package payments

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
)

// openSession opens the session for the user's customer. One that Stripe doesn't know any more (it was deleted, or the project has moved
// to another account, and no event has told us) is fetched and so forgotten, and another one made.
func (s *Service) openSession(ctx context.Context, api stripeAPI, c Customer, r CheckoutRequest) (sessionObject, error) {
	for again := false; ; again = true {
		customer, fresh, err := s.customer(ctx, api, c)
		if err != nil {
			return sessionObject{}, err
		}
		session, err := s.sessionFor(ctx, api, c, customer, r, !fresh && !r.AllowExisting && r.Mode == CheckoutSubscription)
		if again || !missingCustomer(err) {
			return session, err
		}
		if err := s.resync(ctx, Object{c.Project, c.Mode, KindCustomer, customer}); err != nil {
			return sessionObject{}, err
		}
	}
}

// sessionFor opens the session for a customer who may have a subscription or open pages already, where the session is to be the only one.
//
// Older pages are closed after the new one is open. Of pages that are opened at the same time each then closes those behind it in Stripe's
// list, so that one stays; and the page that an idempotency key brings back is known before others are closed.
func (s *Service) sessionFor(ctx context.Context, api stripeAPI, c Customer, customer string, r CheckoutRequest, only bool) (sessionObject, error) {
	if only {
		if err := s.guardAtStripe(ctx, api, c, customer); err != nil {
			return sessionObject{}, err
		}
	}
	key := sessionKey(c, customer, r.IdempotencyKey)
	session, err := api.createSession(ctx, customer, r, c.User, key, r.metadata(c.Project, c.User))
	if err != nil || !only {
		return session, err
	}
	older, err := api.olderSessions(ctx, c, customer, session.ID, s.now())
	for _, id := range older {
		if err == nil {
			err = api.expireSession(ctx, id)
		}
	}
	return session, err
}

func errDoubleSubscription() error {
	return newError(ErrBadRequest, "This user already has a subscription.")
}

// guardLocally refuses a second subscription by the local record, at no cost.
func (s *Service) guardLocally(ctx context.Context, c Customer, r CheckoutRequest) error {
	if r.Mode != CheckoutSubscription || r.AllowExisting {
		return nil
	}
	sub, err := s.store.CurrentSubscription(ctx, c.Project, c.Mode, c.User)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil
	case err != nil:
		return storeError(err)
	case sub.Live():
		return errDoubleSubscription()
	}
	return nil
}

// guardAtStripe refuses a second subscription by what Stripe has, of which no webhook may have told yet; the local record then follows.
func (s *Service) guardAtStripe(ctx context.Context, api stripeAPI, c Customer, customer string) error {
	id, err := api.liveSubscription(ctx, Object{c.Project, c.Mode, KindCustomer, customer}, c.User)
	if err != nil || id == "" {
		return err
	}
	if err := s.store.RequestSync(ctx, s.now(), Object{c.Project, c.Mode, KindSubscription, id}); err != nil {
		return storeError(err)
	}
	announce(s.workers.wake)
	return errDoubleSubscription()
}

// missingCustomer reports whether Stripe doesn't know the customer that it was given.
func missingCustomer(err error) bool {
	var refused *stripeRefusal
	return errors.As(err, &refused) && refused.missing() && refused.Param == "customer"
}

// sessionKey keeps equal keys of different users apart, and any key within Stripe's length. The customer is part of it, because a key
// can't be used again for a customer that was made anew.
func sessionKey(c Customer, customer, key string) string {
	if key == "" {
		return ""
	}
	parts := []string{string(c.Project), string(c.Mode), string(c.User), customer, key}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return "checkout-" + hex.EncodeToString(sum[:])
}
