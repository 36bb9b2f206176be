package payments_test

import (
	"context"
	"errors"
	"testing"

	"github.com/manytenants/payments"
)

func TestPlacesThatCantBeAreRefused(t *testing.T) {
	w := newWorld(t)
	s := w.service
	var page payments.PageRequest
	type place struct {
		project payments.ProjectID
		mode    payments.Mode
		user    payments.UserID
	}
	ofUser := map[string]func(context.Context, place) error{
		"CreateCheckout": func(ctx context.Context, p place) error {
			_, err := s.CreateCheckout(ctx, p.project, p.mode, p.user, payments.CheckoutRequest{})
			return err
		},
		"CreatePortal": func(ctx context.Context, p place) error {
			_, err := s.CreatePortal(ctx, p.project, p.mode, p.user, "")
			return err
		},
		"CurrentSubscription": func(ctx context.Context, p place) error {
			_, err := s.CurrentSubscription(ctx, p.project, p.mode, p.user)
			return err
		},
		"CancelSubscription": func(ctx context.Context, p place) error {
			_, err := s.CancelSubscription(ctx, p.project, p.mode, p.user, true)
			return err
		},
		"ResumeSubscription": func(ctx context.Context, p place) error {
			_, err := s.ResumeSubscription(ctx, p.project, p.mode, p.user)
			return err
		},
		"UpdateSubscription": func(ctx context.Context, p place) error {
			_, err := s.UpdateSubscription(ctx, p.project, p.mode, p.user, payments.SubscriptionUpdate{PriceID: "price_1"})
			return err
		},
		"UserSubscriptions": func(ctx context.Context, p place) error {
			_, err := s.UserSubscriptions(ctx, p.project, p.mode, p.user, page)
			return err
		},
		"UserPayments": func(ctx context.Context, p place) error {
			_, err := s.UserPayments(ctx, p.project, p.mode, p.user, page)
			return err
		},
	}
	ofProject := map[string]func(context.Context, place) error{
		"ProjectSubscriptions": func(ctx context.Context, p place) error {
			_, err := s.ProjectSubscriptions(ctx, p.project, p.mode, page)
			return err
		},
		"ProjectPayments": func(ctx context.Context, p place) error {
			_, err := s.ProjectPayments(ctx, p.project, p.mode, page)
			return err
		},
		"Events": func(ctx context.Context, p place) error { _, err := s.Events(ctx, p.project, p.mode, 1); return err },
		"PendingSyncs": func(ctx context.Context, p place) error {
			_, err := s.PendingSyncs(ctx, p.project, p.mode, 1)
			return err
		},
	}
	good := place{"alpha", payments.Test, "alice"}
	for name, call := range ofUser {
		for _, p := range []place{{good.project, good.mode, ""}, {good.project, good.mode, "a/b"}, {good.project, good.mode, ".."}} {
			if err := call(t.Context(), p); !errors.Is(err, payments.ErrInvalid) {
				t.Errorf("%s for %+v: %v", name, p, err)
			}
		}
		ofProject[name] = call
	}
	for name, call := range ofProject {
		for _, p := range []place{{good.project, "", good.user}, {good.project, "prod", good.user}, {good.project, "Live", good.user}} {
			if err := call(t.Context(), p); !errors.Is(err, payments.ErrInvalid) {
				t.Errorf("%s for %+v: %v", name, p, err)
			}
		}
		for _, p := range []place{{"", good.mode, good.user}, {"a b", good.mode, good.user}} {
			if err := call(t.Context(), p); !errors.Is(err, payments.ErrNotFound) {
				t.Errorf("%s for %+v: %v", name, p, err)
			}
		}
	}
	if _, err := s.Stats(t.Context(), "ada", "prod"); !errors.Is(err, payments.ErrInvalid) {
		t.Errorf("Stats in no mode: %v", err)
	}
	if _, err := s.Payments(t.Context(), "ada", payments.ListQuery{Mode: "prod"}, page); !errors.Is(err, payments.ErrInvalid) {
		t.Errorf("Payments in no mode: %v", err)
	}
	if requests := w.stripe.Requests(); len(requests) != 0 {
		t.Errorf("asked Stripe %d times", len(requests))
	}
}
