package stripetest_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/manytenants/payments/stripetest"
)

func TestDisputeTakesTheMoneyUntilItIsWon(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	charge := s.paid("pm_card_visa").LatestCharge.ID
	before := s.money()
	id := must(s.account.Dispute(charge, "product_not_received"))(t)
	s.wantEvents("charge.dispute.created charge.dispute.funds_withdrawn")
	if lost := before - s.money(); lost != 2000+1500 {
		t.Errorf("the dispute took %d", lost)
	}
	dispute := must(s.api.Disputes.Get(id, nil))(t)
	if dispute.Status != "needs_response" || dispute.Reason != "product_not_received" || dispute.Amount != 2000 || len(dispute.BalanceTransactions) != 1 || !s.charge(charge).Disputed {
		t.Errorf("dispute %+v", dispute)
	}
	_, err := s.api.Refunds.New(&stripe.RefundParams{Charge: stripe.String(charge)})
	wantError(t, err, http.StatusBadRequest, stripe.ErrorCodeChargeDisputed, "")

	answer := &stripe.DisputeParams{Evidence: &stripe.DisputeEvidenceParams{CustomerName: stripe.String("Jenny Rosen")}}
	dispute = must(s.api.Disputes.Update(id, answer))(t)
	s.wantEvents("charge.dispute.updated")
	if dispute.Status != "under_review" || dispute.Evidence.CustomerName != "Jenny Rosen" || dispute.EvidenceDetails.SubmissionCount != 1 {
		t.Errorf("answered: %+v", dispute)
	}
	if err := s.account.CloseDispute(id, "won"); err != nil {
		t.Fatal(err)
	}
	s.wantEvents("charge.dispute.funds_reinstated charge.dispute.closed")
	if kept := before - s.money(); kept != 1500 {
		t.Errorf("the dispute kept %d, want its fee", kept)
	}
	if err := s.account.CloseDispute(id, "lost"); err == nil {
		t.Error("it ended twice")
	}
}

// money is what the account has in dollars, available or pending.
func (s *shop) money() int64 {
	s.t.Helper()
	b := must(s.api.Balance.Get(nil))(s.t)
	return b.Available[0].Amount + b.Pending[0].Amount
}

func TestTestCardsDisputeThemselves(t *testing.T) {
	for method, want := range map[string]struct {
		reason stripe.DisputeReason
		status stripe.DisputeStatus
		events string
	}{
		"pm_card_createDispute":                   {"fraudulent", "needs_response", " charge.dispute.funds_withdrawn"},
		"pm_card_createDisputeProductNotReceived": {"product_not_received", "needs_response", " charge.dispute.funds_withdrawn"},
		"pm_card_createDisputeInquiry":            {"fraudulent", "warning_needs_response", ""},
	} {
		t.Run(method, func(t *testing.T) {
			s := newShop(t, stripetest.Options{})
			params := intentParams(method)
			params.Confirm = stripe.Bool(true)
			intent := must(s.api.PaymentIntents.New(params))(t)
			s.wantEvents("payment_intent.created payment_intent.succeeded charge.succeeded charge.dispute.created" + want.events)
			for by, list := range map[string]*stripe.DisputeListParams{
				"intent": {PaymentIntent: stripe.String(intent.ID)}, "charge": {Charge: stripe.String(intent.LatestCharge.ID)},
			} {
				disputes := s.api.Disputes.List(list)
				if !disputes.Next() || disputes.Dispute().Reason != want.reason || disputes.Dispute().Status != want.status {
					t.Errorf("by %s: %+v", by, disputes.Dispute())
				}
			}
		})
	}
}

func TestInquiryTakesMoneyOnlyOnceEscalated(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	before := s.money()
	closed, escalated, refunded := s.paid("pm_card_visa").LatestCharge.ID, s.paid("pm_card_visa").LatestCharge.ID, s.paid("pm_card_visa").LatestCharge.ID
	first, second, third := must(s.account.Inquire(closed, "fraudulent"))(t), must(s.account.Inquire(escalated, "fraudulent"))(t), must(s.account.Inquire(refunded, "fraudulent"))(t)
	s.wantEvents("charge.dispute.created charge.dispute.created charge.dispute.created")
	if got := must(s.api.Disputes.Close(first, nil))(t); got.Status != "warning_closed" {
		t.Errorf("closed: %s", got.Status)
	}
	s.wantEvents("charge.dispute.closed")
	if err := s.account.EscalateInquiry(second); err != nil {
		t.Fatal(err)
	}
	s.wantEvents("charge.dispute.updated charge.dispute.funds_withdrawn")
	must(s.api.Refunds.New(&stripe.RefundParams{Charge: stripe.String(refunded)}))(t)
	s.wantEvents("refund.created charge.refunded refund.updated charge.refund.updated charge.dispute.closed")
	if got := must(s.api.Disputes.Get(third, nil))(t); got.Status != "warning_closed" {
		t.Errorf("refunded: %s", got.Status)
	}
	if got, want := s.money()-before, int64(3*(2000-88)-2000-1500-2000); got != want {
		t.Errorf("%d came of the three charges, want %d", got, want)
	}
}

func TestEvidenceOfStripesTestsDecidesADispute(t *testing.T) {
	for words, want := range map[string]struct {
		status stripe.DisputeStatus
		events string
	}{
		"winning_evidence": {"won", "charge.dispute.updated charge.dispute.funds_reinstated charge.dispute.closed"},
		"losing_evidence":  {"lost", "charge.dispute.updated charge.dispute.closed"},
	} {
		s := newShop(t, stripetest.Options{})
		id := must(s.account.Dispute(s.paid("pm_card_visa").LatestCharge.ID, "fraudulent"))(t)
		s.events()
		must(s.api.Disputes.Update(id, &stripe.DisputeParams{Evidence: &stripe.DisputeEvidenceParams{UncategorizedText: stripe.String(words)}}))(t)
		s.wantEvents(want.events)
		if got := must(s.api.Disputes.Get(id, nil))(t); got.Status != want.status {
			t.Errorf("%s: %s", words, got.Status)
		}
	}
}

func TestUnansweredDisputeIsLostAndCannotBeAnsweredAfter(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	id := must(s.account.Dispute(s.paid("pm_card_visa").LatestCharge.ID, "fraudulent"))(t)
	s.events()
	due := must(s.api.Disputes.Get(id, nil))(t).EvidenceDetails.DueBy
	s.server.Advance(time.Unix(due, 0).Sub(start))
	s.wantEvents("charge.dispute.closed")
	if got := must(s.api.Disputes.Get(id, nil))(t); got.Status != "lost" || !got.EvidenceDetails.PastDue {
		t.Errorf("dispute %+v", got)
	}
	_, err := s.api.Disputes.Update(id, &stripe.DisputeParams{Evidence: &stripe.DisputeEvidenceParams{CustomerName: stripe.String("x")}})
	wantError(t, err, http.StatusBadRequest, "", "")
}
