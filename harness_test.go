package payments_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/client"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/store/sqlite"
	"github.com/manytenants/payments/stripetest"
)

const (
	origin     = "https://ok.example"
	successURL = origin + "/thanks?session_id={CHECKOUT_SESSION_ID}"
	cancelURL  = origin + "/cancel"
)

// start is a day that every month has.
var start = time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)

// world is a platform: a Service on a SQLite file, and a Stripe in the process whose clock is the only one.
// Nothing happens by itself: webhooks are delivered by flush, and work is done by process.
type world struct {
	t       *testing.T
	stripe  *stripetest.Server
	path    string // of the database file
	store   payments.Store
	cipher  payments.SecretCipher
	auth    *directory
	opts    payments.Options
	service *payments.Service
	log     *syncBuffer
	wire    *wire
}

// newWorld starts a platform; adjust, where given, changes it before the Service is made.
func newWorld(t *testing.T, adjust ...func(*world)) *world {
	t.Helper()
	w := &world{t: t, auth: &directory{}, log: &syncBuffer{}, wire: &wire{}}
	w.stripe = stripetest.New(&stripetest.Options{
		Now: func() time.Time { return start }, Seed: 1, ManualDelivery: true,
		HTTPClient: &http.Client{Transport: stripetest.Transport(http.HandlerFunc(w.receive))},
	})
	t.Cleanup(w.stripe.Close)
	w.path = filepath.Join(t.TempDir(), "payments.db")
	if err := os.WriteFile(w.path, emptyDatabase(t), 0o600); err != nil {
		t.Fatal(err)
	}
	store, err := sqlite.Open(t.Context(), w.path, &sqlite.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	key, err := payments.ParseKey("k1", strings.Repeat("5a", 32))
	if err != nil {
		t.Fatal(err)
	}
	w.store, w.cipher = store, must(payments.NewKeyRing(key))(t)
	w.wire.stripe = stripetest.Transport(w.stripe)
	w.opts = payments.Options{
		PublicURL: "https://api.example", RedirectOrigins: []string{origin}, Workers: -1,
		StripeURL: "http://stripe.test", HTTPClient: &http.Client{Transport: w.wire},
		Logger: slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})), Now: w.stripe.Now,
	}
	for _, change := range adjust {
		change(w)
	}
	w.service = w.open()
	return w
}

// migrated is a database with the schema and nothing else: migrating one for each test would take most of the tests' time.
var migrated struct {
	sync.Once
	file []byte
	err  error
}

func emptyDatabase(t *testing.T) []byte {
	t.Helper()
	migrated.Do(func() {
		path := filepath.Join(t.TempDir(), "empty.db")
		store, err := sqlite.Open(context.Background(), path, &sqlite.Options{Logger: slog.New(slog.DiscardHandler)})
		if err == nil {
			err = store.Close()
		}
		if err == nil {
			migrated.file, err = os.ReadFile(path)
		}
		migrated.err = err
	})
	if migrated.err != nil {
		t.Fatal(migrated.err)
	}
	return migrated.file
}

// open makes another Service on the same platform, as another process would be.
func (w *world) open() *payments.Service {
	w.t.Helper()
	s, err := payments.New(w.store, w.cipher, w.auth, &w.opts)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			w.t.Error(err)
		}
	})
	return s
}

// receive is the platform's webhook endpoint, POST /{project}/{mode}.
func (w *world) receive(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.t.Error(err)
	}
	part := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	err = w.service.HandleWebhook(r.Context(), payments.ProjectID(part[0]), payments.Mode(part[1]), body, r.Header.Get("Stripe-Signature"))
	if err != nil {
		rw.WriteHeader(http.StatusInternalServerError)
	}
}

func (w *world) flush() {
	w.t.Helper()
	if err := w.stripe.Flush(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) process() {
	w.t.Helper()
	if err := w.service.Process(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// settle delivers every webhook and does all the work that is due.
func (w *world) settle() {
	w.t.Helper()
	w.flush()
	w.process()
}

// advance moves the one clock, and settles what comes of it.
func (w *world) advance(d time.Duration) {
	w.t.Helper()
	w.stripe.Advance(d)
	w.settle()
}

// shop is one project with its Stripe account, in one mode.
type shop struct {
	*world
	project payments.ProjectID
	mode    payments.Mode
	key     string
	secret  string
	account *stripetest.Account
	api     *client.API
}

// newShop adds a project of developer "dev", configured in test mode with an account of its own.
func (w *world) newShop(project payments.ProjectID) *shop {
	w.t.Helper()
	w.auth.add(payments.Project{ID: project, Owner: "dev", Name: "Shop " + string(project), CreatedAt: start})
	s := w.shopOn(project, payments.Test, "sk_test_"+string(project)+"0123456789abcdef")
	s.configure(nil)
	return s
}

// shopOn is a project's view of the account that a key opens, with a webhook endpoint of its own.
func (w *world) shopOn(project payments.ProjectID, mode payments.Mode, key string) *shop {
	w.t.Helper()
	s := &shop{world: w, project: project, mode: mode, key: key, account: w.stripe.Account(key)}
	s.secret = s.account.AddWebhookEndpoint("http://host.test/" + string(project) + "/" + string(mode))
	backend := stripe.GetBackendWithConfig(stripe.APIBackend, &stripe.BackendConfig{
		URL: stripe.String("http://stripe.test"), HTTPClient: &http.Client{Transport: stripetest.Transport(w.stripe)}, MaxNetworkRetries: stripe.Int64(0),
		LeveledLogger: &stripe.LeveledLogger{Level: stripe.LevelNull},
	})
	s.api = client.New(key, &stripe.Backends{API: backend})
	return s
}

// configure stores the shop's key and webhook secret, changed by the function where there is one.
func (s *shop) configure(change func(*payments.ConfigUpdate)) payments.Config {
	s.t.Helper()
	half := payments.CredentialsUpdate{SecretKey: payments.SetSecret(s.key), WebhookSecret: payments.SetSecret(s.secret)}
	u := payments.ConfigUpdate{Test: half}
	if s.mode == payments.Live {
		u = payments.ConfigUpdate{Live: half}
	}
	if change != nil {
		change(&u)
	}
	return must(s.service.UpdateConfig(s.t.Context(), s.project, u))(s.t)
}

// price makes a product with a price; an empty interval makes a one-time one.
func (s *shop) price(amount int64, currency, interval string) string {
	s.t.Helper()
	params := &stripe.PriceParams{
		Currency: &currency, UnitAmount: &amount, ProductData: &stripe.PriceProductDataParams{Name: stripe.String("Pro")},
	}
	if interval != "" {
		params.Recurring = &stripe.PriceRecurringParams{Interval: &interval}
	}
	return must(s.api.Prices.New(params))(s.t).ID
}

func (s *shop) checkout(user payments.UserID, r payments.CheckoutRequest) (payments.CheckoutSession, error) {
	if r.SuccessURL == "" {
		r.SuccessURL, r.CancelURL = successURL, cancelURL
	}
	return s.service.CreateCheckout(s.t.Context(), s.project, s.mode, user, r)
}

// buy opens a checkout and pays it; the webhooks are still under way.
func (s *shop) buy(user payments.UserID, r payments.CheckoutRequest) payments.CheckoutSession {
	s.t.Helper()
	session := must(s.checkout(user, r))(s.t)
	if err := s.account.CompleteCheckout(session.ID, stripetest.CardVisa); err != nil {
		s.t.Fatal(err)
	}
	return session
}

// subscribe has a user subscribe for 1900 a month, and settles.
func (s *shop) subscribe(user payments.UserID) payments.Subscription {
	s.t.Helper()
	s.buy(user, payments.CheckoutRequest{PriceID: s.price(1900, "usd", "month")})
	s.settle()
	return s.current(user)
}

func (s *shop) current(user payments.UserID) payments.Subscription {
	s.t.Helper()
	return must(s.service.CurrentSubscription(s.t.Context(), s.project, s.mode, user))(s.t)
}

func (s *shop) subscriptions() []payments.Subscription {
	s.t.Helper()
	page := must(s.service.ProjectSubscriptions(s.t.Context(), s.project, s.mode, payments.PageRequest{Size: 100}))(s.t)
	return page.Items
}

// payments lists the shop's payments, the oldest first.
func (s *shop) payments() []payments.Payment {
	s.t.Helper()
	items := must(s.service.ProjectPayments(s.t.Context(), s.project, s.mode, payments.PageRequest{Size: 100}))(s.t).Items
	slices.Reverse(items)
	return items
}

// event makes an event of a type about an object, as Stripe would send it.
func (s *shop) event(id, eventType, object string) []byte {
	return mustJSON(map[string]any{
		"id": id, "object": "event", "type": eventType, "livemode": s.mode == payments.Live, "created": s.stripe.Now().Unix(), "api_version": "2023-10-16",
		"data": map[string]any{"object": map[string]any{"id": object}},
	})
}

// deliver sends a body signed with the shop's secret to the shop's endpoint.
func (s *shop) deliver(body []byte) error {
	return s.service.HandleWebhook(s.t.Context(), s.project, s.mode, body, stripetest.Sign(body, s.secret, s.stripe.Now()))
}

// events are what the inbox holds, by event id.
func (s *shop) events() map[string]payments.Event {
	s.t.Helper()
	byID := map[string]payments.Event{}
	for _, e := range must(s.service.Events(s.t.Context(), s.project, s.mode, 1000))(s.t) {
		byID[e.ID] = e
	}
	return byID
}

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
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

// inBubble makes a test in which waiting takes no time: stripe-go waits between its retries.
func inBubble(test func(t *testing.T)) func(t *testing.T) {
	return func(t *testing.T) { synctest.Test(t, test) }
}

func wantKind(t *testing.T, err, kind error, what string) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Errorf("%s: %v, want %v", what, err, kind)
	}
}

// syncBuffer is a log that many goroutines write.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
