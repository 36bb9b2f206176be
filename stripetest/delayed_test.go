package stripetest_test

import (
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/manytenants/payments/stripetest"
)

func TestBankAccountPaysASessionAfterItCompleted(t *testing.T) {
	const succeeded = "payment_intent.succeeded charge.succeeded checkout.session.async_payment_succeeded charge.updated"
	const failed = "charge.failed payment_intent.payment_failed checkout.session.async_payment_failed"
	byClock := func(s *shop, _ string) error { s.server.Advance(3 * time.Minute); return nil }
	for name, test := range map[string]struct {
		account       stripetest.Card
		settle        func(*shop, string) error
		intent        stripe.PaymentIntentStatus
		payment, want string
	}{
		"paid by the clock":    {stripetest.ACHSucceeds, byClock, "succeeded", "paid", succeeded},
		"refused by the clock": {stripetest.ACHFails, byClock, "requires_payment_method", "unpaid", failed},
		"paid by hand":         {stripetest.ACHFails, func(s *shop, id string) error { return s.account.CompletePayment(id) }, "succeeded", "paid", succeeded},
		"refused by hand":      {stripetest.ACHSucceeds, func(s *shop, id string) error { return s.account.FailPayment(id) }, "requires_payment_method", "unpaid", failed},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, stripetest.Options{})
			session := s.session("payment", s.price(2500, ""))
			s.events()
			if err := s.account.CompleteCheckout(session.ID, test.account); err != nil {
				t.Fatal(err)
			}
			s.wantEvents("payment_intent.created payment_intent.processing charge.pending checkout.session.completed")
			session = must(s.api.CheckoutSessions.Get(session.ID, nil))(t)
			intent := must(s.api.PaymentIntents.Get(session.PaymentIntent.ID, nil))(t)
			if session.Status != "complete" || session.PaymentStatus != "unpaid" || intent.Status != "processing" || s.money() != 0 {
				t.Errorf("at first: session %s and %s, intent %s", session.Status, session.PaymentStatus, intent.Status)
			}
			if err := test.settle(s, intent.ID); err != nil {
				t.Fatal(err)
			}
			s.wantEvents(test.want)
			session = must(s.api.CheckoutSessions.Get(session.ID, nil))(t)
			intent = must(s.api.PaymentIntents.Get(intent.ID, nil))(t)
			if string(session.PaymentStatus) != test.payment || intent.Status != test.intent || (s.money() > 0) != (test.payment == "paid") {
				t.Errorf("at last: session %s, intent %s", session.PaymentStatus, intent.Status)
			}
			s.server.Advance(time.Hour)
			s.wantEvents("")
			if err := s.account.CompletePayment(intent.ID); err == nil {
				t.Error("the bank answered twice")
			}
		})
	}
}

func TestSessionTakesOnlyItsTypes(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	params := sessionParams("payment", s.price(2500, ""))
	params.PaymentMethodTypes = stripe.StringSlice([]string{"card"})
	session := must(s.api.CheckoutSessions.New(params))(t)
	if err := s.account.CompleteCheckout(session.ID, stripetest.ACHSucceeds); err == nil {
		t.Error("a session for cards took a bank account")
	}
	if err := s.account.CompleteCheckout(session.ID, stripetest.CardVisa); err != nil {
		t.Error(err)
	}
}

func TestRefundToABankAccountTakesItsTime(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	params := intentParams("pm_usBankAccount_success")
	params.PaymentMethodTypes, params.Confirm = stripe.StringSlice([]string{"us_bank_account"}), stripe.Bool(true)
	intent := must(s.api.PaymentIntents.New(params))(t)
	if err := s.account.CompletePayment(intent.ID); err != nil {
		t.Fatal(err)
	}
	s.events()
	must(s.api.Refunds.New(&stripe.RefundParams{PaymentIntent: stripe.String(intent.ID)}))(t)
	s.wantEvents("refund.created charge.refunded")
	s.server.Advance(time.Hour)
	s.wantEvents("refund.updated charge.refund.updated")
}
