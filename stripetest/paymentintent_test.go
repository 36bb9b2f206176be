package stripetest_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/manytenants/payments/stripetest"
)

// intentParams are those of a payment of 20 dollars by card.
func intentParams(method string) *stripe.PaymentIntentParams {
	params := &stripe.PaymentIntentParams{
		Amount: stripe.Int64(2000), Currency: stripe.String("usd"), PaymentMethodTypes: stripe.StringSlice([]string{"card"}),
	}
	if method != "" {
		params.PaymentMethod = stripe.String(method)
	}
	return params
}

// paid is a confirmed payment with the test method.
func (s *shop) paid(method string) *stripe.PaymentIntent {
	s.t.Helper()
	params := intentParams(method)
	params.Confirm = stripe.Bool(true)
	intent := must(s.api.PaymentIntents.New(params))(s.t)
	s.events()
	return intent
}

func TestIntentGoesFromMethodToConfirmationToSuccess(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	intent := must(s.api.PaymentIntents.New(intentParams("")))(t)
	if intent.Status != "requires_payment_method" || intent.AutomaticPaymentMethods != nil {
		t.Errorf("new: %s", intent.Status)
	}
	intent = must(s.api.PaymentIntents.Update(intent.ID, &stripe.PaymentIntentParams{Amount: stripe.Int64(2500), PaymentMethod: stripe.String("pm_card_mastercard")}))(t)
	if intent.Status != "requires_confirmation" || intent.Amount != 2500 {
		t.Errorf("with a method: %s of %d", intent.Status, intent.Amount)
	}
	intent = must(s.api.PaymentIntents.Confirm(intent.ID, nil))(t)
	if intent.Status != "succeeded" || intent.AmountReceived != 2500 || intent.LatestCharge == nil {
		t.Errorf("confirmed: %s, received %d", intent.Status, intent.AmountReceived)
	}
	s.wantEvents("payment_intent.created payment_intent.succeeded charge.succeeded")
	_, err := s.api.PaymentIntents.Confirm(intent.ID, nil)
	wantError(t, err, http.StatusBadRequest, stripe.ErrorCodePaymentIntentUnexpectedState, "")
	_, err = s.api.PaymentIntents.Update(intent.ID, &stripe.PaymentIntentParams{Amount: stripe.Int64(1)})
	wantError(t, err, http.StatusBadRequest, stripe.ErrorCodePaymentIntentUnexpectedState, "")
}

func TestDeclineLeavesTheIntentForAnotherCard(t *testing.T) {
	for name, want := range map[string]struct {
		code    stripe.ErrorCode
		decline stripe.DeclineCode
	}{
		"chargeDeclined":                  {"card_declined", "generic_decline"},
		"visa_chargeDeclined":             {"card_declined", "generic_decline"},
		"chargeDeclinedInsufficientFunds": {"card_declined", "insufficient_funds"},
		"chargeDeclinedExpiredCard":       {"expired_card", "expired_card"},
		"chargeDeclinedIncorrectCvc":      {"incorrect_cvc", "incorrect_cvc"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, stripetest.Options{})
			params := intentParams("pm_card_" + name)
			params.Confirm = stripe.Bool(true)
			_, err := s.api.PaymentIntents.New(params)
			var failed *stripe.Error
			if !errors.As(err, &failed) || failed.Code != want.code || failed.DeclineCode != want.decline || failed.HTTPStatusCode != http.StatusPaymentRequired {
				t.Fatalf("got %v", err)
			}
			intent := must(s.api.PaymentIntents.Get(failed.PaymentIntent.ID, nil))(t)
			if last := intent.LastPaymentError; intent.Status != "requires_payment_method" || last.Code != want.code || last.PaymentMethod == nil || intent.PaymentMethod != nil {
				t.Errorf("intent %s with %+v", intent.Status, last)
			}
			s.wantEvents("payment_intent.created charge.failed payment_intent.payment_failed")
			if intent = must(s.api.PaymentIntents.Confirm(intent.ID, &stripe.PaymentIntentConfirmParams{PaymentMethod: stripe.String("pm_card_visa")}))(t); intent.Status != "succeeded" {
				t.Errorf("the second card: %s", intent.Status)
			}
		})
	}
}

func TestAuthenticationIsTheNextActionOfAnIntent(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	params := intentParams("pm_card_authenticationRequiredOnSetup")
	params.Confirm, params.ReturnURL = stripe.Bool(true), stripe.String("https://shop.example/back?order=7")
	intent := must(s.api.PaymentIntents.New(params))(t)
	if intent.Status != "requires_action" || intent.NextAction.Type != "redirect_to_url" {
		t.Fatalf("%s with %+v", intent.Status, intent.NextAction)
	}
	s.wantEvents("payment_intent.created payment_intent.requires_action")
	page := intent.NextAction.RedirectToURL.URL
	for _, step := range []struct{ button, redirect, status string }{
		{"fail", "failed", "requires_payment_method"}, {"complete", "succeeded", "succeeded"},
	} {
		if intent.Status != "requires_action" {
			intent = must(s.api.PaymentIntents.Confirm(intent.ID, &stripe.PaymentIntentConfirmParams{
				PaymentMethod: stripe.String("pm_card_authenticationRequired"), ReturnURL: params.ReturnURL,
			}))(t)
		}
		back := must(url.Parse(press(t, page, step.button)))(t)
		if q := back.Query(); back.Host != "shop.example" || q.Get("order") != "7" || q.Get("payment_intent") != intent.ID || q.Get("redirect_status") != step.redirect {
			t.Errorf("%s leads to %s", step.button, back)
		}
		if intent = must(s.api.PaymentIntents.Get(intent.ID, nil))(t); string(intent.Status) != step.status {
			t.Errorf("after %s: %s", step.button, intent.Status)
		}
	}
	s.wantEvents("payment_intent.payment_failed payment_intent.requires_action payment_intent.succeeded charge.succeeded")
}

// press posts the button of a page and returns where it leads.
func press(t *testing.T, page, button string) string {
	t.Helper()
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	shown, err := browser.Get(page)
	if err != nil || shown.StatusCode != http.StatusOK || shown.Body.Close() != nil {
		t.Fatalf("the page answers %v (%v)", shown, err)
	}
	answer, err := browser.Post(page, "application/x-www-form-urlencoded", strings.NewReader("result="+button))
	if err != nil || answer.StatusCode != http.StatusSeeOther || answer.Body.Close() != nil {
		t.Fatalf("the button answers %v (%v)", answer, err)
	}
	return answer.Header.Get("Location")
}

func TestNobodyAuthenticatesOffSession(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	customer := must(s.api.Customers.New(nil))(t).ID
	charge := func(method string) error {
		params := intentParams(method)
		params.Customer, params.Confirm, params.OffSession = stripe.String(customer), stripe.Bool(true), stripe.Bool(true)
		_, err := s.api.PaymentIntents.New(params)
		return err
	}
	for name, later := range map[string]bool{"authenticationRequired": false, "authenticationRequiredOnSetup": true} {
		setup := must(s.api.SetupIntents.New(&stripe.SetupIntentParams{
			Customer: stripe.String(customer), PaymentMethod: stripe.String("pm_card_" + name), Confirm: stripe.Bool(true),
			PaymentMethodTypes: stripe.StringSlice([]string{"card"}),
		}))(t)
		wantError(t, charge("pm_card_"+name), http.StatusPaymentRequired, stripe.ErrorCodeAuthenticationRequired, "")
		if err := s.account.CompleteAuthentication(setup.ID); err != nil {
			t.Fatal(err)
		}
		if err := charge(setup.PaymentMethod.ID); (err == nil) != later {
			t.Errorf("%s, once set up: %v", name, err)
		}
	}
}

func TestCaptureTakesAtMostWhatWasAuthorized(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	params := intentParams("pm_card_visa")
	params.Confirm, params.CaptureMethod = stripe.Bool(true), stripe.String("manual")
	intent := must(s.api.PaymentIntents.New(params))(t)
	s.wantEvents("payment_intent.created payment_intent.amount_capturable_updated charge.succeeded")
	if intent.Status != "requires_capture" || intent.AmountCapturable != 2000 {
		t.Errorf("authorized: %s, %d", intent.Status, intent.AmountCapturable)
	}
	_, err := s.api.PaymentIntents.Capture(intent.ID, &stripe.PaymentIntentCaptureParams{AmountToCapture: stripe.Int64(2001)})
	wantError(t, err, http.StatusBadRequest, stripe.ErrorCodeAmountTooLarge, "amount_to_capture")
	capture := &stripe.PaymentIntentCaptureParams{AmountToCapture: stripe.Int64(1500)}
	capture.AddExpand("latest_charge.balance_transaction")
	intent = must(s.api.PaymentIntents.Capture(intent.ID, capture))(t)
	charge := intent.LatestCharge
	if intent.Status != "succeeded" || intent.AmountReceived != 1500 || charge.AmountCaptured != 1500 || charge.AmountRefunded != 500 || charge.BalanceTransaction.Amount != 1500 {
		t.Errorf("captured: %s, received %d, charge %+v", intent.Status, intent.AmountReceived, charge)
	}
	s.wantEvents("charge.captured payment_intent.succeeded")
}

func TestAuthorizationEndsWithCancellationOrAfterAWeek(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	params := intentParams("pm_card_visa")
	params.Confirm, params.CaptureMethod = stripe.Bool(true), stripe.String("manual")
	first, second := must(s.api.PaymentIntents.New(params))(t), must(s.api.PaymentIntents.New(params))(t)
	s.events()
	canceled := must(s.api.PaymentIntents.Cancel(first.ID, &stripe.PaymentIntentCancelParams{CancellationReason: stripe.String("abandoned")}))(t)
	if canceled.Status != "canceled" || canceled.CancellationReason != "abandoned" {
		t.Errorf("%s for %s", canceled.Status, canceled.CancellationReason)
	}
	s.wantEvents("charge.refunded payment_intent.canceled")
	s.server.Advance(7 * 24 * time.Hour)
	s.wantEvents("charge.expired payment_intent.canceled")
	if got := must(s.api.PaymentIntents.Get(second.ID, nil))(t); got.CancellationReason != "automatic" {
		t.Errorf("%s for %s", got.Status, got.CancellationReason)
	}
	_, err := s.api.PaymentIntents.Capture(second.ID, nil)
	wantError(t, err, http.StatusBadRequest, stripe.ErrorCodePaymentIntentUnexpectedState, "")
	if b := must(s.api.Balance.Get(nil))(t); b.Pending[0].Amount != 0 {
		t.Errorf("%d came of authorizations", b.Pending[0].Amount)
	}
}

func TestIntentsAreCheckedBeforeAnythingHappens(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	for name, test := range map[string]struct {
		body, param string
		code        stripe.ErrorCode
	}{
		"too small":           {"amount=49&currency=usd", "amount", stripe.ErrorCodeAmountTooSmall},
		"no such customer":    {"amount=500&currency=usd&customer=cus_none", "customer", stripe.ErrorCodeResourceMissing},
		"no such method":      {"amount=500&currency=usd&payment_method=pm_none", "payment_method", stripe.ErrorCodeResourceMissing},
		"unknown type":        {"amount=500&currency=usd&payment_method_types[]=klarna", "payment_method_types", "payment_intent_invalid_parameter"},
		"euros only":          {"amount=500&currency=usd&payment_method_types[]=sepa_debit", "payment_method_types", "payment_intent_invalid_currency"},
		"nothing to confirm":  {"amount=500&currency=usd&payment_method_types[]=card&confirm=true", "", stripe.ErrorCodePaymentIntentUnexpectedState},
		"nowhere to return":   {"amount=500&currency=usd&payment_method=pm_card_visa&confirm=true", "", ""},
		"method not accepted": {"amount=500&currency=usd&payment_method=pm_usBankAccount_success&payment_method_types[]=card", "payment_method", "payment_intent_invalid_parameter"},
	} {
		t.Run(name, func(t *testing.T) {
			err := s.api.PaymentIntents.B.CallRaw(http.MethodPost, "/v1/payment_intents", shopKey, formBody(test.body), &stripe.Params{}, &stripe.PaymentIntent{})
			wantError(t, err, http.StatusBadRequest, test.code, test.param)
		})
	}
	s.wantEvents("")
	if n := len(s.account.Objects("payment_intent")); n != 0 {
		t.Errorf("%d intents of refused requests", n)
	}
}
