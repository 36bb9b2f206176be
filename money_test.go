package payments_test

import (
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/stripetest"
)

const day = 24 * time.Hour

func TestRenewalsAreRecorded(t *testing.T) {
	t.Parallel()
	s := newWorld(t).newShop("alpha")
	before := s.subscribe("alice")
	for month := 1; month <= 3; month++ {
		s.advance(31*day + 2*time.Hour) // Stripe collects an hour after the draft
		s.wantInStep()
		sub, paid := s.current("alice"), s.payments()
		if len(paid) != month+1 || paid[month].Type != payments.TypeSubscriptionPayment || paid[month].Status != payments.PaymentSucceeded || paid[month].User != "alice" {
			t.Fatalf("after %d months: %+v", month, paid)
		}
		if !sub.CurrentPeriodStart.Equal(before.CurrentPeriodEnd) || sub.Status != payments.StatusActive || sub.ID != before.ID {
			t.Errorf("the period did not move on: %+v", sub)
		}
		before = sub
	}
}

func TestFailedRenewalAndRecovery(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	sub := s.subscribe("alice")
	s.useCard(sub.CustomerID, stripetest.CardFailsLater)
	s.advance(32 * day)
	s.wantInStep()
	paid := s.payments()
	if got := s.current("alice"); got.Status != payments.StatusPastDue || got.MRR != 1900 || len(paid) != 2 || paid[1].Status != payments.PaymentFailed || paid[1].FailureCode == "" || paid[1].Collected {
		t.Fatalf("%+v\n%+v", got, paid)
	}
	s.useCard(sub.CustomerID, stripetest.CardVisa)
	s.advance(10 * day)
	s.wantInStep()
	paid = s.payments()
	if got := s.current("alice"); got.Status != payments.StatusActive || len(paid) != 2 || paid[1].Status != payments.PaymentSucceeded || paid[1].FailureCode != "" || !paid[1].Collected {
		t.Errorf("%+v\n%+v", got, paid)
	}
}

func TestExhaustedRenewalEndsAsTheAccountChose(t *testing.T) {
	t.Parallel()
	for _, outcome := range []stripetest.Exhausted{stripetest.ExhaustedCancel, stripetest.ExhaustedUnpaid, stripetest.ExhaustedPastDue} {
		s := newWorld(t).newShop("alpha")
		sub := s.subscribe("alice")
		s.account.AfterRetries(outcome)
		s.useCard(sub.CustomerID, stripetest.CardFailsLater)
		s.advance(31 * day)
		for range 4 {
			s.advance(8 * day)
		}
		s.wantInStep()
		if got := s.subscriptions()[0]; got.Status != string(outcome) {
			t.Errorf("%s: %+v", outcome, got)
		}
	}
}

func (s *shop) useCard(customer string, card stripetest.Card) {
	s.t.Helper()
	if err := s.account.UseCard(customer, card); err != nil {
		s.t.Fatal(err)
	}
}

func TestTrialCountsFromItsFirstPayment(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	sub := s.subscribe("alice")
	// The library opens no trials: whoever has the account may.
	must(s.api.Subscriptions.Update(sub.SubscriptionID, &stripe.SubscriptionParams{TrialEnd: stripe.Int64(s.stripe.Now().Add(7 * day).Unix()), ProrationBehavior: stripe.String("none")}))(t)
	s.settle()
	s.wantInStep()
	got := s.current("alice")
	if got.Status != payments.StatusTrialing || got.TrialEnd.IsZero() || got.MRR != 0 || !got.Live() {
		t.Errorf("%+v", got)
	}
	s.advance(8 * day)
	s.wantInStep()
	if got := s.current("alice"); got.Status != payments.StatusActive || got.MRR != 1900 {
		t.Errorf("after the trial: %+v", got)
	}
}

func (s *shop) refund(p payments.Payment, amount int64) *stripe.Refund {
	s.t.Helper()
	return must(s.api.Refunds.New(&stripe.RefundParams{PaymentIntent: &p.PaymentIntentID, Amount: &amount}))(s.t)
}

func TestRefundsAddUpOnTheirPayment(t *testing.T) {
	t.Parallel()
	s := newWorld(t).newShop("alpha")
	s.subscribe("alice")
	s.buy("bob", payments.CheckoutRequest{PriceID: s.price(500, "kwd", ""), Mode: payments.CheckoutPayment})
	s.settle()
	for i, whole := range []int64{1900, 500} {
		p := s.payments()[i]
		if p.Amount != whole {
			t.Fatalf("%+v", p)
		}
		for refunded := int64(100); refunded <= 300; refunded += 100 {
			s.refund(p, 100)
			s.settle()
			s.wantInStep()
			if got := s.payments()[i]; got.Status != payments.PaymentPartiallyRefunded || got.RefundedAmount != refunded || !got.Collected {
				t.Errorf("%+v", got)
			}
		}
		if _, err := s.api.Refunds.New(&stripe.RefundParams{PaymentIntent: &p.PaymentIntentID, Amount: &whole}); err == nil {
			t.Error("Stripe let more be refunded than was paid")
		}
		s.refund(p, whole-300)
		s.settle()
		s.wantInStep()
		if got := s.payments()[i]; got.Status != payments.PaymentRefunded || got.RefundedAmount != whole || !got.Collected {
			t.Errorf("%+v", got)
		}
	}
}

func TestRefundToldBeforeItsPaymentIsNoLoss(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	s.buy("alice", payments.CheckoutRequest{PriceID: s.price(1900, "usd", "month")})
	charge := s.objects("charge")[0].text("id")
	refund := must(s.api.Refunds.New(&stripe.RefundParams{Charge: &charge, Amount: stripe.Int64(400)}))(t)
	if err := s.deliver(s.event("evt_1", "refund.created", refund.ID)); err != nil {
		t.Fatal(err)
	}
	s.process()
	if paid := s.payments(); len(paid) != 1 || paid[0].RefundedAmount != 400 || paid[0].User != "alice" {
		t.Errorf("%+v", paid)
	}
	s.settle()
	s.wantInStep()
}

func TestFailedRefundGivesTheMoneyBack(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	s.subscribe("alice")
	refund := s.refund(s.payments()[0], 1900)
	s.settle()
	if err := s.account.FailRefund(refund.ID); err != nil {
		t.Fatal(err)
	}
	s.settle()
	s.wantInStep()
	if got := s.payments()[0]; got.Status != payments.PaymentSucceeded || got.RefundedAmount != 0 {
		t.Errorf("%+v", got)
	}
}

func TestDisputeTakesAndReturnsThePayment(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ outcome, after string }{
		{"won", payments.PaymentSucceeded}, {"lost", payments.PaymentDisputed}, {"prevented", payments.PaymentSucceeded},
	} {
		s := newWorld(t).newShop("alpha")
		s.subscribe("alice")
		id := must(s.account.Dispute(s.payments()[0].ChargeID, "fraudulent"))(t)
		s.settle()
		if got := s.payments()[0]; got.Status != payments.PaymentDisputed || !got.Collected || got.Amount != 1900 {
			t.Errorf("%s: %+v", c.outcome, got)
		}
		if err := s.account.CloseDispute(id, c.outcome); err != nil {
			t.Fatal(err)
		}
		s.settle()
		if got := s.payments()[0]; got.Status != c.after {
			t.Errorf("%s: %+v, want %s", c.outcome, got, c.after)
		}
	}
}

func TestInquiryIsNoDisputeYet(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	s.subscribe("alice")
	id := must(s.account.Inquire(s.payments()[0].ChargeID, "fraudulent"))(t)
	s.settle()
	if got := s.payments()[0]; got.Status != payments.PaymentSucceeded {
		t.Errorf("%+v", got)
	}
	if err := s.account.EscalateInquiry(id); err != nil {
		t.Fatal(err)
	}
	s.settle()
	if got := s.payments()[0]; got.Status != payments.PaymentDisputed {
		t.Errorf("%+v", got)
	}
}

func TestDelayedPaymentIsPendingUntilTheBankSays(t *testing.T) {
	for _, c := range []struct {
		account stripetest.Card
		after   string
	}{{stripetest.ACHSucceeds, payments.PaymentSucceeded}, {stripetest.ACHFails, payments.PaymentFailed}} {
		s := newWorld(t).newShop("alpha")
		session := must(s.checkout("alice", payments.CheckoutRequest{PriceID: s.price(500, "usd", ""), Mode: payments.CheckoutPayment}))(t)
		if err := s.account.CompleteCheckout(session.ID, c.account); err != nil {
			t.Fatal(err)
		}
		s.settle()
		if paid := s.payments(); len(paid) != 1 || paid[0].Status != payments.PaymentPending || paid[0].Collected {
			t.Errorf("%s: %+v", c.account, paid)
		}
		s.advance(time.Hour)
		s.wantInStep()
		if paid := s.payments(); len(paid) != 1 || paid[0].Status != c.after || paid[0].User != "alice" {
			t.Errorf("%s: %+v", c.account, paid)
		}
	}
}

func TestFreePlanIsPaidWithoutRevenue(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	s.buy("alice", payments.CheckoutRequest{PriceID: s.price(0, "usd", "month")})
	s.settle()
	s.wantInStep()
	paid := s.payments()
	if len(paid) != 1 || paid[0].Status != payments.PaymentSucceeded || paid[0].Collected || paid[0].Amount != 0 || paid[0].PaymentIntentID != "" {
		t.Errorf("%+v", paid)
	}
	if got := s.current("alice"); got.Status != payments.StatusActive || got.MRR != 0 {
		t.Errorf("%+v", got)
	}
}

func TestQuantityReachesTheRow(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	s.buy("alice", payments.CheckoutRequest{PriceID: s.price(1900, "usd", "month"), Quantity: 7})
	s.settle()
	s.wantInStep()
	if got := s.current("alice"); got.Quantity != 7 || got.Amount != 7*1900 {
		t.Errorf("%+v", got)
	}
}

// Each API version has its own shape of the events; the rows come from fetches in the pinned one.
func TestRowsAreTheSameInEveryAPIVersion(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2020-08-27", "2023-10-16", "2024-09-30.acacia", "2025-03-31.basil", "2025-09-30.clover"} {
		t.Run(version, func(t *testing.T) {
			w := newWorld(t)
			w.auth.add(payments.Project{ID: "alpha", Owner: "dev"})
			account, _ := w.stripe.NewAccount(stripetest.AccountOptions{TestKey: "sk_test_alpha0123456789", APIVersion: version, FlexibleBilling: true})
			s := w.shopOn("alpha", payments.Test, "sk_test_alpha0123456789")
			s.configure(nil)
			s.subscribe("alice")
			s.buy("bob", payments.CheckoutRequest{PriceID: s.price(500, "usd", ""), Mode: payments.CheckoutPayment})
			s.advance(32 * day)
			s.wantInStep()
			if n := len(s.payments()); n != 3 || account.ID() != s.account.ID() {
				t.Errorf("%d payments, want 3", n)
			}
		})
	}
}
