package stripetest_test

import (
	"errors"
	"testing"

	"github.com/stripe/stripe-go/v76"

	"github.com/manytenants/payments/stripetest"
)

func TestSubscriptionCheckoutTellsStripesSequence(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	price := s.price(1000, "month")
	params := sessionParams("subscription", price)
	params.SubscriptionData = &stripe.CheckoutSessionSubscriptionDataParams{Metadata: map[string]string{"user": "u1"}}
	params.AddMetadata("cart", "c1")
	session := must(s.api.CheckoutSessions.New(params))(t)
	s.events()
	if err := s.account.CompleteCheckout(session.ID, stripetest.CardVisa); err != nil {
		t.Fatal(err)
	}
	s.wantEvents(`customer.created customer.subscription.created invoice.created invoice.finalized
		payment_intent.created charge.succeeded payment_intent.succeeded customer.subscription.updated
		invoice.updated invoice.paid invoice.payment_succeeded checkout.session.completed`)

	get := &stripe.CheckoutSessionParams{}
	get.AddExpand("subscription.latest_invoice.payment_intent.latest_charge")
	get.AddExpand("line_items")
	session = must(s.api.CheckoutSessions.Get(session.ID, get))(t)
	sub := session.Subscription
	if session.Status != "complete" || session.PaymentStatus != "paid" || session.Metadata["cart"] != "c1" || session.LineItems.Data[0].Price.ID != price {
		t.Errorf("session %+v", session)
	}
	if sub.Status != "active" || sub.Metadata["user"] != "u1" || sub.Items.Data[0].Price.ID != price {
		t.Errorf("subscription %+v", sub)
	}
	if end := start.AddDate(0, 1, 0).Unix(); sub.CurrentPeriodStart != start.Unix() || sub.CurrentPeriodEnd != end {
		t.Errorf("period %d to %d, want it to end at %d", sub.CurrentPeriodStart, sub.CurrentPeriodEnd, end)
	}
	if in := sub.LatestInvoice; !in.Paid || in.AmountPaid != 1000 || in.PaymentIntent.LatestCharge.Amount != 1000 || in.Lines.Data[0].Amount != 1000 {
		t.Errorf("invoice %+v", in)
	}
}

func TestOneTimeCheckoutTellsStripesSequence(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	customer := must(s.api.Customers.New(&stripe.CustomerParams{Email: stripe.String("a@example.com")}))(t)
	params := sessionParams("payment", s.price(2500, ""))
	params.Customer = stripe.String(customer.ID)
	params.PaymentIntentData = &stripe.CheckoutSessionPaymentIntentDataParams{Metadata: map[string]string{"order": "7"}}
	session := must(s.api.CheckoutSessions.New(params))(t)
	s.events()
	if err := s.account.CompleteCheckout(session.ID, stripetest.CardVisa); err != nil {
		t.Fatal(err)
	}
	s.wantEvents("payment_intent.created payment_intent.succeeded charge.succeeded checkout.session.completed charge.updated")
	session = must(s.api.CheckoutSessions.Get(session.ID, nil))(t)
	intent := must(s.api.PaymentIntents.Get(session.PaymentIntent.ID, nil))(t)
	if intent.Status != "succeeded" || intent.Metadata["order"] != "7" || intent.Customer.ID != customer.ID {
		t.Errorf("intent %+v", intent)
	}
}

func TestDeclinedCheckoutStaysOpen(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	for _, mode := range []string{"payment", "subscription"} {
		interval := map[string]string{"subscription": "month"}[mode]
		session := s.session(mode, s.price(500, interval))
		err := s.account.CompleteCheckout(session.ID, stripetest.CardDeclined)
		var failed *stripetest.Error
		if !errors.As(err, &failed) || failed.Code != "card_declined" {
			t.Fatalf("%s: got %v, want card_declined", mode, err)
		}
		if err := s.account.CompleteCheckout(session.ID, stripetest.CardVisa); err != nil {
			t.Errorf("%s: the second card: %v", mode, err)
		}
		if err := s.account.CompleteCheckout(session.ID, stripetest.CardVisa); err == nil {
			t.Errorf("%s: a complete session was paid again", mode)
		}
	}
}

func TestInlinePriceDataMakesProductAndPrice(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	params := sessionParams("payment", "")
	params.LineItems = []*stripe.CheckoutSessionLineItemParams{{
		Quantity: stripe.Int64(3),
		PriceData: &stripe.CheckoutSessionLineItemPriceDataParams{
			Currency: stripe.String("eur"), UnitAmount: stripe.Int64(200),
			ProductData: &stripe.CheckoutSessionLineItemPriceDataProductDataParams{Name: stripe.String("Sticker")},
		},
	}}
	session := must(s.api.CheckoutSessions.New(params))(t)
	if session.AmountTotal != 600 || session.Currency != "eur" {
		t.Errorf("session %+v", session)
	}
}

func TestSessionExpiresAfterADay(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	session := s.session("payment", s.price(500, ""))
	s.events()
	s.server.Advance(sessionDay)
	s.wantEvents("checkout.session.expired")
	if err := s.account.CompleteCheckout(session.ID, stripetest.CardVisa); err == nil {
		t.Error("an expired session was paid")
	}
}

func TestSessionOfADeletedCustomerCannotBeCompleted(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	customer := s.customer("")
	params := sessionParams("payment", s.price(1000, ""))
	params.Customer = stripe.String(customer)
	session := must(s.api.CheckoutSessions.New(params))(t)
	must(s.api.Customers.Del(customer, nil))(t)
	s.events()
	for _, pay := range []func() error{
		func() error { return s.account.CompleteCheckout(session.ID, stripetest.CardVisa) },
		func() error { return s.account.AuthenticateCheckout(session.ID, stripetest.CardAuthenticate, true) },
	} {
		var failed *stripetest.Error
		if err := pay(); !errors.As(err, &failed) || failed.Code != "resource_missing" {
			t.Errorf("got %v, want resource_missing", err)
		}
	}
	s.wantEvents("")
}
