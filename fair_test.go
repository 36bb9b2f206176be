package payments_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manytenants/payments"
)

// flood delivers n events, each about an object of its own.
func (s *shop) flood(n int) {
	s.t.Helper()
	for i := range n {
		if err := s.deliver(s.event(fmt.Sprint("evt_flood_", i), "customer.subscription.updated", fmt.Sprint("sub_flood_", i))); err != nil {
			s.t.Fatal(err)
		}
	}
}

// slow makes requests with the shops' keys take the time given, and those of the others none. 0 is for ever.
func (w *world) slow(by map[*shop]time.Duration) {
	w.wire.onRequest(func(r *http.Request, pass func() (*http.Response, error)) (*http.Response, error) {
		for s, wait := range by {
			if !strings.Contains(r.Header.Get("Authorization"), s.key) {
				continue
			}
			var after <-chan time.Time
			if wait > 0 {
				after = time.After(wait)
			}
			select {
			case <-after:
			case <-r.Context().Done():
				return nil, r.Context().Err()
			}
		}
		return pass()
	})
}

func TestNoTenantsBacklogOrSlowAccountHoldsUpAnother(t *testing.T) {
	for _, workers := range []int{3, 0, 64} { // with 3 each tenant has one
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, withWorkers(workers))
			busy, stalled, other := w.newShop("alpha"), w.newShop("beta"), w.newShop("zeta")
			other.buy("alice", payments.CheckoutRequest{PriceID: other.price(1900, "usd", "month")})
			w.slow(map[*shop]time.Duration{busy: 50 * time.Millisecond, stalled: 0})
			busy.flood(600)
			stalled.flood(30)
			w.stripe.Advance(time.Second) // so that what is due longest is theirs
			begin := time.Now()
			w.flush()
			for len(other.payments()) == 0 && time.Since(begin) < time.Minute {
				time.Sleep(10 * time.Millisecond) //nolint:forbidigo // the bubble's time: it passes when all the workers wait
			}
			if took := time.Since(begin); took > time.Second {
				t.Errorf("%d workers: the checkout was visible after %v", workers, took)
			}
			w.slow(nil)
			if err := w.service.Close(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestTenantHasItsShareOfTheWorkersAtMost(t *testing.T) {
	for workers, share := range map[int]int{1: 1, 7: 1, 0: 2, 16: 2, 40: 5} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, withWorkers(workers))
			s := w.newShop("alpha")
			w.slow(map[*shop]time.Duration{s: time.Second})
			s.flood(20)
			most := 0
			for range 30 {
				time.Sleep(500 * time.Millisecond) //nolint:forbidigo // the bubble's time
				synctest.Wait()
				leased := 0
				for _, p := range must(s.service.PendingSyncs(t.Context(), s.project, s.mode, 100))(t) {
					if p.Attempts > 0 {
						leased++
					}
				}
				most = max(most, leased)
			}
			if most != share {
				t.Errorf("of %d workers one tenant had %d, want %d", workers, most, share)
			}
		})
	}
}

func TestProcessServesTenantsInTurn(t *testing.T) {
	w := newWorld(t)
	busy, other := w.newShop("alpha"), w.newShop("zeta")
	busy.flood(50)
	w.stripe.Advance(time.Second)
	other.flood(1)
	before := len(w.stripe.Requests())
	w.process()
	requests := w.stripe.Requests()[before:]
	if len(requests) != 51 || requests[1].Key != other.key {
		t.Errorf("%d fetches, the second with %s", len(requests), requests[1].Key)
	}
}

// Process may work for much longer than a lease lasts.
func TestProcessLetsNoLeaseRunOut(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	s.flood(12)
	fetches := 0
	s.wire.onRequest(func(_ *http.Request, pass func() (*http.Response, error)) (*http.Response, error) {
		fetches++
		s.stripe.Advance(20 * time.Second)
		for _, p := range must(s.service.PendingSyncs(t.Context(), s.project, s.mode, 100))(t) {
			if p.Attempts > 0 && !p.DueAt.After(s.stripe.Now()) {
				t.Errorf("at fetch %d another process may claim %s", fetches, p.ID)
			}
		}
		return pass()
	})
	s.process()
	if fetches != 12 {
		t.Errorf("%d fetches", fetches)
	}
}
