package payments_test

import (
	"net/http"
	"testing"

	"github.com/stripe/stripe-go/v76"

	"github.com/manytenants/payments"
)

// The row may not know yet what Stripe has scheduled: the webhook is still under way.
func TestResumeTakesBackWhatOnlyStripeKnows(t *testing.T) {
	for name, scheduled := range map[string]func(payments.Subscription) *stripe.SubscriptionParams{
		"by flag": func(payments.Subscription) *stripe.SubscriptionParams {
			return &stripe.SubscriptionParams{CancelAtPeriodEnd: stripe.Bool(true)}
		},
		"by date": func(sub payments.Subscription) *stripe.SubscriptionParams {
			return &stripe.SubscriptionParams{CancelAt: stripe.Int64(sub.CurrentPeriodEnd.Unix())}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newWorld(t).newShop("alpha")
			sub := s.subscribe("alice")
			must(s.api.Subscriptions.Update(sub.SubscriptionID, scheduled(sub)))(t)
			got := must(s.resume("alice"))(t)
			if got.CancelAtPeriodEnd || !got.CancelAt.IsZero() {
				t.Errorf("%+v", got)
			}
			if there := fields(s.account.Object(sub.SubscriptionID)); there.at("cancel_at_period_end") != false || there.at("cancel_at") != nil {
				t.Errorf("at Stripe it still ends: %v, %v", there.at("cancel_at_period_end"), there.at("cancel_at"))
			}
			s.settle()
			s.wantInStep()
		})
	}
}

// The row says by date, Stripe by flag: unsetting the date of the row would leave the flag.
func TestResumeAsksStripeHowTheEndIsScheduled(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	sub := s.subscribe("alice")
	must(s.api.Subscriptions.Update(sub.SubscriptionID, &stripe.SubscriptionParams{CancelAt: stripe.Int64(sub.CurrentPeriodEnd.Unix())}))(t)
	s.settle()
	must(s.api.Subscriptions.Update(sub.SubscriptionID, &stripe.SubscriptionParams{CancelAtPeriodEnd: stripe.Bool(true)}))(t)
	if got := must(s.resume("alice"))(t); got.CancelAtPeriodEnd || !got.CancelAt.IsZero() {
		t.Errorf("%+v", got)
	}
	s.settle()
	s.wantInStep()
}

func TestResumeOfWhatIsNotScheduledWritesWhatStripeShows(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	sub := s.subscribe("alice")
	must(s.cancel("alice", false))(t)
	s.settle()
	must(s.api.Subscriptions.Update(sub.SubscriptionID, &stripe.SubscriptionParams{CancelAtPeriodEnd: stripe.Bool(false)}))(t)
	before := len(s.account.Requests())
	if got := must(s.resume("alice"))(t); got.CancelAtPeriodEnd || !got.CancelAt.IsZero() || got.Status != payments.StatusActive {
		t.Errorf("%+v", got)
	}
	for _, r := range s.account.Requests()[before:] {
		if r.Method != http.MethodGet {
			t.Errorf("%s %s", r.Method, r.Path)
		}
	}
	s.settle()
	s.wantInStep()
}

func TestResumeOfWhatHasEndedAtStripeIsAConflict(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	sub := s.subscribe("alice")
	must(s.api.Subscriptions.Cancel(sub.SubscriptionID, nil))(t)
	_, err := s.resume("alice")
	wantKind(t, err, payments.ErrConflict, "resuming what has ended at Stripe")
	if got := must(s.store.Subscription(t.Context(), s.project, s.mode, sub.SubscriptionID))(t); got.Status != payments.StatusCanceled {
		t.Errorf("the row still says %+v", got)
	}
	s.process()
	s.wantInStep()
}

// An item that was replaced in the Dashboard has another id than the row knows.
func TestUpdateChangesTheItemThatStripeHas(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	sub := s.subscribe("alice")
	replaced := must(s.api.Subscriptions.Update(sub.SubscriptionID, &stripe.SubscriptionParams{Items: []*stripe.SubscriptionItemsParams{
		{ID: &sub.ItemID, Deleted: stripe.Bool(true)}, {Price: stripe.String(s.price(2900, "usd", "month"))},
	}}))(t).Items.Data[0].ID
	price := s.price(4900, "usd", "month")
	got := must(s.update("alice", payments.SubscriptionUpdate{PriceID: price}))(t)
	if got.PriceID != price || got.ItemID != replaced || got.Amount != 4900 || replaced == sub.ItemID {
		t.Errorf("%+v", got)
	}
	s.settle()
	s.wantInStep()
}

func TestUpdateOfWhatHasEndedAtStripeEndsItHere(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	sub := s.subscribe("alice")
	must(s.api.Subscriptions.Cancel(sub.SubscriptionID, nil))(t)
	_, err := s.update("alice", payments.SubscriptionUpdate{PriceID: sub.PriceID})
	wantKind(t, err, payments.ErrNotFound, "updating what has ended at Stripe")
	s.process()
	s.wantInStep()
}
