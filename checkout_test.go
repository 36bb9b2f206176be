package payments_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/stripetest"
)

func TestSubscriptionCheckoutEndsInLocalRows(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	sub := s.subscribe("alice")
	if sub.Status != payments.StatusActive || sub.User != "alice" || sub.Amount != 1900 || sub.Currency != "usd" || sub.Interval != "month" || sub.PlanName != "Pro" || sub.MRR != 1900 {
		t.Errorf("%+v", sub)
	}
	s.wantInStep()
	paid := s.payments()
	if len(paid) != 1 || paid[0].Status != payments.PaymentSucceeded || paid[0].User != "alice" || paid[0].SubscriptionRecord != sub.ID || paid[0].Type != payments.TypeInitialPayment {
		t.Errorf("%+v", paid)
	}
}

func TestOneTimeCheckoutEndsInOnePayment(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	s.buy("alice", payments.CheckoutRequest{PriceID: s.price(500, "jpy", ""), Mode: payments.CheckoutPayment, Quantity: 3})
	s.settle()
	s.wantInStep()
	paid := s.payments()
	if len(paid) != 1 || paid[0].Type != payments.TypeOneTime || paid[0].Amount != 1500 || paid[0].Currency != "jpy" || paid[0].User != "alice" || paid[0].Source != paid[0].PaymentIntentID {
		t.Errorf("%+v", paid)
	}
	if _, err := s.service.CurrentSubscription(t.Context(), s.project, s.mode, "alice"); !errors.Is(err, payments.ErrNotFound) {
		t.Errorf("a one-time payment made a subscription: %v", err)
	}
}

func TestCheckoutSaysWhoseItIsOnAllThatItMakes(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	s.buy("alice", payments.CheckoutRequest{PriceID: s.price(1900, "usd", "month"), Metadata: map[string]string{"plan": "gold"}, Email: "alice@example.com"})
	s.buy("alice", payments.CheckoutRequest{PriceID: s.price(500, "usd", ""), Mode: payments.CheckoutPayment, Metadata: map[string]string{"plan": "gold"}})
	for _, kind := range []string{"checkout.session", "subscription", "payment_intent"} {
		for _, o := range s.objects(kind) {
			if kind == "payment_intent" && o.text("invoice") != "" {
				continue // the subscription's
			}
			if o.text("metadata.payments_project_id") != "alpha" || o.text("metadata.payments_user_id") != "alice" || o.text("metadata.plan") != "gold" {
				t.Errorf("%s: %v", kind, o.at("metadata"))
			}
		}
	}
	session := s.objects("checkout.session")[0]
	if session.text("success_url") != successURL || session.text("cancel_url") != cancelURL || session.text("client_reference_id") != "alice" {
		t.Errorf("%v", session)
	}
	customers := s.objects("customer")
	if len(customers) != 1 || customers[0].text("email") != "alice@example.com" || customers[0].text("metadata.payments_user_id") != "alice" {
		t.Errorf("%v", customers)
	}
}

func TestInvalidCheckoutNamesItsFieldsAndAsksNothingOfStripe(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	price := s.price(1900, "usd", "month")
	before := len(s.account.Requests())
	good := payments.CheckoutRequest{PriceID: price, SuccessURL: successURL, CancelURL: cancelURL}
	for want, spoil := range map[string]func(*payments.CheckoutRequest){
		"price_id":              func(r *payments.CheckoutRequest) { r.PriceID = "price_../../customers" },
		"mode":                  func(r *payments.CheckoutRequest) { r.Mode = "setup" },
		"quantity":              func(r *payments.CheckoutRequest) { r.Quantity = -1 },
		"quantity ":             func(r *payments.CheckoutRequest) { r.Quantity = payments.MaxQuantity + 1 },
		"success_url":           func(r *payments.CheckoutRequest) { r.SuccessURL = "https://evil.example" },
		"cancel_url":            func(r *payments.CheckoutRequest) { r.CancelURL = "http://localhost:3000" },
		"metadata":              func(r *payments.CheckoutRequest) { r.Metadata = map[string]string{"payments_user_id": "mallory"} },
		"Idempotency-Key":       func(r *payments.CheckoutRequest) { r.IdempotencyKey = strings.Repeat("k", 256) },
		"Idempotency-Key ":      func(r *payments.CheckoutRequest) { r.IdempotencyKey = "a\nb" },
		"price_id, success_url": func(r *payments.CheckoutRequest) { r.PriceID, r.SuccessURL = "", "javascript:alert(1)" },
	} {
		r := good
		spoil(&r)
		_, err := s.service.CreateCheckout(t.Context(), s.project, s.mode, "alice", r)
		var e *payments.Error
		if !errors.As(err, &e) || !errors.Is(err, payments.ErrInvalid) {
			t.Errorf("%s: %v", want, err)
			continue
		}
		var names []string
		for _, f := range e.Fields {
			names = append(names, f.Field)
		}
		if strings.Join(names, ", ") != strings.TrimSpace(want) {
			t.Errorf("named %v, want %s", names, want)
		}
	}
	if asked := s.account.Requests()[before:]; len(asked) != 0 {
		t.Errorf("Stripe was asked %d times", len(asked))
	}
}

func TestUnconfiguredProjectHasNoCheckout(t *testing.T) {
	w := newWorld(t)
	s := w.newShop("alpha")
	w.auth.add(payments.Project{ID: "bare", Owner: "dev"})
	price := s.price(1900, "usd", "month")
	r := payments.CheckoutRequest{PriceID: price, SuccessURL: successURL, CancelURL: cancelURL}
	for _, c := range []struct {
		project payments.ProjectID
		mode    payments.Mode
	}{{"bare", payments.Test}, {"unknown", payments.Test}, {"alpha", payments.Live}, {"", payments.Test}} {
		_, err := w.service.CreateCheckout(t.Context(), c.project, c.mode, "alice", r)
		wantKind(t, err, payments.ErrNotFound, string(c.project))
		_, err = w.service.CreatePortal(t.Context(), c.project, c.mode, "alice", origin)
		wantKind(t, err, payments.ErrNotFound, string(c.project))
	}
	if err := w.service.DeleteConfig(t.Context(), "alpha"); err != nil {
		t.Fatal(err)
	}
	_, err := s.checkout("alice", payments.CheckoutRequest{PriceID: price})
	wantKind(t, err, payments.ErrNotFound, "after DeleteConfig")
}

func TestSecondSubscriptionIsRefusedUnlessAllowed(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	s.subscribe("alice")
	r := payments.CheckoutRequest{PriceID: s.price(2900, "usd", "month")}
	_, err := s.checkout("alice", r)
	wantKind(t, err, payments.ErrBadRequest, "a second one")
	if _, err := s.checkout("bob", r); err != nil {
		t.Errorf("another user: %v", err)
	}
	if _, err := s.checkout("alice", payments.CheckoutRequest{PriceID: s.price(500, "usd", ""), Mode: payments.CheckoutPayment}); err != nil {
		t.Errorf("a one-time purchase: %v", err)
	}
	r.AllowExisting = true
	s.buy("alice", r)
	s.settle()
	s.wantInStep()
	if n := len(s.subscriptions()); n != 2 {
		t.Errorf("%d subscriptions, want both", n)
	}
	r.AllowExisting = false
	for range 2 {
		must(s.service.CancelSubscription(t.Context(), s.project, s.mode, "alice", true))(t)
	}
	if _, err := s.checkout("alice", r); err != nil {
		t.Errorf("after both have ended: %v", err)
	}
}

func TestIdempotencyKeyOpensOneSession(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	r := payments.CheckoutRequest{PriceID: s.price(1900, "usd", "month"), IdempotencyKey: "key-1"}
	first := must(s.checkout("alice", r))(t)
	if again := must(s.checkout("alice", r))(t); again != first {
		t.Errorf("the same request opened %s and %s", first.ID, again.ID)
	}
	other := r
	other.Quantity = 2
	_, err := s.checkout("alice", other)
	wantKind(t, err, payments.ErrConflict, "another request with the same key")
	if bobs := must(s.checkout("bob", r))(t); bobs.ID == first.ID {
		t.Error("another user got alice's session")
	}
	s.stripe.Advance(25 * time.Hour)
	if later := must(s.checkout("alice", r))(t); later.ID == first.ID {
		t.Error("a key of yesterday still opens a session that has expired")
	}
	r.IdempotencyKey = ""
	if a, b := must(s.checkout("alice", r))(t), must(s.checkout("alice", r))(t); a.ID == b.ID {
		t.Error("without a key two requests opened one session")
	}
}

func TestAbandonedAndDeclinedCheckoutsLeaveNoSubscription(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	price := s.price(1900, "usd", "month")
	declined := must(s.checkout("alice", payments.CheckoutRequest{PriceID: price}))(t)
	if err := s.account.CompleteCheckout(declined.ID, stripetest.CardDeclined); err == nil {
		t.Fatal("the card was not declined")
	}
	must(s.checkout("bob", payments.CheckoutRequest{PriceID: price}))(t)
	s.settle()
	s.advance(25 * time.Hour)
	s.wantInStep()
	for _, sub := range s.subscriptions() {
		if sub.Live() {
			t.Errorf("%+v", sub)
		}
	}
	if err := s.account.CompleteCheckout(must(s.checkout("alice", payments.CheckoutRequest{PriceID: price}))(t).ID, stripetest.CardVisa); err != nil {
		t.Fatal(err)
	}
	s.settle()
	s.wantInStep()
	if got := s.current("alice"); got.Status != payments.StatusActive {
		t.Errorf("after another card: %+v", got)
	}
}

func TestDeclinedOneTimePaymentIsRecordedAsFailed(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	session := must(s.checkout("alice", payments.CheckoutRequest{PriceID: s.price(500, "usd", ""), Mode: payments.CheckoutPayment}))(t)
	if err := s.account.CompleteCheckout(session.ID, stripetest.CardNoFunds); err == nil {
		t.Fatal("the card was not declined")
	}
	s.settle()
	s.wantInStep()
	paid := s.payments()
	if len(paid) != 1 || paid[0].Status != payments.PaymentFailed || paid[0].FailureCode != "insufficient_funds" || paid[0].Collected || paid[0].User != "alice" {
		t.Fatalf("%+v", paid)
	}
	if err := s.account.CompleteCheckout(session.ID, stripetest.CardVisa); err != nil {
		t.Fatal(err)
	}
	s.settle()
	s.wantInStep()
	if paid := s.payments(); len(paid) != 1 || paid[0].Status != payments.PaymentSucceeded || paid[0].FailureCode != "" {
		t.Errorf("%+v", paid)
	}
}

func TestLoopbackRedirectsNeedTheOptionAndTestMode(t *testing.T) {
	for _, loopback := range []bool{false, true} {
		w := newWorld(t, func(w *world) { w.opts.LoopbackRedirects, w.opts.RedirectOrigins = loopback, nil })
		s := w.newShop("alpha")
		live := w.shopOn("alpha", payments.Live, "sk_live_alpha0123456789abcdef")
		live.configure(nil)
		for _, shop := range []*shop{s, live} {
			r := payments.CheckoutRequest{PriceID: shop.price(1900, "usd", "month"), SuccessURL: "http://localhost:3000/a", CancelURL: "http://127.0.0.1:8080"}
			if _, err := shop.checkout("alice", r); (err == nil) != (loopback && shop.mode == payments.Test) {
				t.Errorf("loopback %v in %s mode: %v", loopback, shop.mode, err)
			}
		}
	}
}

func TestProjectsOwnRedirectOriginsCount(t *testing.T) {
	w := newWorld(t)
	s := w.newShop("alpha")
	w.auth.mu.Lock()
	w.auth.projects[0].RedirectOrigins = []string{"https://alpha.example:8443"}
	w.auth.mu.Unlock()
	other := w.newShop("beta")
	for _, shop := range []*shop{s, other} {
		price := shop.price(1900, "usd", "month")
		for redirect, want := range map[string]bool{origin: true, "https://alpha.example:8443/x": shop == s, "https://alpha.example/x": false} {
			_, err := shop.checkout("alice", payments.CheckoutRequest{PriceID: price, SuccessURL: redirect, CancelURL: redirect})
			if (err == nil) != want {
				t.Errorf("%s in %s: %v", redirect, shop.project, err)
			}
		}
	}
	if !slices.Contains(w.opts.RedirectOrigins, origin) || len(w.opts.RedirectOrigins) != 1 {
		t.Errorf("the host's origins became %v", w.opts.RedirectOrigins)
	}
}
