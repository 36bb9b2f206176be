package payments_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manytenants/payments"
)

// wantCloseInTime closes the service with a second's patience, and complains unless it comes back soon after, naming what it left.
func (w *world) wantCloseInTime(left string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Second)
	defer cancel()
	begin := time.Now()
	err := w.service.Close(ctx)
	if took := time.Since(begin); took > 2*time.Second {
		w.t.Errorf("Close took %v", took)
	}
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), left) {
		w.t.Errorf("Close: %v, want one that says %q", err, left)
	}
}

func TestCloseDoesNotWaitForAHostThatIgnoresItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inside, release := make(chan struct{}, 9), make(chan struct{})
		w := newWorld(t, func(w *world) {
			w.opts.Workers = 1
			w.opts.OnChange = func(context.Context, payments.Change) error {
				inside <- struct{}{}
				<-release
				return nil
			}
		})
		s := w.newShop("alpha")
		s.buy("alice", payments.CheckoutRequest{PriceID: s.price(1900, "usd", ""), Mode: payments.CheckoutPayment})
		s.flush()
		<-inside
		w.wantCloseInTime("1 calls of OnChange")
		close(release)
	})
}

func TestCloseDoesNotWaitForATransportThatIgnoresItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, withWorkers(1))
		s := w.newShop("alpha")
		sub := s.subscribe("alice")
		s.awaitInStep()
		arrived, release := w.wire.hold(http.MethodGet, "/v1/subscriptions/", true)
		if err := s.deliver(s.event("evt_1", "customer.subscription.updated", sub.SubscriptionID)); err != nil {
			t.Fatal(err)
		}
		<-arrived
		w.wantCloseInTime("1 syncs")
		release()
	})
}
