package payments_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stripe/stripe-go/v76"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/stripetest"
)

const subscriptionPath = "/v1/subscriptions/{subscription_exposed_id}"

// A fetch that begins after a change was asked for and ends before it happened knows nothing of it, but has the later ticket.
func TestChangeIsNotHiddenByAFetchFromBeforeIt(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	sub := s.subscribe("alice")
	arrived, release := s.wire.hold(http.MethodPost, "/v1/subscriptions/", true)
	defer release()
	var group sync.WaitGroup
	var got payments.Subscription
	var err error
	group.Go(func() { got, err = s.cancel("alice", false) })
	<-arrived
	if err := s.deliver(s.event("evt_1", "customer.subscription.updated", sub.SubscriptionID)); err != nil {
		t.Fatal(err)
	}
	s.process() // fetches the subscription as it was
	release()
	group.Wait()
	if err != nil || !got.CancelAtPeriodEnd || got.CancelAt.IsZero() {
		t.Errorf("the caller was told %+v, %v", got, err)
	}
	s.process() // no webhook of Stripe's is needed
	s.wantInStep()
}

// The same fetch may also write last.
func TestFetchFromBeforeAChangeIsFollowedByAnother(t *testing.T) {
	w := newWorld(t)
	s := w.newShop("alpha")
	sub := s.subscribe("alice")
	second := w.open()
	changing, change := make(chan struct{}), make(chan struct{})
	fetching, fetched := make(chan struct{}), make(chan struct{})
	s.wire.onRequest(func(r *http.Request, pass func() (*http.Response, error)) (*http.Response, error) {
		switch {
		case r.Method == http.MethodPost: // the change, held on its way to Stripe
			close(changing)
			<-change
			return pass()
		case r.Context().Value(held{}) != nil: // the fetch, held on its way back
			answer, err := pass()
			close(fetching)
			<-fetched
			return answer, err
		}
		return pass()
	})
	var group sync.WaitGroup
	group.Go(func() {
		if _, err := s.cancel("alice", false); err != nil {
			t.Error(err)
		}
	})
	<-changing // its ticket is taken
	if err := s.deliver(s.event("evt_1", "customer.subscription.updated", sub.SubscriptionID)); err != nil {
		t.Fatal(err)
	}
	var worker sync.WaitGroup
	worker.Go(func() {
		if err := second.Process(context.WithValue(t.Context(), held{}, true)); err != nil {
			t.Error(err)
		}
	})
	<-fetching // it has read the state before the change
	close(change)
	group.Wait()
	s.wire.onRequest(nil)
	close(fetched)
	worker.Wait()
	s.process() // no webhook of Stripe's is needed
	s.wantInStep()
}

// held marks the context of a worker whose fetch the test holds.
type held struct{}

func TestChangeWithALostAnswerHealsByTheWorker(t *testing.T) {
	for name, c := range map[string]struct {
		operation string
		change    func(*shop) error
	}{
		"cancel at the end": {"POST " + subscriptionPath, func(s *shop) error { _, err := s.cancel("alice", false); return err }},
		"cancel at once":    {"DELETE " + subscriptionPath, func(s *shop) error { _, err := s.cancel("alice", true); return err }},
		"update": {"POST " + subscriptionPath, func(s *shop) error {
			_, err := s.update("alice", payments.SubscriptionUpdate{PriceID: s.price(4900, "usd", "month")})
			return err
		}},
	} {
		t.Run(name, inBubble(func(t *testing.T) {
			s := newWorld(t).newShop("alpha")
			s.subscribe("alice")
			s.account.Fail(stripetest.Fault{Operation: c.operation, DropAnswer: true, Times: -1})
			err := c.change(s)
			wantKind(t, err, payments.ErrUnavailable, "an answer that never came")
			s.account.StopFailing()
			s.process()
			s.wantInStep()
		}))
	}
}

// stripe-go asks again by itself when an answer is lost: the second answer must be as good as the first.
func TestChangeAskedForAgainIsNoFailure(t *testing.T) {
	synctest.Test(t, changeIsAskedForAgain)
}

func changeIsAskedForAgain(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	s.subscribe("alice")
	s.account.Fail(stripetest.Fault{Operation: "POST " + subscriptionPath, DropAnswer: true})
	if got, err := s.cancel("alice", false); err != nil || !got.CancelAtPeriodEnd {
		t.Errorf("at the end: %+v, %v", got, err)
	}
	s.account.Fail(stripetest.Fault{Operation: "DELETE " + subscriptionPath, DropAnswer: true})
	if got, err := s.cancel("alice", true); err != nil || got.Status != payments.StatusCanceled {
		t.Errorf("at once: %+v, %v", got, err)
	}
	s.settle()
	s.wantInStep()
}

// The row may not know yet that Stripe, or its owner in the Dashboard, has ended the subscription.
func TestCancellingWhatHasEndedAtStripeEndsItHere(t *testing.T) {
	for _, immediately := range []bool{false, true} {
		s := newWorld(t).newShop("alpha")
		sub := s.subscribe("alice")
		must(s.api.Subscriptions.Cancel(sub.SubscriptionID, nil))(t)
		got, err := s.cancel("alice", immediately)
		if err == nil && got.Status != payments.StatusCanceled {
			t.Errorf("immediately %v: %+v", immediately, got)
		} else if err != nil && !errors.Is(err, payments.ErrNotFound) && !errors.Is(err, payments.ErrBadRequest) {
			t.Errorf("immediately %v: %v", immediately, err)
		}
		s.process()
		s.wantInStep()
	}
}

func TestRefusedChangeLeavesTheRowAsItIs(t *testing.T) {
	for name, c := range map[string]struct {
		fault *stripetest.Error
		kind  error
	}{
		"key revoked":   {stripetest.KeyExpired(), payments.ErrStripeRefused},
		"no permission": {stripetest.Forbidden("subscription_write"), payments.ErrStripeRefused},
		"rate limited":  {stripetest.RateLimited(), payments.ErrUnavailable},
		"down":          {stripetest.Unavailable(), payments.ErrUnavailable},
	} {
		t.Run(name, inBubble(func(t *testing.T) {
			s := newWorld(t).newShop("alpha")
			sub := s.subscribe("alice")
			s.account.Fail(stripetest.Fault{Operation: "POST " + subscriptionPath, Error: c.fault, Times: -1})
			_, err := s.cancel("alice", false)
			wantKind(t, err, c.kind, "cancel")
			if got := s.current("alice"); got != sub {
				t.Errorf("%+v", got)
			}
			s.process()
			s.wantInStep()
		}))
	}
}

func TestConcurrentChangesEndAsStripeHasIt(t *testing.T) {
	s := newWorld(t, func(w *world) { w.opts.Workers = 2 }).newShop("alpha")
	sub := s.subscribe("alice")
	prices := []string{s.price(100, "usd", "month"), s.price(200, "usd", "month"), s.price(300, "usd", "month")}
	var group sync.WaitGroup
	for i := range 12 {
		group.Go(func() {
			var err error
			switch i % 3 {
			case 0:
				_, err = s.update("alice", payments.SubscriptionUpdate{PriceID: prices[i/4], ProrationBehavior: payments.ProrationNone})
			case 1:
				_, err = s.cancel("alice", false)
			default:
				_, err = s.resume("alice")
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if err := s.service.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.process() // without any webhook of Stripe's
	got, want := s.current("alice"), fields(s.account.Object(sub.SubscriptionID))
	if got.CancelAtPeriodEnd != want.at("cancel_at_period_end") || got.PriceID != s.objects("subscription")[0].text("items.data.price.id") {
		t.Errorf("here %v %s, at Stripe %v", got.CancelAtPeriodEnd, got.PriceID, want.at("cancel_at_period_end"))
	}
	s.settle()
	s.wantInStep()
}

// A caller who goes away between Stripe's change and our record of it must not leave them apart.
func TestCallerWhoGoesAwayDoesNotCutAChange(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	sub := s.subscribe("alice")
	arrived, release := s.wire.hold(http.MethodPost, "/v1/subscriptions/", false)
	defer release()
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	var group sync.WaitGroup
	group.Go(func() {
		if _, err := s.service.CancelSubscription(ctx, s.project, s.mode, "alice", false); err != nil {
			t.Error(err)
		}
	})
	<-arrived
	leave()
	release()
	group.Wait()
	if got := must(s.store.Subscription(t.Context(), s.project, s.mode, sub.SubscriptionID))(t); !got.CancelAtPeriodEnd {
		t.Errorf("%+v", got)
	}
	must(s.api.Subscriptions.Update(sub.SubscriptionID, &stripe.SubscriptionParams{CancelAtPeriodEnd: stripe.Bool(false)}))(t)
	s.settle()
	s.wantInStep()
}
