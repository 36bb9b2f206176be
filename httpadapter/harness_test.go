package httpadapter_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/httpadapter"
	"github.com/manytenants/payments/store/sqlite"
	"github.com/manytenants/payments/stripetest"
)

const prefix = "/api/v1/payments"

// The keys of the project "shop".
const (
	testKey       = "sk_test_canary0123456789aBcD"
	liveKey       = "sk_live_canary0123456789eFgH"
	publishable   = "pk_test_canary0123456789iJkL"
	webhookSecret = "whsec_canary0123456789mNoP"
)

// world is a host with the library, a Stripe, and clients that check every exchange.
type world struct {
	t          *testing.T
	service    *payments.Service
	handler    *httpadapter.Handler
	auth       *directory
	store      *faultyStore
	stripe     *stripetest.Server
	test, live *stripetest.Account
	web        *httptest.Server
	client     *http.Client
	door       stripeDoor
	log        *logBuffer
}

// logBuffer is a log that tests can read while it is written.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write appends to the log.
func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// String is the log so far.
func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func newWorld(t *testing.T, opts ...func(*payments.Options, *httpadapter.Options)) *world {
	t.Helper()
	w := &world{t: t, auth: &directory{}, log: &logBuffer{}}
	logger := slog.New(slog.NewTextHandler(w.log, nil))
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "payments.db"), &sqlite.Options{Logger: logger})
	w.must(err)
	t.Cleanup(func() { _ = store.Close() })
	w.store = &faultyStore{Store: store}
	w.stripe = stripetest.New(&stripetest.Options{
		ManualDelivery: true, BaseURL: "https://stripe.test",
		HTTPClient: &http.Client{Transport: checked{t, handlerOf(func() http.Handler { return w.handler })}},
	})
	t.Cleanup(w.stripe.Close)
	w.door.stripe = stripetest.Transport(w.stripe)
	w.test, w.live = w.stripe.NewAccount(stripetest.AccountOptions{TestKey: testKey, LiveKey: liveKey})
	ring, err := payments.NewKeyRing(payments.Key{ID: "k1", Secret: payments.NewSecret(strings.Repeat("7", 32))})
	w.must(err)
	service := payments.Options{
		PublicURL: "http://api.test", StripeURL: "https://stripe.test", Workers: -1, Logger: logger,
		HTTPClient: &http.Client{Transport: &w.door},
	}
	adapter := httpadapter.Options{Logger: logger}
	for _, opt := range opts {
		opt(&service, &adapter)
	}
	w.service, err = payments.New(w.store, ring, w.auth, &service)
	w.must(err)
	t.Cleanup(func() { w.must(w.service.Close(context.Background())) })
	w.handler = httpadapter.New(w.service, &adapter)
	w.web = httptest.NewServer(w.handler)
	t.Cleanup(w.web.Close)
	w.client = &http.Client{Transport: checked{t, w.web.Client().Transport}, CheckRedirect: noRedirect}
	t.Cleanup(w.findSecrets)
	return w
}

func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// handlerOf is a transport to a handler that is made later.
type handlerOf func() http.Handler

// RoundTrip has the handler of now answer.
func (h handlerOf) RoundTrip(r *http.Request) (*http.Response, error) {
	return stripetest.Transport(h()).RoundTrip(r)
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// findSecrets holds for every test: no key is ever logged.
func (w *world) findSecrets() {
	for _, secret := range []string{testKey, liveKey, publishable, webhookSecret, "canary"} {
		if strings.Contains(w.log.String(), secret) {
			w.t.Errorf("the log holds %s:\n%s", secret, w.log)
		}
	}
}

// answer is what the API said.
type answer struct {
	t      *testing.T
	status int
	header http.Header
	body   string
}

// do sends a request as it is, to a path under the prefix.
func (w *world) do(method, target, token, body string, edit ...func(*http.Request)) answer {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.web.URL+prefix+target, strings.NewReader(body))
	w.must(err)
	if body == "" {
		r.Body, r.ContentLength = nil, 0
	} else {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for _, f := range edit {
		f(r)
	}
	response, err := w.client.Do(r)
	w.must(err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	w.must(err)
	return answer{w.t, response.StatusCode, response.Header, string(text)}
}

func header(name string, values ...string) func(*http.Request) {
	return func(r *http.Request) { r.Header[http.CanonicalHeaderKey(name)] = values }
}

// want fails unless the answer has the status.
func (a answer) want(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	return a
}

// json is the answer's object; "null" is nil.
func (a answer) json() map[string]any {
	a.t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		a.t.Fatalf("%v: %s", err, a.body)
	}
	return v
}

// items is the answer's array of that name.
func (a answer) items(name string) []map[string]any {
	a.t.Helper()
	items := []map[string]any{}
	list, ok := a.json()[name].([]any)
	if !ok {
		a.t.Fatalf("no array %s: %s", name, a.body)
	}
	for _, item := range list {
		items = append(items, item.(map[string]any))
	}
	return items
}

// fields are the names in a 422's errors.
func (a answer) fields() (names []string) {
	a.t.Helper()
	for _, e := range a.want(http.StatusUnprocessableEntity).items("errors") {
		names = append(names, e["field"].(string))
	}
	return names
}

// atStripe asks Stripe itself, as a merchant does in the dashboard, and returns the id of what it made.
func (w *world) atStripe(key, path string, form url.Values) (id string) {
	w.t.Helper()
	r := httptest.NewRequest(http.MethodPost, "https://stripe.test"+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", "Bearer "+key)
	recorder := httptest.NewRecorder()
	w.stripe.ServeHTTP(recorder, r)
	id, _ = answer{w.t, recorder.Code, recorder.Header(), recorder.Body.String()}.want(http.StatusOK).json()["id"].(string)
	return id
}

// price makes a price: monthly, or one-time.
func (w *world) price(key, name, currency, amount string, monthly bool) (id string) {
	w.t.Helper()
	form := url.Values{"currency": {currency}, "unit_amount": {amount}, "product_data[name]": {name}}
	if monthly {
		form.Set("recurring[interval]", "month")
	}
	return w.atStripe(key, "/v1/prices", form)
}

// refund gives back a part of a payment.
func (w *world) refund(paymentIntent, amount string) {
	w.t.Helper()
	w.atStripe(testKey, "/v1/refunds", url.Values{"payment_intent": {paymentIntent}, "amount": {amount}})
	w.settle()
}

// configure gives shop its test keys, and has Stripe's test mode call its webhook.
func (w *world) configure() {
	w.t.Helper()
	secret := w.test.AddWebhookEndpoint("http://api.test" + prefix + "/stripe/webhooks/shop/test")
	w.do("PUT", "/stripe/projects/shop/config", alice,
		`{"test_secret_key":"`+testKey+`","test_publishable_key":"`+publishable+`","test_webhook_secret":"`+secret+`"}`).want(200)
}

// settle delivers Stripe's webhooks and does the work that they ask for.
func (w *world) settle() {
	w.t.Helper()
	w.must(w.stripe.Flush(w.t.Context()))
	w.must(w.service.Process(w.t.Context()))
}

func checkoutBody(price, extra string) string {
	return `{"price_id":"` + price + `","success_url":"https://app.example/paid?s={CHECKOUT_SESSION_ID}","cancel_url":"https://app.example/no"` + extra + `}`
}

// buy has a user of shop check out and pay.
func (w *world) buy(token, price, extra string) {
	w.t.Helper()
	session := w.do("POST", "/stripe/checkout-session", token, checkoutBody(price, extra)).want(200).json()
	w.must(w.test.CompleteCheckout(session["session_id"].(string), stripetest.CardVisa))
	w.settle()
}
