package payments_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/stripetest"
)

// wipe makes Stripe know no subscription of the account any more, and tell nobody.
func (s *shop) wipe() {
	unknown := &stripetest.Error{Status: http.StatusNotFound, Type: "invalid_request_error", Code: "resource_missing", Param: "id"}
	for _, method := range []string{"GET ", "POST ", "DELETE "} {
		s.account.Fail(stripetest.Fault{Operation: method + subscriptionPath, Error: unknown, Times: -1})
	}
}

func (s *shop) stored(id string) payments.Subscription {
	s.t.Helper()
	return must(s.store.Subscription(s.t.Context(), s.project, s.mode, id))(s.t)
}

func TestSubscriptionThatStripeDoesNotKnowEndsHere(t *testing.T) {
	var changes []payments.Change
	s := newWorld(t, func(w *world) {
		w.opts.OnChange = func(_ context.Context, c payments.Change) error {
			changes = append(changes, c)
			return nil
		}
	}).newShop("alpha")
	s.subscribe("alice")
	must(s.cancel("alice", false))(t)
	s.settle()
	want := s.current("alice")
	s.wipe()
	changes = nil
	for _, id := range []string{"evt_1", "evt_2"} { // the second finds it ended
		if err := s.deliver(s.event(id, "customer.subscription.updated", want.SubscriptionID)); err != nil {
			t.Fatal(err)
		}
		s.process()
		if e := s.events()[id]; e.Status != payments.EventIgnored {
			t.Errorf("%+v", e)
		}
	}
	want.Status, want.MRR, want.CancelAtPeriodEnd, want.CancelAt, want.EndedAt = payments.StatusCanceled, 0, false, time.Time{}, s.stripe.Now().UTC()
	if diff := cmp.Diff(want, s.stored(want.SubscriptionID)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if len(changes) != 1 || changes[0].Status != payments.StatusCanceled || changes[0].PreviousStatus != payments.StatusActive || changes[0].User != "alice" {
		t.Errorf("%+v", changes)
	}
	totals := must(s.store.Totals(t.Context(), []payments.ProjectID{"alpha"}, s.mode))(t)
	if diff := cmp.Diff(map[string]int64{payments.StatusCanceled: 1}, totals.SubscriptionsByStatus); diff != "" || len(totals.MRR) != 0 {
		t.Errorf("%s%+v", diff, totals.MRR)
	}
	_, err := s.service.CurrentSubscription(t.Context(), s.project, s.mode, "alice")
	wantKind(t, err, payments.ErrNotFound, "a current one")
}

// Nothing of Stripe's tells that it is gone: the user's own try does.
func TestChangeOfASubscriptionThatStripeDoesNotKnowEndsIt(t *testing.T) {
	for name, change := range map[string]func(*shop) error{
		"cancel at the end": func(s *shop) error { _, err := s.cancel("alice", false); return err },
		"cancel at once":    func(s *shop) error { _, err := s.cancel("alice", true); return err },
		"resume":            func(s *shop) error { _, err := s.resume("alice"); return err },
		"update": func(s *shop) error {
			_, err := s.update("alice", payments.SubscriptionUpdate{PriceID: "price_1"})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newWorld(t).newShop("alpha")
			sub := s.subscribe("alice")
			s.wipe()
			wantKind(t, change(s), payments.ErrNotFound, name)
			s.process()
			if got := s.stored(sub.SubscriptionID); got.Status != payments.StatusCanceled {
				t.Errorf("%+v", got)
			}
			if pending := must(s.service.PendingSyncs(t.Context(), s.project, s.mode, 10))(t); len(pending) != 0 {
				t.Errorf("still pending: %+v", pending)
			}
		})
	}
}

// Stripe deletes a customer together with its subscriptions; the events of these may be lost, or never come.
func TestSubscriptionsOfACustomerWhoIsGoneAreFetched(t *testing.T) {
	for name, wiped := range map[string]bool{"deleted": false, "wiped": true} {
		t.Run(name, func(t *testing.T) {
			s := newWorld(t).newShop("alpha")
			ours := s.subscribe("alice")
			others := s.subscribe("bob")
			must(s.api.Customers.Del(ours.CustomerID, nil))(t)
			for _, d := range s.stripe.Deliveries() {
				d.Drop()
			}
			if wiped {
				unknown := &stripetest.Error{Status: http.StatusNotFound, Type: "invalid_request_error", Code: "resource_missing", Param: "id"}
				s.account.Fail(stripetest.Fault{Operation: "GET /v1/customers/{customer}", Error: unknown})
			}
			if err := s.deliver(s.event("evt_1", "customer.deleted", ours.CustomerID)); err != nil {
				t.Fatal(err)
			}
			s.process()
			if got := s.stored(ours.SubscriptionID); got.Status != payments.StatusCanceled {
				t.Errorf("%+v", got)
			}
			if got := s.current("bob"); got != others {
				t.Errorf("%+v", got)
			}
		})
	}
}

// Nobody can be named by a customer who is gone, and some objects carry no metadata.
func TestUserStaysWhereStripeTellsItNoMore(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	sub := s.subscribe("alice")
	paid := s.payments()[0]
	must(s.api.Customers.Del(sub.CustomerID, nil))(t)
	s.settle()
	s.wire.rewrite(http.MethodGet, "/v1/", func(body string) string {
		return strings.ReplaceAll(body, `"payments_`, `"others_`)
	})
	for id, object := range map[string][]byte{
		"evt_1": s.event("evt_1", "customer.subscription.deleted", sub.SubscriptionID),
		"evt_2": s.event("evt_2", "invoice.paid", paid.Source),
	} {
		if err := s.deliver(object); err != nil {
			t.Fatal(id, err)
		}
	}
	s.process()
	if got := s.stored(sub.SubscriptionID); got.User != "alice" {
		t.Errorf("%+v", got)
	}
	if got := s.payments()[0]; got.User != "alice" {
		t.Errorf("%+v", got)
	}
}
