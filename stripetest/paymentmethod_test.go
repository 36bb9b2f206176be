package stripetest_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/stripe/stripe-go/v76"

	"github.com/manytenants/payments/stripetest"
)

func TestEachUseOfATestIDIsAMethodOfItsOwn(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	customer := must(s.api.Customers.New(nil))(t)
	s.events()
	attach := func() *stripe.PaymentMethod {
		return must(s.api.PaymentMethods.Attach("pm_card_visa", &stripe.PaymentMethodAttachParams{Customer: stripe.String(customer.ID)}))(t)
	}
	first, second := attach(), attach()
	s.wantEvents("payment_method.attached payment_method.attached")
	if first.ID == second.ID || first.Customer.ID != customer.ID || first.Card.Last4 != "4242" || first.Card.Fingerprint != second.Card.Fingerprint {
		t.Errorf("%+v and %+v", first, second)
	}
	if n := listed(s.api.PaymentMethods.List(&stripe.PaymentMethodListParams{Customer: stripe.String(customer.ID), Type: stripe.String("card")}).Iter); n != 2 {
		t.Errorf("%d methods listed", n)
	}
	if n := listed(s.api.Customers.ListPaymentMethods(&stripe.CustomerListPaymentMethodsParams{Customer: stripe.String(customer.ID), Type: stripe.String("us_bank_account")}).Iter); n != 0 {
		t.Errorf("%d bank accounts listed", n)
	}
}

func TestDetachedMethodIsSpentAndNobodysDefault(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	customer := must(s.api.Customers.New(&stripe.CustomerParams{
		PaymentMethod:   stripe.String("pm_card_visa"),
		InvoiceSettings: &stripe.CustomerInvoiceSettingsParams{DefaultPaymentMethod: stripe.String("pm_card_visa")},
	}))(t)
	s.wantEvents("customer.created payment_method.attached")
	method := customer.InvoiceSettings.DefaultPaymentMethod
	if method == nil {
		t.Fatal("no default payment method")
	}
	must(s.api.PaymentMethods.Detach(method.ID, nil))(t)
	s.wantEvents("payment_method.detached customer.updated")
	if got := must(s.api.Customers.Get(customer.ID, nil))(t); got.InvoiceSettings.DefaultPaymentMethod != nil {
		t.Error("the detached method is still the default")
	}
	_, err := s.api.PaymentMethods.Attach(method.ID, &stripe.PaymentMethodAttachParams{Customer: stripe.String(customer.ID)})
	wantError(t, err, http.StatusBadRequest, "", "")
	_, err = s.api.PaymentMethods.Detach(method.ID, nil)
	wantError(t, err, http.StatusBadRequest, "", "")
}

func TestMethodBelongsToOneCustomer(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	owner, other := must(s.api.Customers.New(nil))(t), must(s.api.Customers.New(nil))(t)
	method := must(s.api.PaymentMethods.Attach("pm_card_visa", &stripe.PaymentMethodAttachParams{Customer: stripe.String(owner.ID)}))(t)
	_, err := s.api.PaymentMethods.Attach(method.ID, &stripe.PaymentMethodAttachParams{Customer: stripe.String(other.ID)})
	wantError(t, err, http.StatusBadRequest, "", "")
	_, err = s.api.Customers.Update(other.ID, &stripe.CustomerParams{InvoiceSettings: &stripe.CustomerInvoiceSettingsParams{DefaultPaymentMethod: stripe.String(method.ID)}})
	wantError(t, err, http.StatusBadRequest, stripe.ErrorCodeResourceMissing, "invoice_settings[default_payment_method]")
	params := intentParams(method.ID)
	_, err = s.api.PaymentIntents.New(params)
	wantError(t, err, http.StatusBadRequest, "", "payment_method")
	params.Customer = stripe.String(other.ID)
	_, err = s.api.PaymentIntents.New(params)
	wantError(t, err, http.StatusBadRequest, "", "payment_method")
	params.Customer = stripe.String(owner.ID)
	must(s.api.PaymentIntents.New(params))(t)
}

func TestMethodOfNobodyPaysOnce(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	method := must(s.api.PaymentMethods.New(&stripe.PaymentMethodParams{
		Type:           stripe.String("card"),
		Card:           &stripe.PaymentMethodCardParams{Token: stripe.String("tok_mastercard")},
		BillingDetails: &stripe.PaymentMethodBillingDetailsParams{Email: stripe.String("a@example.com")},
	}))(t)
	if method.Card.Brand != "mastercard" || method.BillingDetails.Email != "a@example.com" {
		t.Errorf("method %+v", method)
	}
	s.paid(method.ID)
	_, err := s.api.PaymentIntents.New(intentParams(method.ID))
	wantError(t, err, http.StatusBadRequest, "", "")
}

func TestCardsAreCheckedAsTheyAreEntered(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	for name, test := range map[string]struct {
		number      stripetest.Card
		month, year int64
		param       string
		code        stripe.ErrorCode
	}{
		"unknown number": {"4242424242424241", 12, 2030, "card[number]", stripe.ErrorCodeIncorrectNumber},
		"no such month":  {stripetest.CardVisa, 13, 2030, "card[exp_month]", stripe.ErrorCodeInvalidExpiryMonth},
		"last month":     {stripetest.CardVisa, 12, 2023, "card[exp_year]", stripe.ErrorCodeInvalidExpiryYear},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.api.PaymentMethods.New(&stripe.PaymentMethodParams{Type: stripe.String("card"), Card: &stripe.PaymentMethodCardParams{
				Number: stripe.String(string(test.number)), ExpMonth: stripe.Int64(test.month), ExpYear: stripe.Int64(test.year), CVC: stripe.String("123"),
			}})
			wantError(t, err, http.StatusPaymentRequired, test.code, test.param)
		})
	}
}

func TestSavedCardIsUpdatedWithoutItsNumber(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	customer := must(s.api.Customers.New(nil))(t)
	method := must(s.api.PaymentMethods.Attach("pm_card_visa", &stripe.PaymentMethodAttachParams{Customer: stripe.String(customer.ID)}))(t)
	s.events()
	params := &stripe.PaymentMethodParams{Card: &stripe.PaymentMethodCardParams{ExpMonth: stripe.Int64(1), ExpYear: stripe.Int64(2040)}}
	params.AddMetadata("name", "blue")
	got := must(s.api.PaymentMethods.Update(method.ID, params))(t)
	if got.Card.ExpMonth != 1 || got.Card.ExpYear != 2040 || got.Metadata["name"] != "blue" {
		t.Errorf("method %+v", got)
	}
	s.wantEvents("payment_method.updated")
}

func TestSetupMakesAMethodTheCustomers(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	customer := must(s.api.Customers.New(nil))(t)
	s.events()
	intent := must(s.api.SetupIntents.New(&stripe.SetupIntentParams{Customer: stripe.String(customer.ID), PaymentMethodTypes: stripe.StringSlice([]string{"card"})}))(t)
	if intent.Status != "requires_payment_method" || intent.Usage != "off_session" {
		t.Errorf("new: %+v", intent)
	}
	_, err := s.api.SetupIntents.Confirm(intent.ID, &stripe.SetupIntentConfirmParams{PaymentMethod: stripe.String("pm_card_chargeDeclined")})
	var failed *stripe.Error
	if !errors.As(err, &failed) || failed.SetupIntent == nil || failed.SetupIntent.LastSetupError.Code != "card_declined" {
		t.Fatalf("declined: %v", err)
	}
	intent = must(s.api.SetupIntents.Confirm(intent.ID, &stripe.SetupIntentConfirmParams{PaymentMethod: stripe.String("pm_card_chargeCustomerFail")}))(t)
	s.wantEvents("setup_intent.created setup_intent.setup_failed payment_method.attached setup_intent.succeeded")
	if method := must(s.api.PaymentMethods.Get(intent.PaymentMethod.ID, nil))(t); intent.Status != "succeeded" || method.Customer.ID != customer.ID {
		t.Errorf("confirmed: %+v with %+v", intent, method)
	}
	_, err = s.api.SetupIntents.Cancel(intent.ID, nil)
	wantError(t, err, http.StatusBadRequest, stripe.ErrorCodeSetupIntentUnexpectedState, "")
}

func TestCheckoutSavesTheCardItIsToldTo(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	params := sessionParams("payment", s.price(2500, ""))
	params.PaymentIntentData = &stripe.CheckoutSessionPaymentIntentDataParams{SetupFutureUsage: stripe.String("off_session")}
	session := must(s.api.CheckoutSessions.New(params))(t)
	s.events()
	if err := s.account.CompleteCheckout(session.ID, stripetest.CardAuthenticate); err != nil {
		t.Fatal(err)
	}
	s.wantEvents(`customer.created payment_intent.created payment_method.attached payment_intent.succeeded charge.succeeded
		checkout.session.completed charge.updated`)
	intent := must(s.api.PaymentIntents.Get(must(s.api.CheckoutSessions.Get(session.ID, nil))(t).PaymentIntent.ID, nil))(t)
	again := intentParams(intent.PaymentMethod.ID)
	again.Customer, again.Confirm, again.OffSession = stripe.String(intent.Customer.ID), stripe.Bool(true), stripe.Bool(true)
	if got := must(s.api.PaymentIntents.New(again))(t); got.Status != "succeeded" {
		t.Errorf("the saved card: %s", got.Status)
	}
}
