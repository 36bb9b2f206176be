package stripetest_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/manytenants/payments/stripetest"
)

func TestEndpointMadeOverTheAPIGetsSignedEvents(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	r := newReceiver(t)
	made := must(s.api.WebhookEndpoints.New(&stripe.WebhookEndpointParams{
		URL: stripe.String(r.URL), EnabledEvents: []*string{stripe.String("customer.created")}, APIVersion: stripe.String("2023-10-16"),
	}))(t)
	must(s.api.Customers.New(nil))(t)
	if got := r.kinds(s); got != "customer.created" {
		t.Fatalf("received %q", got)
	}
	wantSigned(t, r, 0, made.Secret, true)

	update := &stripe.WebhookEndpointParams{EnabledEvents: []*string{stripe.String("customer.updated")}}
	must(s.api.WebhookEndpoints.Update(made.ID, update))(t)
	must(s.api.Customers.New(nil))(t)
	if got := r.kinds(s); got != "customer.created" {
		t.Errorf("received %q after other events were asked for", got)
	}
	must(s.api.WebhookEndpoints.Del(made.ID, nil))(t)
	_, err := s.api.WebhookEndpoints.Get(made.ID, nil)
	wantError(t, err, http.StatusNotFound, stripe.ErrorCodeResourceMissing, "id")
}

func wantSigned(t *testing.T, r *receiver, i int, secret string, want bool) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	header := r.headers[i].Get("Stripe-Signature")
	stamp, _, _ := strings.Cut(strings.TrimPrefix(header, "t="), ",")
	moment := time.Unix(must(strconv.ParseInt(stamp, 10, 64))(t), 0)
	_, v1, _ := strings.Cut(stripetest.Sign(r.raw[i], secret, moment), ",")
	if strings.Contains(header, v1) != want {
		t.Errorf("signature by the secret: %v (%s)", !want, header)
	}
}

func TestSecretIsAnsweredOnceOnly(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	made := must(s.api.WebhookEndpoints.New(&stripe.WebhookEndpointParams{
		URL: stripe.String("https://shop.example/hook"), EnabledEvents: []*string{stripe.String("*")},
	}))(t)
	again := must(s.api.WebhookEndpoints.Get(made.ID, nil))(t)
	if !strings.HasPrefix(made.Secret, "whsec_") || again.Secret != "" {
		t.Errorf("made with %q, then shown with %q", made.Secret, again.Secret)
	}
}

func TestEndpointsAreCheckedAsStripeDoes(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	for name, test := range map[string]struct {
		form  url.Values
		param string
	}{
		"no url":          {url.Values{"enabled_events[]": {"*"}}, "url"},
		"relative url":    {url.Values{"enabled_events[]": {"*"}, "url": {"/hook"}}, "url"},
		"other scheme":    {url.Values{"enabled_events[]": {"*"}, "url": {"ftp://shop.example"}}, "url"},
		"unknown event":   {url.Values{"enabled_events[]": {"invoice.paid", "invoice.payed"}, "url": {"https://shop.example"}}, "enabled_events[1]"},
		"pattern":         {url.Values{"enabled_events[]": {"invoice.*"}, "url": {"https://shop.example"}}, "enabled_events[0]"},
		"unknown version": {url.Values{"enabled_events[]": {"*"}, "url": {"https://shop.example"}, "api_version": {"2023-10-17"}}, "api_version"},
	} {
		status, body := s.ask(http.MethodPost, "/v1/webhook_endpoints", "2025-03-31.basil", test.form)
		if param, _ := at(body, "error.param"); status != http.StatusBadRequest || param != test.param {
			t.Errorf("%s: %d %v", name, status, body)
		}
	}
	form := url.Values{"enabled_events[]": {"invoice_payment.paid"}, "url": {"https://shop.example"}, "api_version": {"2025-09-30.clover"}}
	if status, body := s.ask(http.MethodPost, "/v1/webhook_endpoints", "2025-03-31.basil", form); status != http.StatusOK {
		t.Errorf("an endpoint of a newer version: %v", body)
	}
}

func TestSeventeenthEndpointIsRefused(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	params := &stripe.WebhookEndpointParams{URL: stripe.String("https://shop.example"), EnabledEvents: []*string{stripe.String("account.updated")}}
	for range 15 { // the shop has one
		must(s.api.WebhookEndpoints.New(params))(t)
	}
	_, err := s.api.WebhookEndpoints.New(params)
	wantError(t, err, http.StatusBadRequest, "", "")
	defer func() {
		if recover() == nil {
			t.Error("AddWebhook added a seventeenth")
		}
	}()
	s.account.AddWebhook(stripetest.WebhookOptions{URL: "https://shop.example"})
}

func TestRolledSecretSignsBesideTheNewOneUntilItEnds(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	r, endpoint := s.listen("", "customer.created")
	before := endpoint.Secret()
	after := endpoint.RollSecret(2 * time.Hour)
	if after != endpoint.Secret() || after == before {
		t.Error("RollSecret didn't return the new secret")
	}
	must(s.api.Customers.New(nil))(t)
	s.events()
	s.server.Advance(2 * time.Hour)
	must(s.api.Customers.New(nil))(t)
	s.events()
	wantSigned(t, r, 0, before, true)
	wantSigned(t, r, 0, after, true)
	wantSigned(t, r, 1, before, false)
	wantSigned(t, r, 1, after, true)
}

func TestDisabledEndpointMissesWhatHappens(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	r, endpoint := s.listen("", "customer.created")
	endpoint.Disable()
	must(s.api.Customers.New(nil))(t)
	if got := must(s.api.WebhookEndpoints.Get(endpoint.ID(), nil))(t); got.Status != "disabled" || !endpoint.Disabled() {
		t.Errorf("shown as %s", got.Status)
	}
	endpoint.Enable()
	must(s.api.Customers.New(nil))(t)
	if got := r.kinds(s); got != "customer.created" {
		t.Errorf("received %q, want only what happened after", got)
	}
}

func TestDisabledEndpointIsNotTriedAgain(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	r, endpoint := s.listen("", "customer.created")
	r.answer(http.StatusInternalServerError)
	must(s.api.Customers.New(nil))(t)
	r.got(s)
	endpoint.Disable()
	s.server.Advance(24 * time.Hour)
	endpoint.Enable()
	s.server.Advance(24 * time.Hour)
	if got := len(r.got(s)); got != 1 {
		t.Errorf("tried %d times", got)
	}
}

func TestEndpointThatKeepsFailingIsDisabled(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	r, endpoint := s.listen("", "customer.created")
	r.answer(http.StatusBadGateway)
	for day := range 10 {
		if endpoint.Disabled() {
			t.Errorf("disabled after %d days", day)
		}
		must(s.api.Customers.New(nil))(t)
		s.server.Advance(24 * time.Hour)
	}
	if !endpoint.Disabled() {
		t.Error("still enabled after ten days of failures")
	}
}

func TestAnEndpointsIDIsReadWhileItChanges(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	_, endpoint := s.listen("", "customer.created")
	var both sync.WaitGroup
	both.Go(endpoint.Disable)
	both.Go(func() {
		if endpoint.ID() == "" {
			t.Error("an endpoint without an id")
		}
	})
	both.Wait()
}

func TestMisspeltEventPanicsWithTheNearest(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	for name, nearest := range map[string]string{
		"invoice.payed": "invoice.paid", "checkout.session.complete": "checkout.session.completed", "invoices.*": "invoice.", "refund.fail": "refund.failed",
		"invoice_payment.*": "", "*": "", "customer.subscription.*": "",
	} {
		text := func() (text string) {
			defer func() {
				if wrong := recover(); wrong != nil {
					text = fmt.Sprint(wrong)
				}
			}()
			s.account.AddWebhookEndpoint("http://shop.test", name)
			return ""
		}()
		if (text == "") != (nearest == "") || !strings.Contains(text, nearest) {
			t.Errorf("%s: %q, want it to name %q", name, text, nearest)
		}
	}
}
