package payments_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manytenants/payments"
)

func withWorkers(n int) func(*world) {
	return func(w *world) { w.opts.Workers = n }
}

// awaitInStep waits, in a bubble, until the workers have nothing more to do.
func (s *shop) awaitInStep() {
	s.t.Helper()
	s.flush()
	time.Sleep(time.Minute) //nolint:forbidigo // the bubble's time: it passes when all the workers wait
	s.wantInStep()
}

func TestWorkersKeepRowsInStepByThemselves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, n := range []int{0, 1, 8} {
			s := newWorld(t, withWorkers(n)).newShop("alpha")
			s.buy("alice", payments.CheckoutRequest{PriceID: s.price(1900, "usd", "month")})
			s.buy("bob", payments.CheckoutRequest{PriceID: s.price(500, "usd", ""), Mode: payments.CheckoutPayment})
			s.awaitInStep()
			if len(s.payments()) != 2 {
				t.Errorf("%d workers: %d payments", n, len(s.payments()))
			}
		}
	})
}

func TestCloseFinishesWhatHasBegunAndClaimsNothingMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, withWorkers(1))
		s := w.newShop("alpha")
		sub := s.subscribe("alice")
		s.awaitInStep()
		arrived, release := w.wire.hold(http.MethodGet, "/v1/subscriptions/", false)
		for i := range 3 {
			if err := s.deliver(s.event(fmt.Sprint("evt_", i), "customer.subscription.updated", sub.SubscriptionID)); err != nil {
				t.Fatal(err)
			}
			if i == 0 {
				<-arrived
			}
		}
		closed := make(chan error)
		go func() { closed <- w.service.Close(t.Context()) }()
		synctest.Wait()
		select {
		case err := <-closed:
			t.Fatalf("Close didn't wait for the fetch under way: %v", err)
		default:
		}
		before := len(s.account.Requests())
		release()
		if err := <-closed; err != nil {
			t.Fatal(err)
		}
		if n := len(s.account.Requests()) - before; n != 0 {
			t.Errorf("%d fetches began after Close", n)
		}
		events := s.events()
		if events["evt_0"].Status != payments.EventProcessed || events["evt_2"].Status != payments.EventPending {
			t.Errorf("%+v", events)
		}
		s.process() // what was left is there for the next process
		s.wantInStep()
	})
}

func TestCloseTellsNoFurtherChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, release := &listener{}, make(chan struct{})
		h.then = func(payments.Change) error { <-release; return nil }
		w := newWorld(t, func(w *world) { w.opts.OnChange, w.opts.Workers = h.onChange, 1 })
		s := w.newShop("alpha")
		price := s.price(1900, "usd", "month")
		for _, user := range []payments.UserID{"a", "b", "c", "d", "e", "f"} {
			s.buy(user, payments.CheckoutRequest{PriceID: price})
		}
		s.flush()
		wait(5 * time.Second)
		begun := len(h.take())
		if begun != 8 {
			t.Errorf("%d of 12 changes are told at a time, want 8", begun)
		}
		closed := make(chan error)
		go func() { closed <- w.service.Close(t.Context()) }()
		synctest.Wait()
		close(release)
		if err := <-closed; err != nil {
			t.Fatal(err)
		}
		if told := h.take(); len(told) != 0 {
			t.Errorf("%d changes were told after Close began", len(told))
		}
	})
}

func TestCloseCancelsWhatItsContextDoesNotWaitFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, withWorkers(2))
		s := w.newShop("alpha")
		sub := s.subscribe("alice")
		s.awaitInStep()
		arrived := make(chan struct{})
		w.wire.onRequest(func(r *http.Request, _ func() (*http.Response, error)) (*http.Response, error) {
			close(arrived)
			<-r.Context().Done() // Stripe never answers
			return nil, r.Context().Err()
		})
		if err := s.deliver(s.event("evt_1", "customer.subscription.updated", sub.SubscriptionID)); err != nil {
			t.Fatal(err)
		}
		<-arrived
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := w.service.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
		w.wire.onRequest(nil)
		s.process()
		if e := s.events()["evt_1"]; e.Status != payments.EventPending {
			t.Errorf("taken before its lease ran out: %+v", e)
		}
		w.stripe.Advance(2 * time.Minute)
		s.process()
		s.wantInStep()
	})
}

func TestCloseMayBeCalledTwiceAndAtOnce(t *testing.T) {
	for _, n := range []int{-1, 4} {
		s := newWorld(t, withWorkers(n)).newShop("alpha")
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				if err := s.service.Close(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if err := s.service.Close(t.Context()); err != nil {
			t.Error(err)
		}
		// A closed Service still takes webhooks and answers: only its workers have ended.
		if err := s.deliver(s.event("evt_1", "customer.subscription.updated", "sub_1")); err != nil {
			t.Error(err)
		}
		if n := len(s.events()); n != 1 {
			t.Errorf("%d events", n)
		}
	}
}

func TestWorkOfADeadProcessIsTakenOverAfterItsLease(t *testing.T) {
	w := newWorld(t)
	s := w.newShop("alpha")
	s.buy("alice", payments.CheckoutRequest{PriceID: s.price(1900, "usd", "month")})
	s.flush()
	dead := must(w.store.ClaimDue(t.Context(), start, start.Add(time.Minute), payments.ClaimLimits{Total: 100, PerTenant: 100}))(t) // and then nothing
	if len(dead) == 0 {
		t.Fatal("there was nothing to claim")
	}
	s.process()
	if n := len(s.subscriptions()); n != 0 {
		t.Errorf("claimed work was taken from a living process: %d", n)
	}
	s.advance(61 * time.Second)
	s.wantInStep()
	if n := len(s.subscriptions()); n != 1 {
		t.Errorf("%d subscriptions", n)
	}
}
