package stripetest_test

import (
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/manytenants/payments/stripetest"
)

func TestDeclinedCheckoutLeavesItsSubscriptionToTheNextCard(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	session := s.session("subscription", s.price(1000, "month"))
	s.events()
	var failed *stripetest.Error
	if err := s.account.CompleteCheckout(session.ID, stripetest.CardDeclined); !errors.As(err, &failed) {
		t.Fatalf("got %v", err)
	}
	s.wantEvents("customer.created " + created + declined)
	if err := s.account.CompleteCheckout(session.ID, stripetest.CardVisa); err != nil {
		t.Fatal(err)
	}
	s.wantEvents(updated + "charge.succeeded payment_intent.succeeded " + updated + paid + "checkout.session.completed")
	if n := len(s.account.Objects("subscription")); n != 1 {
		t.Errorf("%d subscriptions", n)
	}
	abandoned := s.session("subscription", s.price(1000, "month"))
	if err := s.account.CompleteCheckout(abandoned.ID, stripetest.CardDeclined); err == nil {
		t.Fatal("the card was not declined")
	}
	s.server.Advance(23 * time.Hour)
	if got := s.account.Objects("subscription")[1]["status"]; got != "incomplete_expired" {
		t.Errorf("the abandoned subscription is %v", got)
	}
}

func TestSubscriptionPaidByABankIsTrustedMeanwhile(t *testing.T) {
	for account, want := range map[stripetest.Card]struct {
		status stripe.SubscriptionStatus
		told   string
	}{
		stripetest.ACHSucceeds: {"active", "charge.succeeded payment_intent.succeeded " + paid + "checkout.session.async_payment_succeeded"},
		stripetest.ACHFails:    {"past_due", "charge.failed payment_intent.payment_failed invoice.payment_failed " + updated + "checkout.session.async_payment_failed"},
	} {
		s := newShop(t, stripetest.Options{})
		params := sessionParams("subscription", s.price(1000, "month"))
		params.PaymentMethodTypes = stripe.StringSlice([]string{"card", "us_bank_account"})
		session := must(s.api.CheckoutSessions.New(params))(t)
		if err := s.account.CompleteCheckout(session.ID, account); err != nil {
			t.Fatal(err)
		}
		get := &stripe.CheckoutSessionParams{}
		get.AddExpand("subscription")
		session = must(s.api.CheckoutSessions.Get(session.ID, get))(t)
		if session.PaymentStatus != "unpaid" || session.Status != "complete" || session.Subscription.Status != "active" {
			t.Errorf("session %s, %s; subscription %s", session.Status, session.PaymentStatus, session.Subscription.Status)
		}
		s.events()
		s.server.Advance(3 * time.Minute)
		if got := s.account.Object(session.Subscription.ID)["status"]; got != string(want.status) {
			t.Errorf("subscription %v, want %s", got, want.status)
		}
		s.wantEvents(want.told)
	}
}

func TestDeclinedCardOfALaterVersionLeavesItsIntentToTheNextCard(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	status, session := s.ask(http.MethodPost, "/v1/checkout/sessions", "2025-03-31.basil", url.Values{
		"mode": {"subscription"}, "success_url": {"https://shop.example"}, "line_items[0][quantity]": {"1"}, "line_items[0][price]": {s.price(1000, "month")},
	})
	if status != http.StatusOK {
		t.Fatal(session)
	}
	s.events()
	for _, want := range []string{"payment_intent.created ", ""} {
		var failed *stripetest.Error
		if err := s.account.CompleteCheckout(session["id"].(string), stripetest.CardDeclined); !errors.As(err, &failed) || failed.Code != "card_declined" {
			t.Fatalf("got %v", err)
		}
		s.wantEvents(want + "charge.failed payment_intent.payment_failed")
	}
	if err := s.account.CompleteCheckout(session["id"].(string), stripetest.CardVisa); err != nil {
		t.Fatal(err)
	}
	intents, subs := s.account.Objects("payment_intent"), s.account.Objects("subscription")
	if len(intents) != 1 || intents[0]["status"] != "succeeded" || intents[0]["invoice"] != subs[0]["latest_invoice"] || intents[0]["customer"] != subs[0]["customer"] {
		t.Errorf("intents %v", intents)
	}
}
