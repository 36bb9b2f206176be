package payments_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/stripetest"
)

// outages are the ways in which Stripe, or a tenant's key, fails; kind is what a caller is told.
var outages = map[string]struct {
	fault stripetest.Fault
	kind  error
}{
	"unreachable":      {stripetest.Fault{DropRequest: true}, payments.ErrUnavailable},
	"answers get lost": {stripetest.Fault{DropAnswer: true}, payments.ErrUnavailable},
	"cut off":          {stripetest.Fault{Truncate: true}, payments.ErrUnavailable},
	"internal error":   {stripetest.Fault{Error: stripetest.Unavailable()}, payments.ErrUnavailable},
	"overloaded":       {stripetest.Fault{Error: stripetest.Overloaded()}, payments.ErrUnavailable},
	"rate limited":     {stripetest.Fault{Error: stripetest.RateLimited()}, payments.ErrUnavailable},
	"locked":           {stripetest.Fault{Error: stripetest.LockTimeout()}, payments.ErrUnavailable},
	"bad gateway":      {stripetest.Fault{Answer: stripetest.BadGateway()}, payments.ErrUnavailable},
	"garbage":          {stripetest.Fault{Answer: stripetest.Garbage()}, payments.ErrUnavailable},
	"redirected":       {stripetest.Fault{Answer: stripetest.Redirected("http://evil.test/")}, payments.ErrUnavailable},
	"key revoked":      {stripetest.Fault{Error: stripetest.KeyExpired()}, payments.ErrStripeRefused},
	"no permission":    {stripetest.Fault{Error: stripetest.Forbidden("any")}, payments.ErrStripeRefused},
	"stalled":          {stripetest.Fault{Stall: true}, payments.ErrTimeout},
}

// In a bubble the clock of stripe-go's waits and of the budgets passes at once.
func TestStripeOutageDelaysButLosesNothing(t *testing.T) {
	for name, outage := range outages {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newWorld(t).newShop("alpha")
				s.subscribe("alice")
				price := s.price(500, "usd", "")
				s.buy("bob", payments.CheckoutRequest{PriceID: price, Mode: payments.CheckoutPayment})
				outage.fault.Times = -1
				s.account.Fail(outage.fault)
				s.flush() // every webhook is acknowledged
				for _, e := range s.account.Objects("event") {
					if n := fields(e).at("pending_webhooks"); n != int64(0) {
						t.Errorf("%v was not acknowledged", fields(e).text("type"))
					}
				}
				s.process()
				pending := must(s.service.PendingSyncs(t.Context(), s.project, s.mode, 100))(t)
				if len(pending) == 0 {
					t.Error("nothing is pending: the outage didn't happen")
				}
				for _, p := range pending {
					if p.Attempts != 1 || p.LastError == "" || strings.Contains(p.LastError, s.key) || !p.DueAt.After(start) || p.DueAt.After(start.Add(time.Minute)) {
						t.Errorf("%+v", p)
					}
				}
				s.advance(time.Hour)
				s.account.StopFailing()
				s.advance(time.Hour)
				s.wantInStep()
				if n := len(s.payments()); n != 2 {
					t.Errorf("%d payments, want 2", n)
				}
			})
		})
	}
}

func TestCallersAreToldOfAnOutageWithinTheBudget(t *testing.T) {
	for name, outage := range outages {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newWorld(t).newShop("alpha")
				sub := s.subscribe("alice")
				price := s.price(1900, "usd", "month")
				outage.fault.Times = -1
				s.account.Fail(outage.fault)
				for operation, call := range map[string]func(context.Context) error{
					"first checkout": func(ctx context.Context) error {
						_, err := s.service.CreateCheckout(ctx, s.project, s.mode, "bob", payments.CheckoutRequest{PriceID: price, SuccessURL: successURL, CancelURL: cancelURL})
						return err
					},
					"checkout": func(ctx context.Context) error {
						_, err := s.service.CreateCheckout(ctx, s.project, s.mode, "alice", payments.CheckoutRequest{PriceID: price, SuccessURL: successURL, CancelURL: cancelURL, AllowExisting: true, IdempotencyKey: "k"})
						return err
					},
					"portal": func(ctx context.Context) error {
						_, err := s.service.CreatePortal(ctx, s.project, s.mode, "alice", origin)
						return err
					},
					"cancel": func(ctx context.Context) error {
						_, err := s.service.CancelSubscription(ctx, s.project, s.mode, "alice", false)
						return err
					},
					"update": func(ctx context.Context) error {
						_, err := s.service.UpdateSubscription(ctx, s.project, s.mode, "alice", payments.SubscriptionUpdate{PriceID: sub.PriceID})
						return err
					},
				} {
					begin := time.Now()
					err := call(t.Context())
					wantKind(t, err, outage.kind, operation)
					if took := time.Since(begin); took > 22*time.Second {
						t.Errorf("%s took %v", operation, took)
					}
					var e *payments.Error
					if !errors.As(err, &e) || e.Message == "" || strings.Contains(e.Message, "html") || strings.Contains(err.Error(), s.key) {
						t.Errorf("%s: %v", operation, err)
					}
					if errors.Is(err, payments.ErrUnavailable) && name == "rate limited" && e.RetryAfter <= 0 {
						t.Errorf("%s doesn't say when to try again: %+v", operation, e)
					}
				}
				s.account.StopFailing()
				s.advance(time.Hour)
				s.wantInStep()
			})
		})
	}
}

// The same key asks again after a failure, so that what took effect unseen isn't done twice.
func TestRetriesBearOneIdempotencyKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newWorld(t).newShop("alpha")
		price := s.price(1900, "usd", "month")
		before := len(s.account.Requests())
		s.account.Fail(stripetest.Fault{Operation: "POST /v1/checkout/sessions", DropAnswer: true})
		s.account.Fail(stripetest.Fault{Operation: "POST /v1/customers", DropAnswer: true})
		must(s.checkout("alice", payments.CheckoutRequest{PriceID: price}))(t)
		keys := map[string]map[string]int{}
		for _, r := range s.account.Requests()[before:] {
			if r.Method == http.MethodPost {
				if keys[r.Path] == nil {
					keys[r.Path] = map[string]int{}
				}
				keys[r.Path][r.IdempotencyKey]++
			}
		}
		for path, uses := range keys {
			if len(uses) != 1 || uses[""] != 0 {
				t.Errorf("%s was asked with %v", path, uses)
			}
		}
		if sessions := s.objects("checkout.session"); len(sessions) != 1 {
			t.Errorf("%d sessions", len(sessions))
		}
		s.wantCustomers(1)
	})
}

func TestRedirectOfStripesIsFollowedByNoCall(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	s.account.Fail(stripetest.Fault{Operation: "POST /v1/customers", Answer: stripetest.Redirected("http://stripe.test/v1/evil"), Times: -1})
	price := s.price(1900, "usd", "month")
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := s.service.CreateCheckout(ctx, s.project, s.mode, "alice", payments.CheckoutRequest{PriceID: price, SuccessURL: successURL, CancelURL: cancelURL})
	if err == nil {
		t.Error("a redirect was taken for an answer")
	}
	for _, r := range s.stripe.Requests() {
		if r.Path == "/v1/evil" {
			t.Error("the redirect was followed, with the key")
		}
	}
}

// flakyStore fails as long as it is told to.
type flakyStore struct {
	payments.Store
	failing atomic.Bool
}

var errDisk = errors.New("disk I/O error")

func (f *flakyStore) AddEvent(ctx context.Context, e payments.Event) (bool, error) {
	if f.failing.Load() {
		return false, errDisk
	}
	return f.Store.AddEvent(ctx, e)
}

func (f *flakyStore) ApplySync(ctx context.Context, s payments.Synced) (bool, error) {
	if f.failing.Load() {
		return false, errDisk
	}
	return f.Store.ApplySync(ctx, s)
}

func TestWebhookIsNotAcknowledgedUntilItIsStored(t *testing.T) {
	flaky := &flakyStore{}
	w := newWorld(t, func(w *world) { flaky.Store, w.store = w.store, flaky })
	s := w.newShop("alpha")
	s.buy("alice", payments.CheckoutRequest{PriceID: s.price(1900, "usd", "month")})
	flaky.failing.Store(true)
	s.settle()
	wantKind(t, s.deliver(s.event("evt_1", "customer.subscription.updated", "sub_1")), payments.ErrUnavailable, "a store that fails")
	flaky.failing.Store(false)
	if n := len(s.events()); n != 0 {
		t.Errorf("%d events are stored", n)
	}
	s.process()
	for range 6 {
		s.advance(time.Hour) // Stripe tries again
	}
	s.wantInStep()
	if n := len(s.subscriptions()); n != 1 {
		t.Errorf("%d subscriptions", n)
	}
}

func TestStoreThatFailsWhileSyncingIsTriedAgain(t *testing.T) {
	flaky := &flakyStore{}
	w := newWorld(t, func(w *world) { flaky.Store, w.store = w.store, flaky })
	s := w.newShop("alpha")
	s.buy("alice", payments.CheckoutRequest{PriceID: s.price(1900, "usd", "month")})
	s.flush()
	flaky.failing.Store(true)
	s.process()
	flaky.failing.Store(false)
	s.advance(time.Minute)
	s.wantInStep()
	flaky.failing.Store(true)
	_, err := s.cancel("alice", false)
	wantKind(t, err, payments.ErrUnavailable, "a change that can't be recorded")
	flaky.failing.Store(false)
	s.process()
	s.wantInStep()
}

// panickingCipher panics while it is told to, as a host's own implementation might.
type panickingCipher struct {
	payments.SecretCipher
	panicking atomic.Bool
}

func (c *panickingCipher) Decrypt(ctx context.Context, ciphertext, associated []byte) ([]byte, error) {
	if c.panicking.Load() {
		panic("the key service's client is broken")
	}
	return c.SecretCipher.Decrypt(ctx, ciphertext, associated)
}

func TestPanicInASyncIsRecordedAndTriedAgain(t *testing.T) {
	cipher := &panickingCipher{}
	w := newWorld(t, func(w *world) { cipher.SecretCipher, w.cipher = w.cipher, cipher })
	s := w.newShop("alpha")
	s.buy("alice", payments.CheckoutRequest{PriceID: s.price(1900, "usd", "month")})
	s.flush()
	cipher.panicking.Store(true)
	s.process()
	for _, p := range must(s.service.PendingSyncs(t.Context(), s.project, s.mode, 10))(t) {
		if !strings.Contains(p.LastError, "panicked") {
			t.Errorf("%+v", p)
		}
	}
	cipher.panicking.Store(false)
	s.advance(time.Minute)
	s.wantInStep()
}
