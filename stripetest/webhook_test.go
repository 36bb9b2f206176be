package stripetest_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/manytenants/payments/stripetest"
)

func TestFailedWebhookIsSentAgainByTheClock(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	s.answer(http.StatusInternalServerError)
	must(s.api.Customers.New(nil))(t)
	s.wantEvents("")
	s.answer(http.StatusOK)
	s.server.Advance(time.Minute)
	s.wantEvents("")
	s.server.Advance(time.Hour)
	s.wantEvents("customer.created")
	events := s.account.Objects("event")
	if events[0]["pending_webhooks"] != int64(0) {
		t.Errorf("pending_webhooks is %v after delivery", events[0]["pending_webhooks"])
	}
}

func TestRedirectIsAFailure(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	s.answer(http.StatusFound)
	must(s.api.Customers.New(nil))(t)
	s.events()
	if events := s.account.Objects("event"); events[0]["pending_webhooks"] != int64(1) {
		t.Error("a redirect counted as delivered")
	}
}

func TestManualDeliveryWaitsForFlush(t *testing.T) {
	s := newShop(t, stripetest.Options{ManualDelivery: true})
	must(s.api.Customers.New(nil))(t)
	s.mu.Lock()
	early := len(s.received)
	s.mu.Unlock()
	if early != 0 {
		t.Error("a webhook went out before Flush")
	}
	if err := s.server.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.wantEvents("customer.created")
}

func TestEndpointGetsOnlyItsEvents(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	s.account.AddWebhookEndpoint("http://127.0.0.1:1/unused", "invoice.*")
	must(s.api.Customers.New(nil))(t)
	s.events()
	if events := s.account.Objects("event"); events[0]["pending_webhooks"] != int64(0) {
		t.Error("customer.created waits for an endpoint of invoices")
	}
}

func TestEventsTellWhatChangedAndWhoAsked(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	customer := must(s.api.Customers.New(&stripe.CustomerParams{Email: stripe.String("a@example.com")}))(t)
	params := &stripe.CustomerParams{Email: stripe.String("b@example.com")}
	params.SetIdempotencyKey("key-2")
	must(s.api.Customers.Update(customer.ID, params))(t)
	must(s.api.Customers.Update(customer.ID, &stripe.CustomerParams{Email: stripe.String("b@example.com")}))(t)
	list := s.api.Events.List(&stripe.EventListParams{Type: stripe.String("customer.updated")})
	var events []*stripe.Event
	for list.Next() {
		events = append(events, list.Event())
	}
	if len(events) != 1 {
		t.Fatalf("%d updates told, want 1: the second changed nothing (%v)", len(events), list.Err())
	}
	e := events[0]
	if e.Data.PreviousAttributes["email"] != "a@example.com" || e.Data.Object["email"] != "b@example.com" || e.Request.IdempotencyKey != "key-2" || e.Request.ID == "" {
		t.Errorf("event %+v", e)
	}
}
