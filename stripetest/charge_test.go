package stripetest_test

import (
	"net/http"
	"testing"

	"github.com/stripe/stripe-go/v76"

	"github.com/manytenants/payments/stripetest"
)

func tokenParams(token string) *stripe.ChargeParams {
	return &stripe.ChargeParams{
		Amount: stripe.Int64(1000), Currency: stripe.String("eur"), Source: &stripe.PaymentSourceSourceParams{Token: stripe.String(token)},
	}
}

func TestTokenIsChargedWithoutAnIntent(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	charge := must(s.api.Charges.New(tokenParams("tok_visa")))(t)
	if !charge.Paid || !charge.Captured || charge.PaymentIntent != nil || charge.PaymentMethodDetails.Card.Last4 != "4242" {
		t.Errorf("charge %+v", charge)
	}
	s.wantEvents("charge.succeeded")
	_, err := s.api.Charges.New(tokenParams("tok_chargeDeclined"))
	wantError(t, err, http.StatusPaymentRequired, stripe.ErrorCodeCardDeclined, "")
	s.wantEvents("charge.failed")
	update := &stripe.ChargeParams{Description: stripe.String("order 7")}
	if got := must(s.api.Charges.Update(charge.ID, update))(t); got.Description != "order 7" {
		t.Errorf("description %q", got.Description)
	}
	s.wantEvents("charge.updated")
}

func TestChargeIsCapturedOnce(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	params := tokenParams("tok_visa")
	params.Capture = stripe.Bool(false)
	charge := must(s.api.Charges.New(params))(t)
	if charge.Captured || charge.BalanceTransaction != nil {
		t.Errorf("charge %+v", charge)
	}
	charge = must(s.api.Charges.Capture(charge.ID, &stripe.ChargeCaptureParams{Amount: stripe.Int64(800)}))(t)
	if !charge.Captured || charge.AmountCaptured != 800 || charge.AmountRefunded != 200 || charge.Refunded {
		t.Errorf("captured %+v", charge)
	}
	s.wantEvents("charge.succeeded charge.captured")
	_, err := s.api.Charges.Capture(charge.ID, nil)
	wantError(t, err, http.StatusBadRequest, stripe.ErrorCodeChargeAlreadyCaptured, "")
}

func TestBalanceTransactionsTellEachMovement(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	charge := must(s.api.Charges.New(tokenParams("tok_bypassPending")))(t)
	must(s.api.Refunds.New(&stripe.RefundParams{Charge: stripe.String(charge.ID), Amount: stripe.Int64(300)}))(t)
	must(s.account.Dispute(charge.ID, "fraudulent"))(t)
	want := []stripe.BalanceTransaction{ // the newest first
		{Type: "adjustment", ReportingCategory: "dispute", Amount: -700, Fee: 1500, Net: -2200},
		{Type: "refund", ReportingCategory: "refund", Amount: -300, Net: -300},
		{Type: "charge", ReportingCategory: "charge", Amount: 1000, Fee: 59, Net: 941},
	}
	list := s.api.BalanceTransactions.List(&stripe.BalanceTransactionListParams{Currency: stripe.String("eur")})
	for _, w := range want {
		if !list.Next() {
			t.Fatal("the list is short")
		}
		if got := list.BalanceTransaction(); got.Type != w.Type || got.ReportingCategory != w.ReportingCategory || got.Amount != w.Amount || got.Fee != w.Fee || got.Net != w.Net || got.Status != "available" {
			t.Errorf("got %+v, want %+v", got, w)
		}
	}
	b := must(s.api.Balance.Get(nil))(t)
	if len(b.Available) != 2 || b.Available[0].Currency != "eur" || b.Available[0].Amount != 941-300-2200 || b.Available[1].Amount != 0 {
		t.Errorf("available %+v", b.Available)
	}
	one := must(s.api.BalanceTransactions.Get(charge.BalanceTransaction.ID, nil))(t)
	if one.Source == nil || one.Source.ID != charge.ID {
		t.Errorf("source %+v", one.Source)
	}
}

func TestReceiptOfAChargeIsAPage(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	intent := s.paid("pm_card_visa")
	charge := must(s.api.Charges.Get(intent.LatestCharge.ID, nil))(t)
	if charge.ReceiptURL == "" {
		t.Fatal("a paid charge has no receipt")
	}
	s.browser().open(charge.ReceiptURL).shows(http.StatusOK, "Receipt", "$20.00 paid on January 15, 2024 with the card ending in 4242.")
	_, err := s.api.PaymentIntents.New(func() *stripe.PaymentIntentParams {
		params := intentParams("pm_card_chargeDeclined")
		params.Confirm = stripe.Bool(true)
		return params
	}())
	if err == nil {
		t.Fatal("the card was not declined")
	}
	for _, charge := range s.account.Objects("charge") {
		if paid := charge["paid"] == true; (charge["receipt_url"] != nil) != paid {
			t.Errorf("paid %v, receipt %v", paid, charge["receipt_url"])
		}
	}
}
