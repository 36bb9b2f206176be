package stripetest_test

import (
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/manytenants/payments/stripetest"
)

func TestTrialWithoutCardEndsAsItsSettingsSay(t *testing.T) {
	for behavior, want := range map[string]struct {
		status stripe.SubscriptionStatus
		events string
	}{
		"cancel":         {"canceled", deleted},
		"pause":          {"paused", updated + "customer.subscription.paused"},
		"create_invoice": {"past_due", updated + invoiced + "payment_intent.created invoice.updated invoice.payment_failed " + updated},
	} {
		s := newShop(t, stripetest.Options{})
		sub := s.start("", func(p *stripe.SubscriptionParams) {
			p.TrialPeriodDays = stripe.Int64(2)
			p.TrialSettings = &stripe.SubscriptionTrialSettingsParams{
				EndBehavior: &stripe.SubscriptionTrialSettingsEndBehaviorParams{MissingPaymentMethod: stripe.String(behavior)},
			}
		})
		s.events()
		s.server.Advance(2*day + time.Hour)
		s.wantEvents(want.events)
		if got := must(s.api.Subscriptions.Get(sub.ID, nil))(t); got.Status != want.status {
			t.Errorf("%s: status %s, want %s", behavior, got.Status, want.status)
		}
	}
}

func TestPausedSubscriptionResumesWithAnInvoice(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	sub := s.start("", func(p *stripe.SubscriptionParams) {
		p.TrialPeriodDays = stripe.Int64(2)
		p.TrialSettings = &stripe.SubscriptionTrialSettingsParams{
			EndBehavior: &stripe.SubscriptionTrialSettingsEndBehaviorParams{MissingPaymentMethod: stripe.String("pause")},
		}
	})
	s.server.Advance(50 * day)
	s.update(sub, &stripe.SubscriptionParams{Metadata: map[string]string{"asked": "yes"}})
	s.use(sub.Customer.ID, stripetest.CardVisa)
	got := must(s.api.Subscriptions.Resume(sub.ID, nil))(t)
	s.wantEvents(updated + "customer.subscription.resumed " + invoiced + charged + paid)
	if got.Status != "active" || got.CurrentPeriodStart != start.Add(50*day).Unix() {
		t.Errorf("status %s, period from %d", got.Status, got.CurrentPeriodStart)
	}
	if n := len(s.invoices(sub.ID)); n != 2 {
		t.Errorf("%d invoices: none belongs to the pause", n)
	}
	if _, err := s.api.Subscriptions.Resume(sub.ID, nil); err == nil {
		t.Error("an active subscription was resumed")
	}
}

func TestTrialEndMovesAndAnchorsThePeriod(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	sub := s.start(stripetest.CardVisa, func(p *stripe.SubscriptionParams) { p.TrialPeriodDays = stripe.Int64(7) })
	end := start.Add(20 * day)
	got := s.update(sub, &stripe.SubscriptionParams{TrialEnd: stripe.Int64(end.Unix())})
	if got.TrialEnd != end.Unix() || got.CurrentPeriodEnd != end.Unix() || got.CurrentPeriodStart != start.Unix() || got.Status != "trialing" {
		t.Errorf("trial until %d, period %d to %d", got.TrialEnd, got.CurrentPeriodStart, got.CurrentPeriodEnd)
	}
	s.events()
	s.server.Advance(17 * day)
	s.wantEvents("customer.subscription.trial_will_end")
	s.server.Advance(3*day + time.Hour)
	got = must(s.api.Subscriptions.Get(sub.ID, nil))(t)
	if got.Status != "active" || got.BillingCycleAnchor != end.Unix() || got.CurrentPeriodEnd != end.AddDate(0, 1, 0).Unix() {
		t.Errorf("status %s, anchor %d, end %d", got.Status, got.BillingCycleAnchor, got.CurrentPeriodEnd)
	}
}

func TestTrialOfAnActiveSubscriptionCreditsWhatWasPaid(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	sub := s.start(stripetest.CardVisa, nil)
	s.server.Advance(halfway)
	got := s.update(sub, &stripe.SubscriptionParams{TrialEnd: stripe.Int64(start.Add(30 * day).Unix())})
	if got.Status != "trialing" || got.LatestInvoice.Total != -500 || got.LatestInvoice.BillingReason != "subscription_update" {
		t.Errorf("status %s, invoice of %d", got.Status, got.LatestInvoice.Total)
	}
	s.server.Advance(20 * day)
	if in := s.invoices(sub.ID)[0]; in.Total != 1000 || in.AmountPaid != 500 {
		t.Errorf("after the trial %d of %d was paid", in.AmountPaid, in.Total)
	}
}
