package stripetest_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/manytenants/payments/stripetest"
)

// charge is the charge of an intent, with its refunds.
func (s *shop) charge(id string) *stripe.Charge {
	s.t.Helper()
	params := &stripe.ChargeParams{}
	params.AddExpand("refunds")
	return must(s.api.Charges.Get(id, params))(s.t)
}

func TestRefundsAddUpToTheCharge(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	intent := s.paid("pm_card_visa")
	refund := func(amount int64) (*stripe.Refund, error) {
		params := &stripe.RefundParams{PaymentIntent: stripe.String(intent.ID), Reason: stripe.String("requested_by_customer")}
		if amount > 0 {
			params.Amount = stripe.Int64(amount)
		}
		params.AddMetadata("order", "7")
		return s.api.Refunds.New(params)
	}
	first := must(refund(500))(t)
	s.wantEvents("refund.created charge.refunded refund.updated charge.refund.updated")
	if first.Status != "succeeded" || first.Charge.ID != intent.LatestCharge.ID || first.Metadata["order"] != "7" {
		t.Errorf("refund %+v", first)
	}
	if c := s.charge(intent.LatestCharge.ID); c.AmountRefunded != 500 || c.Refunded || len(c.Refunds.Data) != 1 {
		t.Errorf("after a part: %d, %v, %d refunds", c.AmountRefunded, c.Refunded, len(c.Refunds.Data))
	}
	_, err := refund(1501)
	wantError(t, err, http.StatusBadRequest, "", "amount")
	must(refund(0))(t)
	if c := s.charge(intent.LatestCharge.ID); c.AmountRefunded != 2000 || !c.Refunded || len(c.Refunds.Data) != 2 {
		t.Errorf("after the rest: %d, %v, %d refunds", c.AmountRefunded, c.Refunded, len(c.Refunds.Data))
	}
	_, err = refund(1)
	wantError(t, err, http.StatusBadRequest, stripe.ErrorCodeChargeAlreadyRefunded, "")
	if n := listed(s.api.Refunds.List(&stripe.RefundListParams{Charge: stripe.String(intent.LatestCharge.ID)}).Iter); n != 2 {
		t.Errorf("%d refunds listed", n)
	}
}

// listed counts what a list has.
func listed(list *stripe.Iter) (n int) {
	for list.Next() {
		n++
	}
	return n
}

func TestRefundCanBeUpdatedButNotCanceled(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	intent := s.paid("pm_card_visa")
	refund := must(s.api.Refunds.New(&stripe.RefundParams{Charge: stripe.String(intent.LatestCharge.ID)}))(t)
	s.events()
	params := &stripe.RefundParams{}
	params.AddMetadata("order", "7")
	if got := must(s.api.Refunds.Update(refund.ID, params))(t); got.Metadata["order"] != "7" {
		t.Errorf("metadata %v", got.Metadata)
	}
	s.wantEvents("refund.updated charge.refund.updated")
	_, err := s.api.Refunds.Cancel(refund.ID, nil)
	wantError(t, err, http.StatusBadRequest, "", "")
}

func TestFailedRefundGivesTheMoneyBack(t *testing.T) {
	for name, test := range map[string]struct {
		method string
		fail   func(*shop, string) error
	}{
		"by hand":       {"pm_card_visa", func(s *shop, id string) error { return s.account.FailRefund(id) }},
		"by the clock":  {"pm_card_refundFail", func(s *shop, _ string) error { s.server.Advance(time.Hour); return nil }},
		"while pending": {"pm_card_pendingRefund", func(s *shop, id string) error { return s.account.FailRefund(id) }},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, stripetest.Options{})
			intent := s.paid(test.method)
			refund := must(s.api.Refunds.New(&stripe.RefundParams{PaymentIntent: stripe.String(intent.ID)}))(t)
			s.events()
			if err := test.fail(s, refund.ID); err != nil {
				t.Fatal(err)
			}
			s.wantEvents("refund.failed charge.refund.updated")
			if got := must(s.api.Refunds.Get(refund.ID, nil))(t); got.Status != "failed" || got.FailureReason == "" || got.FailureBalanceTransaction == nil {
				t.Errorf("refund %+v", got)
			}
			if c := s.charge(intent.LatestCharge.ID); c.AmountRefunded != 0 || c.Refunded {
				t.Errorf("charge still refunded by %d, %v", c.AmountRefunded, c.Refunded)
			}
			if err := s.account.FailRefund(refund.ID); err == nil {
				t.Error("it failed twice")
			}
		})
	}
}

func TestPendingRefundSucceedsByTheClock(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	intent := s.paid("pm_card_pendingRefund")
	refund := must(s.api.Refunds.New(&stripe.RefundParams{PaymentIntent: stripe.String(intent.ID)}))(t)
	s.wantEvents("refund.created charge.refunded")
	if refund.Status != "pending" {
		t.Errorf("status %s", refund.Status)
	}
	s.server.Advance(time.Hour)
	s.wantEvents("refund.updated charge.refund.updated")
	if got := must(s.api.Refunds.Get(refund.ID, nil))(t); got.Status != "succeeded" {
		t.Errorf("an hour later: %s", got.Status)
	}
}

func TestWhatNeverCameCannotBeRefunded(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	intent := must(s.api.PaymentIntents.New(intentParams("")))(t)
	_, err := s.api.Refunds.New(&stripe.RefundParams{PaymentIntent: stripe.String(intent.ID)})
	wantError(t, err, http.StatusBadRequest, stripe.ErrorCodePaymentIntentUnexpectedState, "")
	_, err = s.api.Refunds.New(&stripe.RefundParams{})
	wantError(t, err, http.StatusBadRequest, "", "")
	_, err = s.api.Refunds.New(&stripe.RefundParams{Charge: stripe.String("ch_none")})
	wantError(t, err, http.StatusBadRequest, stripe.ErrorCodeResourceMissing, "charge")
}
