package payments_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stripe/stripe-go/v76"

	"github.com/manytenants/payments"
)

// permutations returns all orders of 0 to n-1.
func permutations(n int) [][]int {
	if n == 0 {
		return [][]int{nil}
	}
	var all [][]int
	for _, shorter := range permutations(n - 1) {
		for at := range n {
			order := append(append(append([]int{}, shorter[:at]...), n-1), shorter[at:]...)
			all = append(all, order)
		}
	}
	return all
}

// life is a subscription whose events are told in some order.
type life struct {
	*shop
	user  payments.UserID
	id    string
	order []int // places in told
	told  []struct{ kind, object string }
}

func (s *shop) begin(user payments.UserID, price string, order []int) *life {
	s.t.Helper()
	session := s.buy(user, payments.CheckoutRequest{PriceID: price})
	id := fields(s.account.Object(session.ID)).text("subscription")
	invoice := fields(s.account.Object(id)).text("latest_invoice")
	return &life{s, user, id, order, []struct{ kind, object string }{
		{"customer.subscription.created", id}, {"customer.subscription.updated", id}, {"invoice.paid", invoice},
		{"customer.subscription.updated", id}, {"customer.subscription.deleted", id},
	}}
}

// goOn is what happens at Stripe before the step's event is told.
func (l *life) goOn(step int) {
	l.t.Helper()
	switch step {
	case 1, 2:
		must(l.api.Subscriptions.Update(l.id, &stripe.SubscriptionParams{CancelAtPeriodEnd: stripe.Bool(step == 1)}))(l.t)
	case 4:
		must(l.api.Subscriptions.Cancel(l.id, nil))(l.t)
	}
}

// A subscription's life is told in every order, each with one event twice, while it goes on at Stripe. After each
// event the worker runs, so that it sees every state in between.
func TestAllOrdersOfEventsEndTheSame(t *testing.T) {
	t.Parallel()
	s := newWorld(t).newShop("alpha")
	price := s.price(1900, "usd", "month")
	var lives []*life
	for i, order := range permutations(5) {
		lives = append(lives, s.begin(payments.UserID(fmt.Sprint("user-", i)), price, append(order, order[i%5])))
	}
	if len(lives) != 120 {
		t.Fatalf("%d orders", len(lives))
	}
	for step := range 6 {
		for i, l := range lives {
			l.goOn(step)
			event := l.order[step]
			if err := s.deliver(s.event(fmt.Sprintf("evt_%d_%d", i, event), l.told[event].kind, l.told[event].object)); err != nil {
				t.Fatal(err)
			}
		}
		s.process()
	}
	for _, l := range lives {
		got := must(s.store.Subscription(t.Context(), s.project, s.mode, l.id))(t)
		if got.Status != payments.StatusCanceled || got.User != l.user || got.MRR != 0 || got.EndedAt.IsZero() {
			t.Errorf("order %v: %+v", l.order, got)
		}
	}
	stats := must(s.service.Stats(t.Context(), "dev", payments.Test))(t)
	if stats.SubscriptionsByStatus[payments.StatusCanceled] != 120 || len(stats.SubscriptionsByStatus) != 1 || stats.PaymentsByStatus[payments.PaymentSucceeded] != 120 || len(stats.MRR) != 0 {
		t.Errorf("%+v", stats.Totals)
	}
}

func TestUpdateBeforeCreationIsNoLoss(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	session := s.buy("alice", payments.CheckoutRequest{PriceID: s.price(1900, "usd", "month")})
	id := fields(s.account.Object(session.ID)).text("subscription")
	for i, kind := range []string{"updated", "created"} {
		if err := s.deliver(s.event(fmt.Sprint("evt_", i), "customer.subscription."+kind, id)); err != nil {
			t.Fatal(err)
		}
		s.process()
		if got := s.current("alice"); got.Status != payments.StatusActive {
			t.Errorf("after %s: %+v", kind, got)
		}
	}
}

func TestEndedSubscriptionNeverComesBack(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	sub := s.subscribe("alice")
	must(s.service.CancelSubscription(t.Context(), s.project, s.mode, "alice", true))(t)
	s.settle()
	if err := s.deliver(s.event("evt_late", "customer.subscription.updated", sub.SubscriptionID)); err != nil {
		t.Fatal(err)
	}
	s.process()
	// Even if a stale replica of Stripe's says so.
	s.wire.rewrite("GET", "/v1/subscriptions/", func(body string) string {
		return strings.Replace(body, `"status":"canceled"`, `"status":"active"`, 1)
	})
	if err := s.deliver(s.event("evt_later", "customer.subscription.updated", sub.SubscriptionID)); err != nil {
		t.Fatal(err)
	}
	s.process()
	s.wire.onRequest(nil)
	s.wantInStep()
	if got := s.subscriptions()[0]; got.Status != payments.StatusCanceled {
		t.Errorf("%+v", got)
	}
	if e := s.events()["evt_later"]; e.Status != payments.EventProcessed {
		t.Errorf("%+v", e)
	}
}

// A worker that fetched first and writes last must not undo what was written meanwhile.
func TestSlowFetchDoesNotUndoALaterOne(t *testing.T) {
	w := newWorld(t)
	s := w.newShop("alpha")
	sub := s.subscribe("alice")
	second := w.open()
	arrived, release := w.wire.hold("GET", "/v1/subscriptions/", false)
	defer release()
	if err := s.deliver(s.event("evt_1", "customer.subscription.updated", sub.SubscriptionID)); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	group.Go(func() {
		if err := second.Process(t.Context()); err != nil {
			t.Error(err)
		}
	})
	<-arrived // the first worker has Stripe's answer: active
	must(s.api.Subscriptions.Cancel(sub.SubscriptionID, nil))(t)
	if err := s.deliver(s.event("evt_2", "customer.subscription.deleted", sub.SubscriptionID)); err != nil {
		t.Fatal(err)
	}
	w.process()
	if got := s.subscriptions()[0]; got.Status != payments.StatusCanceled {
		t.Fatalf("%+v", got)
	}
	release()
	group.Wait()
	s.settle()
	s.wantInStep()
}

func TestParallelEventsOfOneCheckoutMakeOneRow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) { w.opts.Workers = 4 })
	s := w.newShop("alpha")
	price := s.price(1900, "usd", "month")
	const rounds = 20
	for i := range rounds {
		user := payments.UserID(fmt.Sprint("user-", i))
		session := s.buy(user, payments.CheckoutRequest{PriceID: price})
		id := fields(s.account.Object(session.ID)).text("subscription")
		invoice := fields(s.account.Object(id)).text("latest_invoice")
		var group sync.WaitGroup
		for kind, object := range map[string]string{
			"customer.subscription.created": id, "customer.subscription.updated": id, "invoice.paid": invoice,
			"invoice.payment_succeeded": invoice, "checkout.session.completed": session.ID,
		} {
			group.Go(func() {
				if err := s.deliver(s.event(fmt.Sprint("evt_", i, strings.ReplaceAll(kind, ".", "_")), kind, object)); err != nil {
					t.Errorf("%s: %v", kind, err)
				}
			})
		}
		group.Go(func() {
			if err := s.service.Process(t.Context()); err != nil {
				t.Error(err)
			}
		})
		group.Wait()
	}
	if err := w.service.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.process()
	s.wantInStep()
	if n := len(s.subscriptions()); n != rounds {
		t.Errorf("%d subscriptions, want %d", n, rounds)
	}
}
