package stripetest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/client"
	"github.com/stripe/stripe-go/v76/webhook"

	"github.com/manytenants/payments/internal/stripeoracle"
	"github.com/manytenants/payments/stripetest"
)

const shopKey = "sk_test_shop"

// start is a day that every month has.
var start = time.Date(2024, 1, 15, 12, 0, 0, 0, time.UTC)

// shop is a merchant: an account, the real client, and a webhook receiver that checks signatures.
// Whatever passes between client and server passes the oracle.
type shop struct {
	t       *testing.T
	server  *stripetest.Server
	oracle  *stripeoracle.Oracle
	account *stripetest.Account
	web     *httptest.Server
	api     *client.API
	secret  string

	endpoint *stripetest.Endpoint // of the receiver

	answered http.Header // of the last request by ask

	mu       sync.Mutex
	received []stripe.Event
	status   int // what the receiver answers
}

func newShop(t *testing.T, options stripetest.Options) *shop {
	t.Helper()
	if options.Now == nil {
		options.Now = func() time.Time { return start }
	}
	s := &shop{t: t, server: stripetest.New(&options), status: http.StatusOK}
	s.oracle = stripeoracle.New(t, s.server)
	s.web = httptest.NewServer(s.oracle)
	t.Cleanup(s.web.Close)
	receiver := httptest.NewServer(http.HandlerFunc(s.receive))
	t.Cleanup(receiver.Close)
	t.Cleanup(func() { s.events(); s.server.Close() }) // before the receiver goes
	s.account = s.server.Account(shopKey)
	s.endpoint = s.account.AddWebhook(stripetest.WebhookOptions{URL: receiver.URL, APIVersion: stripeoracle.Version})
	s.secret = s.endpoint.Secret()
	s.api = s.client(shopKey)
	return s
}

func (s *shop) client(key string) *client.API {
	backend := stripe.GetBackendWithConfig(stripe.APIBackend, &stripe.BackendConfig{
		URL: stripe.String(s.web.URL), MaxNetworkRetries: stripe.Int64(0), EnableTelemetry: stripe.Bool(false),
		LeveledLogger: &stripe.LeveledLogger{Level: stripe.LevelNull},
	})
	return client.New(key, &stripe.Backends{API: backend})
}

func (s *shop) receive(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.t.Error(err)
	}
	event, err := webhook.ConstructEventWithOptions(body, r.Header.Get("Stripe-Signature"), s.secret,
		webhook.ConstructEventOptions{IgnoreTolerance: true})
	if err != nil {
		s.t.Errorf("the receiver refused the webhook: %v", err)
	}
	if event.APIVersion == stripeoracle.Version {
		for _, problem := range stripeoracle.CheckObject(event.Data.Object) {
			s.t.Errorf("%s: %s", event.Type, problem)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.status == http.StatusOK {
		s.received = append(s.received, event)
	}
	w.WriteHeader(s.status)
}

func (s *shop) answer(status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status = status
}

// events returns the types of the webhooks received since the last call.
func (s *shop) events() []string {
	s.t.Helper()
	if err := s.server.WaitDelivered(context.Background()); err != nil {
		s.t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, e := range s.received {
		out = append(out, string(e.Type))
	}
	s.received = nil
	return out
}

func (s *shop) wantEvents(want string) {
	s.t.Helper()
	if got := s.events(); !slices.Equal(got, strings.Fields(want)) {
		s.t.Errorf("events\n got %v\nwant %v", got, strings.Fields(want))
	}
}

// price makes a product with a price; an empty interval makes a one-time one.
func (s *shop) price(amount int64, interval string) string {
	s.t.Helper()
	product := must(s.api.Products.New(&stripe.ProductParams{Name: stripe.String("Pro")}))(s.t)
	params := &stripe.PriceParams{
		Currency: stripe.String("usd"), Product: stripe.String(product.ID), UnitAmount: stripe.Int64(amount),
	}
	if interval != "" {
		params.Recurring = &stripe.PriceRecurringParams{Interval: stripe.String(interval)}
	}
	return must(s.api.Prices.New(params))(s.t).ID
}

func (s *shop) session(mode, price string) *stripe.CheckoutSession {
	s.t.Helper()
	return must(s.api.CheckoutSessions.New(sessionParams(mode, price)))(s.t)
}

func sessionParams(mode, price string) *stripe.CheckoutSessionParams {
	return &stripe.CheckoutSessionParams{
		Mode: stripe.String(mode), SuccessURL: stripe.String("https://shop.example/thanks?s={CHECKOUT_SESSION_ID}"),
		CancelURL: stripe.String("https://shop.example/cart"),
		LineItems: []*stripe.CheckoutSessionLineItemParams{{Price: stripe.String(price), Quantity: stripe.Int64(1)}},
	}
}

// subscribe buys a monthly subscription of 10 dollars.
func (s *shop) subscribe(card stripetest.Card) *stripe.Subscription {
	s.t.Helper()
	session := s.session("subscription", s.price(1000, "month"))
	if err := s.account.CompleteCheckout(session.ID, card); err != nil {
		s.t.Fatal(err)
	}
	session = must(s.api.CheckoutSessions.Get(session.ID, nil))(s.t)
	s.events()
	return must(s.api.Subscriptions.Get(session.Subscription.ID, nil))(s.t)
}

func must[T any](value T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// wantError checks the status, code and param of Stripe's error.
func wantError(t *testing.T, err error, status int, code stripe.ErrorCode, param string) {
	t.Helper()
	var got *stripe.Error
	if !errors.As(err, &got) {
		t.Fatalf("got %v, want a Stripe error %d %s", err, status, code)
	}
	if got.HTTPStatusCode != status || got.Code != code || got.Param != param {
		t.Errorf("got %d %q param %q, want %d %q param %q (%s)", got.HTTPStatusCode, got.Code, got.Param, status, code, param, got.Msg)
	}
}
