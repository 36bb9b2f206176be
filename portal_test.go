package payments_test

import (
	"errors"
	"testing"

	"github.com/stripe/stripe-go/v76"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/stripetest"
)

// portal opens the portal for a user and returns the session's id.
func (s *shop) portal(user payments.UserID) string {
	s.t.Helper()
	must(s.service.CreatePortal(s.t.Context(), s.project, s.mode, user, origin+"/account"))(s.t)
	sessions := s.account.Objects("billing_portal.session")
	return fields(sessions[len(sessions)-1]).text("id")
}

func TestPortalIsOfTheUsersOwnCustomer(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	s.subscribe("alice")
	bobs := s.subscribe("bob")
	portal, err := s.service.CreatePortal(t.Context(), s.project, s.mode, "bob", origin+"/account")
	if err != nil || portal == "" {
		t.Fatalf("%q, %v", portal, err)
	}
	requests := s.account.Requests()
	if asked := requests[len(requests)-1].Form; asked.Get("customer") != bobs.CustomerID || asked.Get("return_url") != origin+"/account" {
		t.Errorf("%v", asked)
	}
	_, err = s.service.CreatePortal(t.Context(), s.project, s.mode, "carol", origin)
	wantKind(t, err, payments.ErrNotFound, "a user who has bought nothing")
	_, err = s.service.CreatePortal(t.Context(), s.project, s.mode, "bob", "https://evil.example")
	wantKind(t, err, payments.ErrInvalid, "an origin that isn't allowed")
}

func TestCancellationInThePortalIsSeenAndUndone(t *testing.T) {
	for _, flexible := range []bool{false, true} {
		w := newWorld(t)
		w.auth.add(payments.Project{ID: "alpha", Owner: "dev"})
		w.stripe.NewAccount(stripetest.AccountOptions{TestKey: "sk_test_alpha0123456789", FlexibleBilling: flexible})
		s := w.shopOn("alpha", payments.Test, "sk_test_alpha0123456789")
		s.configure(nil)
		sub := s.subscribe("alice")
		if err := s.account.PortalCancel(s.portal("alice"), sub.SubscriptionID); err != nil {
			t.Fatal(err)
		}
		s.settle()
		s.wantInStep()
		if got := s.current("alice"); got.CancelAtPeriodEnd == flexible || !got.CancelAt.Equal(sub.CurrentPeriodEnd) || got.Status != payments.StatusActive {
			t.Errorf("flexible %v: %+v", flexible, got)
		}
		if got := must(s.resume("alice"))(t); got.CancelAtPeriodEnd || !got.CancelAt.IsZero() {
			t.Errorf("flexible %v, resumed: %+v", flexible, got)
		}
		s.settle()
		if err := s.account.PortalCancel(s.portal("alice"), sub.SubscriptionID); err != nil {
			t.Fatal(err)
		}
		s.advance(32 * day)
		s.wantInStep()
		if got := s.subscriptions()[0]; got.Status != payments.StatusCanceled {
			t.Errorf("flexible %v, after the period: %+v", flexible, got)
		}
	}
}

func TestPortalOfACustomerWhoIsGoneIsNotFound(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	sub := s.subscribe("alice")
	if _, err := s.api.Customers.Del(sub.CustomerID, nil); err != nil {
		t.Fatal(err)
	}
	_, err := s.service.CreatePortal(t.Context(), s.project, s.mode, "alice", origin)
	if !errors.Is(err, payments.ErrNotFound) {
		t.Error(err)
	}
}

// Stripe shows only the first items of a subscription that has many.
func TestAllItemsOfALargeSubscriptionCount(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	sub := s.subscribe("alice")
	params := &stripe.SubscriptionParams{ProrationBehavior: stripe.String("none")}
	for range 11 {
		price := s.price(100, "usd", "month")
		params.Items = append(params.Items, &stripe.SubscriptionItemsParams{Price: &price})
	}
	must(s.api.Subscriptions.Update(sub.SubscriptionID, params))(t)
	s.wire.shorten("/v1/subscriptions/", 10)
	s.settle()
	if got := s.current("alice"); got.Amount != 1900+11*100 || got.MRR != 1900+11*100 || got.PriceID != sub.PriceID {
		t.Errorf("%+v", got)
	}
	if got := must(s.cancel("alice", false))(t); got.Amount != 1900+11*100 || !got.CancelAtPeriodEnd {
		t.Errorf("%+v", got)
	}
}
