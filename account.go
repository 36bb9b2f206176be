package payments

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// accountBudget bounds the question which account a key belongs to.
const accountBudget = 5 * time.Second

// accountOf asks Stripe whose a key is. A key that Stripe doesn't accept is nobody's: "".
func (s *Service) accountOf(ctx context.Context, key Secret) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, accountBudget)
	defer cancel()
	account, err := s.gateway.open(key).account(ctx)
	var refused *stripeRefusal
	switch {
	case errors.As(err, &refused) && refused.Status == http.StatusUnauthorized:
		return "", nil
	case err != nil:
		return "", err
	}
	return account, nil
}

// learnAccount notes the account of the stored secret key where none is on record yet, as after an outage of Stripe's when the key was
// set. It must be asked before the key is replaced: afterwards nothing tells whose the records are.
func (s *Service) learnAccount(ctx context.Context, c *Config, mode Mode) error {
	half := c.Credentials(mode)
	if half.AccountID != "" || half.SecretKey.IsZero() {
		return nil
	}
	key, err := s.unseal(ctx, half.SecretKey, c.Project, mode, fieldSecretKey)
	if err != nil {
		return err
	}
	half.AccountID, err = s.accountOf(ctx, key)
	return err
}

// changeAccount records the Stripe account of a new secret key, refuses another one than before unless any is allowed, and
// reports whether it may be another one. The error unasked says why the old key's account isn't known.
func (s *Service) changeAccount(ctx context.Context, c *Config, mode Mode, key Secret, anyAccount bool, unasked error) (moved bool, err error) {
	half := c.Credentials(mode)
	account, err := s.accountOf(ctx, key)
	switch {
	case account == "" && err == nil && unasked == nil:
		return false, nil // a key that doesn't work can mix nothing up
	case anyAccount:
		moved = account == "" || account != half.AccountID
		half.AccountID = account
		return moved, nil
	case half.AccountID == "":
		half.AccountID = account
		return false, s.unknownAccount(ctx, c.Project, mode, errors.Join(unasked, err))
	case err != nil:
		return false, unsureAccount(err)
	case half.AccountID != account:
		return false, newError(ErrConflict, "The new "+string(mode)+" secret key belongs to another Stripe account than before.")
	}
	return false, nil
}

// unknownAccount refuses a new key of which Stripe couldn't be asked whether the mode's records are of the same account.
func (s *Service) unknownAccount(ctx context.Context, project ProjectID, mode Mode, cause error) error {
	if cause == nil {
		return nil
	}
	scope := Scope{[]ProjectID{project}, []Mode{mode}}
	subscriptions, err := s.store.CountSubscriptions(ctx, scope, Filter{})
	if err != nil {
		return storeError(err)
	}
	payments, err := s.store.CountPayments(ctx, scope, Filter{})
	if err != nil {
		return storeError(err)
	}
	if subscriptions == 0 && payments == 0 {
		return nil
	}
	return unsureAccount(cause)
}

func unsureAccount(cause error) error {
	return wrapError(ErrUnavailable, "Stripe can't be asked at the moment whether the new key is of the same account; try again.", cause)
}
