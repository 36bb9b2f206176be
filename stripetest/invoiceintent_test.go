package stripetest_test

import (
	"net/http"
	"testing"

	"github.com/stripe/stripe-go/v76"

	"github.com/manytenants/payments/stripetest"
)

// TestIntentOfAFirstInvoiceBeginsItsSubscription is the way of sellers with a payment form of their
// own: the subscription waits, the form confirms its intent.
func TestIntentOfAFirstInvoiceBeginsItsSubscription(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	customer := must(s.api.Customers.New(nil))(t)
	params := &stripe.SubscriptionParams{
		Customer: stripe.String(customer.ID), PaymentBehavior: stripe.String("default_incomplete"),
		Items: []*stripe.SubscriptionItemsParams{{Price: stripe.String(s.price(1000, "month"))}},
	}
	params.AddExpand("latest_invoice.payment_intent")
	sub := must(s.api.Subscriptions.New(params))(t)
	intent := sub.LatestInvoice.PaymentIntent
	s.events()
	confirm := func(method string) (*stripe.PaymentIntent, error) {
		return s.api.PaymentIntents.Confirm(intent.ID, &stripe.PaymentIntentConfirmParams{PaymentMethod: stripe.String(method)})
	}
	_, err := confirm("pm_card_chargeDeclined")
	wantError(t, err, http.StatusPaymentRequired, stripe.ErrorCodeCardDeclined, "")
	s.wantEvents("charge.failed payment_intent.payment_failed invoice.updated invoice.payment_failed")
	if got := must(confirm("pm_card_authenticationRequired"))(t); got.Status != "requires_action" {
		t.Errorf("the intent %s", got.Status)
	}
	s.events()
	if err := s.account.CompleteAuthentication(intent.ID); err != nil {
		t.Fatal(err)
	}
	s.wantEvents(`charge.succeeded payment_intent.succeeded customer.subscription.updated
		invoice.updated invoice.paid invoice.payment_succeeded`)
	if got := must(s.api.Subscriptions.Get(sub.ID, nil))(t); got.Status != "active" {
		t.Errorf("the subscription %s", got.Status)
	}
	_, err = s.api.PaymentIntents.Cancel(intent.ID, nil)
	wantError(t, err, http.StatusBadRequest, stripe.ErrorCodePaymentIntentUnexpectedState, "")
}

func TestManualConfirmationFollowsAuthentication(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	params := intentParams("pm_card_authenticationRequired")
	params.Confirm, params.ConfirmationMethod, params.ReturnURL = stripe.Bool(true), stripe.String("manual"), stripe.String("https://shop.example/back")
	intent := must(s.api.PaymentIntents.New(params))(t)
	if err := s.account.CompleteAuthentication(intent.ID); err != nil {
		t.Fatal(err)
	}
	if got := must(s.api.PaymentIntents.Get(intent.ID, nil))(t); got.Status != "requires_confirmation" {
		t.Errorf("authenticated: %s", got.Status)
	}
	if got := must(s.api.PaymentIntents.Confirm(intent.ID, nil))(t); got.Status != "succeeded" {
		t.Errorf("confirmed: %s", got.Status)
	}
	s.wantEvents("payment_intent.created payment_intent.requires_action payment_intent.succeeded charge.succeeded")
}
