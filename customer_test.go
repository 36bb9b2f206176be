package payments_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/stripetest"
)

func (s *shop) wantCustomers(n int) {
	s.t.Helper()
	if customers := s.objects("customer"); len(customers) != n {
		s.t.Errorf("%d customers at Stripe, want %d", len(customers), n)
	}
}

func TestConcurrentFirstCheckoutsMakeOneCustomer(t *testing.T) {
	w := newWorld(t)
	s := w.newShop("alpha")
	price := s.price(1900, "usd", "month")
	replicas := []*payments.Service{w.service, w.open(), w.open(), w.open()}
	var group sync.WaitGroup
	for i := range 32 {
		group.Go(func() {
			_, err := replicas[i%4].CreateCheckout(t.Context(), s.project, s.mode, "alice", payments.CheckoutRequest{
				PriceID: price, SuccessURL: successURL, CancelURL: cancelURL, Email: fmt.Sprintf("alice+%d@example.com", i),
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	s.wantCustomers(1)
	sessions := s.objects("checkout.session")
	if len(sessions) != 32 {
		t.Errorf("%d sessions", len(sessions))
	}
	for _, session := range sessions {
		if session.text("customer") != s.objects("customer")[0].text("id") {
			t.Errorf("a session of %s", session.text("customer"))
		}
	}
}

// The process dies between Stripe's answer and our record of it; Stripe forgets the key after a day.
func TestCustomerOfALostAnswerIsFoundAgain(t *testing.T) {
	for _, later := range []time.Duration{0, 11 * time.Hour, 13 * time.Hour, 25 * time.Hour, 40 * day} {
		t.Run(later.String(), inBubble(func(t *testing.T) {
			s := newWorld(t).newShop("alpha")
			r := payments.CheckoutRequest{PriceID: s.price(1900, "usd", "month"), Email: "alice@example.com"}
			s.account.Fail(stripetest.Fault{Operation: "POST /v1/customers", DropAnswer: true, Times: -1})
			_, err := s.checkout("alice", r)
			wantKind(t, err, payments.ErrUnavailable, "the lost answer")
			s.account.StopFailing()
			s.wantCustomers(1)
			for range 3 { // whom Stripe's list shows besides
				must(s.api.Customers.New(&stripe.CustomerParams{Email: stripe.String("alice@example.com")}))(t)
			}
			s.stripe.Advance(later)
			r.Email = "changed@example.com"
			must(s.checkout("alice", r))(t)
			must(s.checkout("alice", r))(t)
			s.wantCustomers(4)
		}))
	}
}

func TestClaimThatNeverReachedStripeIsCompleted(t *testing.T) {
	for _, later := range []time.Duration{0, 25 * time.Hour} {
		t.Run(later.String(), inBubble(func(t *testing.T) {
			s := newWorld(t).newShop("alpha")
			r := payments.CheckoutRequest{PriceID: s.price(1900, "usd", "month")}
			s.account.Fail(stripetest.Fault{Operation: "POST /v1/customers", DropRequest: true, Times: -1})
			_, err := s.checkout("alice", r)
			wantKind(t, err, payments.ErrUnavailable, "the request that got lost")
			s.account.StopFailing()
			s.wantCustomers(0)
			s.stripe.Advance(later)
			must(s.checkout("alice", r))(t)
			s.wantCustomers(1)
		}))
	}
}

func TestCustomerIsNeverFoundByEmail(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	mallorys := must(s.api.Customers.New(&stripe.CustomerParams{Email: stripe.String("alice@example.com")}))(t)
	r := payments.CheckoutRequest{PriceID: s.price(1900, "usd", "month"), Email: "alice@example.com"}
	must(s.checkout("alice", r))(t)
	must(s.checkout("bob", r))(t)
	s.wantCustomers(3)
	for _, session := range s.objects("checkout.session") {
		if session.text("customer") == mallorys.ID {
			t.Error("a session of the customer with the same e-mail")
		}
	}
}

func TestEachProjectAndModeHasItsOwnCustomer(t *testing.T) {
	w := newWorld(t)
	s := w.newShop("alpha")
	w.auth.add(payments.Project{ID: "beta", Owner: "dev"})
	shared := w.shopOn("beta", payments.Test, s.key) // the same Stripe account
	shared.configure(nil)
	live := w.shopOn("alpha", payments.Live, "sk_live_alpha0123456789abcdef")
	live.configure(nil)
	for _, shop := range []*shop{s, shared, live} {
		must(shop.checkout("alice", payments.CheckoutRequest{PriceID: shop.price(1900, "usd", "month")}))(t)
	}
	s.wantCustomers(2)
	live.wantCustomers(1)
}

func TestDeletedCustomerIsForgottenAndMadeAnew(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	sub := s.subscribe("alice")
	if _, err := s.api.Customers.Del(sub.CustomerID, nil); err != nil {
		t.Fatal(err)
	}
	s.settle()
	if got := s.subscriptions()[0]; got.Status != payments.StatusCanceled {
		t.Errorf("%+v", got)
	}
	if _, err := s.service.CurrentSubscription(t.Context(), s.project, s.mode, "alice"); !errors.Is(err, payments.ErrNotFound) {
		t.Errorf("the subscription is still current: %v", err)
	}
	_, err := s.service.CreatePortal(t.Context(), s.project, s.mode, "alice", origin)
	wantKind(t, err, payments.ErrNotFound, "the portal of a customer who is gone")
	if again := s.subscribe("alice"); again.CustomerID == sub.CustomerID || again.Status != payments.StatusActive {
		t.Errorf("%+v", again)
	}
	s.settle()
}

// The webhook of the deletion may be lost, or the project may have moved to another account.
func TestCustomerWhomStripeDoesNotKnowIsMadeAnew(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	sub := s.subscribe("alice")
	if _, err := s.api.Customers.Del(sub.CustomerID, nil); err != nil {
		t.Fatal(err)
	}
	for _, d := range s.stripe.Deliveries() {
		d.Drop()
	}
	r := payments.CheckoutRequest{PriceID: s.price(1900, "usd", "month"), AllowExisting: true}
	if _, err := s.checkout("alice", r); err != nil {
		t.Errorf("the user can't buy any more: %v", err)
	}
}

func TestUsersCanBuyAfterTheirProjectHasChangedItsAccount(t *testing.T) {
	w := newWorld(t)
	s := w.newShop("alpha")
	before := s.subscribe("alice")
	moved := w.shopOn("alpha", payments.Test, "sk_test_moved0123456789")
	moved.configure(func(u *payments.ConfigUpdate) { u.AllowAccountChange = true })
	moved.buy("alice", payments.CheckoutRequest{PriceID: moved.price(900, "usd", "month"), AllowExisting: true})
	w.settle()
	if got := moved.current("alice"); got.CustomerID == before.CustomerID || got.Amount != 900 {
		t.Errorf("%+v", got)
	}
	moved.wantCustomers(1)
}

// Another process is just asking Stripe with the same key.
func TestCustomerUnderWayElsewhereIsWaitedFor(t *testing.T) {
	for _, c := range []struct {
		times int
		kind  error
	}{{12, nil}, {-1, payments.ErrConflict}} {
		t.Run(fmt.Sprint(c.times, " conflicts"), inBubble(func(t *testing.T) {
			s := newWorld(t).newShop("alpha")
			r := payments.CheckoutRequest{PriceID: s.price(1900, "usd", "month")}
			s.account.Fail(stripetest.Fault{Operation: "POST /v1/customers", Error: stripetest.InUse(), Times: c.times})
			begin := time.Now()
			_, err := s.checkout("alice", r)
			if took := time.Since(begin); took > 22*time.Second || !errors.Is(err, c.kind) && !errors.Is(err, payments.ErrTimeout) {
				t.Errorf("%v after %v", err, took)
			}
			s.account.StopFailing()
			must(s.checkout("alice", r))(t)
			s.wantCustomers(1)
		}))
	}
}
