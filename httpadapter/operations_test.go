package httpadapter_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/stripetest"
)

// operation is a request that works once shop is configured and carol has a subscription.
type operation struct {
	method, target, token, body string
	stripe                      bool // it changes something at Stripe
}

func (o operation) name() string { return o.method + " " + o.target }

var operations = []operation{
	{"GET", "/stripe/projects/shop/config", alice, "", false},
	{"PUT", "/stripe/projects/shop/config", alice, `{}`, false},
	{"DELETE", "/stripe/projects/shop/config", alice, "", false},
	{"GET", "/stripe/projects/shop/webhook-urls", alice, "", false},
	{"POST", "/stripe/projects/shop/validate-credentials", alice, `{"secret_key":"` + testKey + `"}`, false},
	{"GET", "/stripe/projects/shop/subscriptions", alice, "", false},
	{"GET", "/stripe/projects/shop/payments", alice, "", false},
	{"GET", "/subscriptions", alice, "", false},
	{"GET", "/transactions", alice, "", false},
	{"GET", "/projects", alice, "", false},
	{"GET", "/stats", alice, "", false},
	{"POST", "/stripe/checkout-session", carol, checkoutBody("price_1", `,"allow_existing_subscription":true`), true},
	{"POST", "/stripe/customer-portal", carol, `{"return_url":"https://app.example/"}`, true},
	{"GET", "/stripe/my-subscription", carol, "", false},
	{"GET", "/stripe/my-payments", carol, "", false},
	{"POST", "/stripe/cancel-subscription", carol, `{}`, true},
	{"POST", "/stripe/resume-subscription", carol, `{}`, true},
	{"POST", "/stripe/update-subscription", carol, `{"new_price_id":"price_1"}`, true},
}

func TestEachSideNeedsATokenOfItsOwn(t *testing.T) {
	w := newWorld(t)
	w.configure()
	for _, o := range operations {
		other := carol
		if o.token == carol {
			other = alice
		}
		for _, token := range []string{"", "garbage", other} {
			got := w.do(o.method, o.target, token, o.body).want(http.StatusUnauthorized)
			if got.header.Get("WWW-Authenticate") != "Bearer" {
				t.Errorf("%s: WWW-Authenticate %q", o.name(), got.header.Get("WWW-Authenticate"))
			}
		}
	}
}

func TestHostsFailureIsToldByItsKindAlone(t *testing.T) {
	w := newWorld(t)
	failures := []struct {
		status int
		fault  func() error
	}{
		{503, func() error { return errors.New("canary: dial tcp 10.0.0.7:5432") }},
		{504, func() error { return &payments.Error{Kind: payments.ErrTimeout, Err: errors.New("canary")} }},
		{500, func() error { return &payments.Error{Kind: errors.New("canary kind"), Message: "canary message"} }},
		{500, func() error { panic("canary panic of " + testKey) }},
		{500, func() error { panic(&payments.Error{Message: "canary"}) }},
	}
	for _, f := range failures {
		w.auth.fault.Store(&f.fault)
		for _, o := range operations {
			got := w.do(o.method, o.target, o.token, o.body).want(f.status)
			if strings.Contains(got.body, "canary") || strings.Contains(got.body, "goroutine") {
				t.Errorf("%s tells %s", o.name(), got.body)
			}
			if id := got.header.Get("X-Request-ID"); got.json()["request_id"] != id || !strings.Contains(w.log.String(), id) {
				t.Errorf("%s: request %s isn't in the log", o.name(), id)
			}
		}
	}
	w.auth.fault.Store(nil)
	w.do("GET", "/projects", alice, "").want(200) // it lives
	w.log.text.Reset()                            // the host's own error texts are logged; its panics' values are not
}

func TestPanicsValueIsNotLogged(t *testing.T) {
	w := newWorld(t)
	fault := func() error { panic("canary " + testKey) }
	w.auth.fault.Store(&fault)
	w.do("GET", "/projects", alice, "").want(500)
	if log := w.log.String(); !strings.Contains(log, "panic=string") || !strings.Contains(log, "path=/api/v1/payments/projects") || !strings.Contains(log, "(*directory).ask") {
		t.Errorf("the log says neither what panicked nor where:\n%s", log)
	}
}

func TestStripesRefusalIsToldWithoutItsText(t *testing.T) {
	w := newWorld(t)
	w.configure()
	w.buy(carol, w.price(testKey, "Pro", "usd", "1900", true), "")
	w.do("POST", "/stripe/cancel-subscription", carol, "").want(200) // so that resume has something to do
	answers := []struct {
		status int
		answer *stripeAnswer
	}{
		{502, stripeError(401, "invalid_request_error", "", "")},
		{502, stripeError(403, "invalid_request_error", "", "")},
		{409, stripeError(400, "idempotency_error", "", "")},
		{400, stripeError(402, "card_error", "card_declined", "")},
		{503, stripeError(429, "invalid_request_error", "rate_limit", "")},
		{503, &stripeAnswer{status: 200, body: `<html>canary</html>`}},
		{503, &stripeAnswer{status: 200, body: `{"object":"another"}`}},
	}
	for _, a := range answers {
		w.door.answer.Store(a.answer)
		for _, o := range operations {
			if !o.stripe || a.status == 400 && o.target == "/stripe/customer-portal" { // which takes no payment
				continue
			}
			got := w.do(o.method, o.target, o.token, o.body).want(a.status)
			if strings.Contains(got.body, "canary") || strings.Contains(got.body, "sk_test") {
				t.Errorf("%s tells %s", o.name(), got.body)
			}
			if wait := got.header.Get("Retry-After"); a.answer.status == 429 && wait != "1" {
				t.Errorf("%s: Retry-After %q", o.name(), wait)
			}
		}
	}
}

func TestUnknownPriceIsTheCallersMistake(t *testing.T) {
	w := newWorld(t)
	w.configure()
	if got := w.do("POST", "/stripe/checkout-session", carol, checkoutBody("price_unknown", "")).fields(); got[0] != "price_id" {
		t.Errorf("%v", got)
	}
	w.buy(carol, w.price(testKey, "Pro", "usd", "1900", true), "")
	w.do("POST", "/stripe/update-subscription", carol, `{"new_price_id":"price_unknown"}`).want(400)
}

func TestNothingConfiguredIsNotFound(t *testing.T) {
	w := newWorld(t)
	w.do("POST", "/stripe/checkout-session", carol, checkoutBody("price_1", "")).want(404)
	w.do("POST", "/stripe/customer-portal", carol, `{"return_url":"https://app.example/"}`).want(404)
	w.do("POST", "/stripe/cancel-subscription", carol, "").want(404)
	w.do("POST", "/stripe/resume-subscription", carol, "").want(404)
	w.do("POST", "/stripe/update-subscription", carol, `{"new_price_id":"price_1"}`).want(404)
	w.do("DELETE", "/stripe/projects/shop/config", alice, "").want(404)
}

func TestProjectsOfOthersAreForbiddenAndUnknownOnesNotFound(t *testing.T) {
	w := newWorld(t)
	w.configure()
	var unknown string
	for _, o := range operations {
		if !strings.Contains(o.target, "/shop/") {
			continue
		}
		w.do(o.method, o.target, bob, o.body).want(http.StatusForbidden)
		for _, id := range []string{"nowhere", "shop2", "SHOP"} {
			got := w.do(o.method, strings.Replace(o.target, "shop", id, 1), alice, o.body, header("X-Request-ID", "same")).want(http.StatusNotFound)
			if unknown == "" {
				unknown = got.body
			}
			if got.body != unknown {
				t.Errorf("%s: %s and %s differ", o.name(), got.body, unknown)
			}
		}
	}
	for _, list := range []string{"/subscriptions", "/transactions"} {
		w.do("GET", list+"?project_id=shop", alice, "").want(200)
		w.do("GET", list+"?project_id=kiosk", alice, "").want(403)
		w.do("GET", list+"?project_id=nowhere", alice, "").want(404)
	}
}

func TestWebhookFailuresMakeStripeTryAgain(t *testing.T) {
	w := newWorld(t)
	w.configureWebhook()
	for _, f := range []struct {
		status int
		fault  func() error
	}{
		{503, func() error { return errors.New("canary: disk I/O error") }},
		{504, func() error { return context.DeadlineExceeded }},
		{500, func() error { panic("canary") }},
	} {
		w.store.fault.Store(&f.fault)
		if got := w.deliver(`{"id":"evt_1","object":"event","type":"ping","livemode":false}`).want(f.status); strings.Contains(got.body, "canary") {
			t.Errorf("it tells %s", got.body)
		}
	}
	w.store.fault.Store(nil)
	w.deliver(`{"id":"evt_1","object":"event","type":"ping","livemode":false}`).want(200)
	w.log.text.Reset() // the store's own error texts are logged
}

// configureWebhook gives shop a webhook secret that the test knows.
func (w *world) configureWebhook() {
	w.t.Helper()
	w.do("PUT", "/stripe/projects/shop/config", alice, `{"test_webhook_secret":"`+webhookSecret+`"}`).want(200)
}

// deliver posts a webhook that is signed as it should be.
func (w *world) deliver(body string, edit ...func(*http.Request)) answer {
	w.t.Helper()
	signed := header("Stripe-Signature", stripetest.Sign([]byte(body), webhookSecret, time.Now()))
	return w.do("POST", "/stripe/webhooks/shop/test", "", body, append([]func(*http.Request){signed}, edit...)...)
}
