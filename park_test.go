package payments_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/manytenants/payments"
)

// keyless are the ways in which a project loses its key for a mode, webhooks being under way.
var keyless = map[string]func(*shop) error{
	"deactivated": func(s *shop) error { return s.service.DeleteConfig(s.t.Context(), s.project) },
	"key cleared": func(s *shop) error {
		u := payments.ConfigUpdate{Test: payments.CredentialsUpdate{SecretKey: payments.ClearSecret()}}
		_, err := s.service.UpdateConfig(s.t.Context(), s.project, u)
		return err
	},
}

func TestWorkOfAProjectWithoutKeyWaitsForTheKey(t *testing.T) {
	for name, lose := range keyless {
		t.Run(name, func(t *testing.T) {
			s := newWorld(t).newShop("alpha")
			s.buy("alice", payments.CheckoutRequest{PriceID: s.price(1900, "usd", "month")})
			s.flush()
			if err := lose(s); err != nil {
				t.Fatal(err)
			}
			s.process()
			for range 10 {
				s.stripe.Advance(time.Hour)
				s.process()
			}
			pending := must(s.service.PendingSyncs(t.Context(), s.project, s.mode, 100))(t)
			for _, p := range pending {
				if p.Attempts != 1 || p.LastError == "" || !p.DueAt.IsZero() {
					t.Errorf("%+v", p)
				}
			}
			log := s.log.String()
			if n := strings.Count(log, "level=INFO"); n != len(pending) || n == 0 || strings.Contains(log, "level=WARN") {
				t.Errorf("%d objects are pending, the log is:\n%s", len(pending), log)
			}
			s.configure(nil)
			s.process()
			s.wantInStep()
		})
	}
}

// parkStore does something before an object is parked, once.
type parkStore struct {
	payments.Store
	before func()
}

func (p *parkStore) RetrySync(ctx context.Context, t payments.Ticket, at time.Time, reason string) error {
	if before := p.before; at.IsZero() && before != nil {
		p.before = nil
		before()
	}
	return p.Store.RetrySync(ctx, t, at, reason)
}

func TestKeyThatComesWhileWorkIsParkedWakesIt(t *testing.T) {
	store := &parkStore{}
	w := newWorld(t, func(w *world) { store.Store, w.store = w.store, store })
	s := w.newShop("alpha")
	s.buy("alice", payments.CheckoutRequest{PriceID: s.price(1900, "usd", "month")})
	s.flush()
	if err := s.service.DeleteConfig(t.Context(), s.project); err != nil {
		t.Fatal(err)
	}
	store.before = func() { s.configure(nil) }
	s.process()
	s.wantInStep()
}

func TestNewKeyEndsTheWaitAfterARevokedOne(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	s.buy("alice", payments.CheckoutRequest{PriceID: s.price(1900, "usd", "month")})
	s.flush()
	s.configure(func(u *payments.ConfigUpdate) { u.Test.SecretKey = payments.SetSecret("sk_test_unknown0123456789") })
	s.process()
	for _, p := range must(s.service.PendingSyncs(t.Context(), s.project, s.mode, 100))(t) {
		if !p.DueAt.After(s.stripe.Now()) || p.DueAt.After(s.stripe.Now().Add(time.Minute)) {
			t.Errorf("a refused key doesn't back off: %+v", p)
		}
	}
	s.configure(nil)
	s.process()
	s.wantInStep()
}

func TestObjectThatStripeDoesNotKnowIsLoggedOnce(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	if err := s.deliver(s.event("evt_1", "customer.subscription.updated", "sub_unknown")); err != nil {
		t.Fatal(err)
	}
	s.process()
	s.process()
	log := s.log.String()
	if strings.Count(log, "level=WARN") != 1 || !strings.Contains(log, "project=alpha mode=test object=sub_unknown") {
		t.Errorf("the log is:\n%s", log)
	}
}
