package stripetest_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/stripe/stripe-go/v76"

	"github.com/manytenants/payments/stripetest"
)

// attached is a payment method that a customer has and nobody set up.
func (s *shop) attached(id string) (customer, method string) {
	s.t.Helper()
	customer = must(s.api.Customers.New(nil))(s.t).ID
	attach := &stripe.PaymentMethodAttachParams{Customer: stripe.String(customer)}
	return customer, must(s.api.PaymentMethods.Attach(id, attach))(s.t).ID
}

// pays confirms a new payment intent, and returns its status, or the code of the error.
func (s *shop) pays(customer, method string, offSession bool, usage string) (intentID, outcome string) {
	s.t.Helper()
	params := intentParams(method)
	params.Customer, params.Confirm = stripe.String(customer), stripe.Bool(true)
	if offSession {
		params.OffSession = stripe.Bool(true)
	}
	if usage != "" {
		params.SetupFutureUsage = stripe.String(usage)
	}
	intent, err := s.api.PaymentIntents.New(params)
	var failed *stripe.Error
	if errors.As(err, &failed) {
		return "", string(failed.Code)
	}
	return intent.ID, string(must(intent, err)(s.t).Status)
}

func TestCardAsksOnSessionAlwaysAndOffSessionUntilSetUp(t *testing.T) {
	for id, once := range map[string]string{"pm_card_authenticationRequiredOnSetup": "succeeded", "pm_card_authenticationRequired": "authentication_required"} {
		s := newShop(t, stripetest.Options{})
		customer, method := s.attached(id)
		if _, got := s.pays(customer, method, true, ""); got != "authentication_required" {
			t.Errorf("%s attached, off session: %s", id, got)
		}
		intent, _ := s.pays(customer, method, false, "on_session")
		s.authenticate(intent)
		if _, got := s.pays(customer, method, true, ""); got != "authentication_required" {
			t.Errorf("%s kept for use on session, off session: %s", id, got)
		}
		intent, _ = s.pays(customer, method, false, "off_session")
		s.authenticate(intent)
		if _, got := s.pays(customer, method, true, ""); got != once {
			t.Errorf("%s set up, off session: %s, want %s", id, got, once)
		}
		if _, got := s.pays(customer, method, false, ""); got != "requires_action" {
			t.Errorf("%s set up, on session: %s", id, got)
		}
	}
}

func (s *shop) authenticate(intentID string) {
	s.t.Helper()
	if err := s.account.CompleteAuthentication(intentID); err != nil {
		s.t.Fatal(err)
	}
}

func TestAuthenticatedSetupIntentSetsUpForPaymentsOffSession(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	customer, method := s.attached("pm_card_authenticationRequiredOnSetup")
	intent := must(s.api.SetupIntents.New(&stripe.SetupIntentParams{
		Customer: stripe.String(customer), PaymentMethod: stripe.String(method), Confirm: stripe.Bool(true),
		PaymentMethodTypes: stripe.StringSlice([]string{"card"}),
	}))(t)
	if _, got := s.pays(customer, method, true, ""); got != "authentication_required" {
		t.Errorf("before the authentication: %s", got)
	}
	s.authenticate(intent.ID)
	if _, got := s.pays(customer, method, true, ""); got != "succeeded" {
		t.Errorf("after the authentication: %s", got)
	}
}

func TestFirstPaymentOfASubscriptionSetsItsCardUpForTheNext(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	customer, method := s.attached("pm_card_authenticationRequiredOnSetup")
	params := subscriptionParams(customer, s.price(1000, "month"))
	params.DefaultPaymentMethod = stripe.String(method)
	sub := must(s.api.Subscriptions.New(params))(t)
	s.authenticate(sub.LatestInvoice.PaymentIntent.ID)
	s.server.Advance(32 * day)
	if got := must(s.api.Subscriptions.Get(sub.ID, nil))(t); got.Status != "active" || s.countInvoices(sub.ID, "paid") != 2 {
		t.Errorf("status %s, %d invoices paid", got.Status, s.countInvoices(sub.ID, "paid"))
	}
}

// countInvoices counts those of the subscription in a status.
func (s *shop) countInvoices(subscriptionID, status string) int {
	s.t.Helper()
	return listed(s.api.Invoices.List(&stripe.InvoiceListParams{Subscription: stripe.String(subscriptionID), Status: stripe.String(status)}).Iter)
}

func TestRenewalThatNeedsAuthenticationWaitsForIt(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	sub := s.subscribe(stripetest.CardAlwaysAuthenticates)
	s.server.Advance(month)
	in := must(s.api.Invoices.Get(must(s.api.Subscriptions.Get(sub.ID, nil))(t).LatestInvoice.ID, nil))(t)
	if wait := in.NextPaymentAttempt - s.server.Now().Unix(); in.Status != "draft" || wait <= 0 || wait > 3600 {
		t.Errorf("the renewal is %s, to be paid in %d s, want a draft to be paid within the hour", in.Status, wait)
	}
	s.server.Advance(day)
	s.events()
	in = must(s.api.Invoices.Get(in.ID, nil))(t)
	intent := must(s.api.PaymentIntents.Get(in.PaymentIntent.ID, nil))(t)
	if in.AttemptCount != 1 || in.NextPaymentAttempt == 0 || intent.Status != "requires_action" || intent.NextAction == nil {
		t.Errorf("%d attempts, next at %d, intent %s", in.AttemptCount, in.NextPaymentAttempt, intent.Status)
	}
	_, err := s.api.Invoices.Pay(in.ID, nil)
	wantError(t, err, http.StatusPaymentRequired, "invoice_payment_intent_requires_action", "")
	s.events()
	s.authenticate(intent.ID)
	s.wantEvents("charge.succeeded payment_intent.succeeded " + paid + updated)
}

func TestPaymentMethodOfTheFirstPaymentBecomesTheSubscriptionsDefault(t *testing.T) {
	for save, want := range map[string]stripe.SubscriptionStatus{"on_subscription": "active", "off": "past_due"} {
		s := newShop(t, stripetest.Options{})
		sub := s.start("", func(p *stripe.SubscriptionParams) {
			p.PaymentBehavior = stripe.String("default_incomplete")
			p.PaymentSettings = &stripe.SubscriptionPaymentSettingsParams{SaveDefaultPaymentMethod: stripe.String(save)}
		})
		intent := must(s.api.PaymentIntents.Confirm(sub.LatestInvoice.PaymentIntent.ID, &stripe.PaymentIntentConfirmParams{PaymentMethod: stripe.String("pm_card_visa")}))(t)
		got := must(s.api.Subscriptions.Get(sub.ID, nil))(t)
		if saved := got.DefaultPaymentMethod != nil && got.DefaultPaymentMethod.ID == intent.PaymentMethod.ID; got.Status != "active" || saved != (want == "active") {
			t.Errorf("%s: status %s, default %+v", save, got.Status, got.DefaultPaymentMethod)
		}
		s.server.Advance(32 * day)
		if got := must(s.api.Subscriptions.Get(sub.ID, nil))(t); got.Status != want {
			t.Errorf("%s: status %s after the renewal, want %s", save, got.Status, want)
		}
	}
}

func TestBrandsAreTold(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	for id, want := range map[string][2]string{
		"pm_card_visa_debit": {"visa", "debit"}, "pm_card_mastercard_prepaid": {"mastercard", "prepaid"}, "pm_card_amex": {"amex", "credit"},
		"pm_card_diners": {"diners", "credit"}, "pm_card_jcb": {"jcb", "credit"}, "pm_card_unionpay": {"unionpay", "credit"},
	} {
		_, method := s.attached(id)
		if card := must(s.api.PaymentMethods.Get(method, nil))(t).Card; string(card.Brand) != want[0] || string(card.Funding) != want[1] {
			t.Errorf("%s is %s %s", id, card.Brand, card.Funding)
		}
	}
}
