package stripetest_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/manytenants/payments/stripetest"
)

const (
	sessionDay = 24 * time.Hour
	month      = 31 * 24 * time.Hour // January, where the tests begin
)

func TestRenewalMovesThePeriodBeforePayment(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	sub := s.subscribe(stripetest.CardVisa)
	s.server.Advance(month)
	s.wantEvents("customer.subscription.updated invoice.created")
	s.server.Advance(time.Hour)
	s.wantEvents(`invoice.finalized payment_intent.created charge.succeeded payment_intent.succeeded
		invoice.updated invoice.paid invoice.payment_succeeded`)
	renewed := must(s.api.Subscriptions.Get(sub.ID, nil))(t)
	if renewed.CurrentPeriodStart != sub.CurrentPeriodEnd || renewed.CurrentPeriodEnd != start.AddDate(0, 2, 0).Unix() {
		t.Errorf("period %d to %d", renewed.CurrentPeriodStart, renewed.CurrentPeriodEnd)
	}
}

func TestAdvanceRunsEachRenewalAtItsOwnMoment(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	s.subscribe(stripetest.CardVisa)
	s.server.Advance(366 * 24 * time.Hour)
	invoices := s.account.Objects("invoice")
	if len(invoices) != 13 {
		t.Fatalf("%d invoices in a year, want 13", len(invoices))
	}
	for i, in := range invoices {
		if want := start.AddDate(0, i, 0).Unix(); in["created"] != want {
			t.Errorf("invoice %d was made at %v, want %d", i, in["created"], want)
		}
	}
	if now := s.server.Now(); !now.Equal(start.Add(366 * 24 * time.Hour)) {
		t.Errorf("the clock stands at %v", now)
	}
}

func TestFailedRenewalIsRetriedThenCanceled(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	sub := s.subscribe(stripetest.CardAlwaysAuthenticates)
	failed := "payment_intent.created payment_intent.requires_action invoice.updated invoice.payment_failed invoice.payment_action_required "
	s.server.Advance(month + time.Hour)
	s.wantEvents("customer.subscription.updated invoice.created invoice.finalized " + failed + "customer.subscription.updated")
	if got := must(s.api.Subscriptions.Get(sub.ID, nil))(t); got.Status != "past_due" {
		t.Errorf("status %s, want past_due", got.Status)
	}
	s.server.Advance(16 * 24 * time.Hour)
	if got := must(s.api.Subscriptions.Get(sub.ID, nil))(t); got.Status != "canceled" || got.CancellationDetails.Reason != "payment_failed" {
		t.Errorf("status %s, reason %s", got.Status, got.CancellationDetails.Reason)
	}
}

func TestAnotherCardRecoversAFailedRenewal(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	sub := s.subscribe(stripetest.CardAlwaysAuthenticates)
	s.server.Advance(month + time.Hour)
	if err := s.account.UseCard(sub.Customer.ID, stripetest.CardVisa); err != nil {
		t.Fatal(err)
	}
	s.events()
	s.server.Advance(3 * 24 * time.Hour)
	s.wantEvents(`charge.succeeded payment_intent.succeeded invoice.updated invoice.paid
		invoice.payment_succeeded customer.subscription.updated`)
	if got := must(s.api.Subscriptions.Get(sub.ID, nil))(t); got.Status != "active" {
		t.Errorf("status %s, want active", got.Status)
	}
}

func TestPriceSwapNeedsTheItem(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	sub := s.subscribe(stripetest.CardVisa)
	bigger := s.price(3000, "month")
	item := &stripe.SubscriptionItemsParams{ID: stripe.String(sub.Items.Data[0].ID), Price: stripe.String(bigger)}
	got := must(s.api.Subscriptions.Update(sub.ID, &stripe.SubscriptionParams{Items: []*stripe.SubscriptionItemsParams{item}}))(t)
	if len(got.Items.Data) != 1 || got.Items.Data[0].Price.ID != bigger {
		t.Errorf("items %+v", got.Items.Data)
	}
	item.ID, item.Price = nil, stripe.String(s.price(500, "month"))
	got = must(s.api.Subscriptions.Update(sub.ID, &stripe.SubscriptionParams{Items: []*stripe.SubscriptionItemsParams{item}}))(t)
	if len(got.Items.Data) != 2 {
		t.Errorf("%d items, want the second one added", len(got.Items.Data))
	}
}

func TestCancelAtPeriodEndCanBeUndoneUntilThen(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	sub := s.subscribe(stripetest.CardVisa)
	for _, flag := range []bool{true, false, true} {
		got := must(s.api.Subscriptions.Update(sub.ID, &stripe.SubscriptionParams{CancelAtPeriodEnd: stripe.Bool(flag)}))(t)
		if got.CancelAtPeriodEnd != flag || (got.CancelAt == sub.CurrentPeriodEnd) != flag || got.Status != "active" {
			t.Errorf("after %v: %+v", flag, got)
		}
		s.wantEvents("customer.subscription.updated")
	}
	s.server.Advance(month)
	s.wantEvents("customer.subscription.deleted")
}

func TestCanceledSubscriptionIsHiddenAndMissing(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	sub := s.subscribe(stripetest.CardVisa)
	must(s.api.Subscriptions.Cancel(sub.ID, nil))(t)
	s.wantEvents("customer.subscription.deleted")
	_, err := s.api.Subscriptions.Cancel(sub.ID, nil)
	wantError(t, err, http.StatusNotFound, stripe.ErrorCodeResourceMissing, "id")
	count := func(status string) (n int) {
		params := &stripe.SubscriptionListParams{}
		if status != "" {
			params.Status = stripe.String(status)
		}
		for list := s.api.Subscriptions.List(params); list.Next(); n++ {
			continue
		}
		return n
	}
	if count("") != 0 || count("all") != 1 {
		t.Errorf("listed %d by default and %d of all, want 0 and 1", count(""), count("all"))
	}
	s.server.Advance(2 * month)
	s.wantEvents("")
}

func TestTrialEndsIntoAPaidPeriod(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	params := sessionParams("subscription", s.price(1000, "month"))
	params.SubscriptionData = &stripe.CheckoutSessionSubscriptionDataParams{TrialPeriodDays: stripe.Int64(7)}
	session := must(s.api.CheckoutSessions.New(params))(t)
	if err := s.account.CompleteCheckout(session.ID, stripetest.CardVisa); err != nil {
		t.Fatal(err)
	}
	s.events()
	s.server.Advance(4 * 24 * time.Hour)
	s.wantEvents("customer.subscription.trial_will_end")
	s.server.Advance(3 * 24 * time.Hour)
	s.wantEvents("customer.subscription.updated invoice.created")
	session = must(s.api.CheckoutSessions.Get(session.ID, nil))(t)
	sub := must(s.api.Subscriptions.Get(session.Subscription.ID, nil))(t)
	if sub.Status != "active" || session.PaymentStatus != "no_payment_required" {
		t.Errorf("subscription %s, session %s", sub.Status, session.PaymentStatus)
	}
}
