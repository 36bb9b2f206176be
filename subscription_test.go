package payments_test

import (
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/stripetest"
)

func (s *shop) cancel(user payments.UserID, immediately bool) (payments.Subscription, error) {
	return s.service.CancelSubscription(s.t.Context(), s.project, s.mode, user, immediately)
}

func (s *shop) resume(user payments.UserID) (payments.Subscription, error) {
	return s.service.ResumeSubscription(s.t.Context(), s.project, s.mode, user)
}

func (s *shop) update(user payments.UserID, u payments.SubscriptionUpdate) (payments.Subscription, error) {
	return s.service.UpdateSubscription(s.t.Context(), s.project, s.mode, user, u)
}

func TestCancelAtPeriodEndUndoneAndDone(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	sub := s.subscribe("alice")
	for range 2 { // twice is as good as once
		got := must(s.cancel("alice", false))(t)
		if got.Status != payments.StatusActive || !got.CancelAtPeriodEnd || !got.CancelAt.Equal(sub.CurrentPeriodEnd) || got.CanceledAt.IsZero() {
			t.Fatalf("%+v", got)
		}
	}
	for range 2 {
		got := must(s.resume("alice"))(t)
		if got.Status != payments.StatusActive || got.CancelAtPeriodEnd || !got.CancelAt.IsZero() {
			t.Fatalf("%+v", got)
		}
	}
	s.settle()
	s.wantInStep()
	must(s.cancel("alice", false))(t)
	s.advance(32 * 24 * time.Hour)
	s.wantInStep()
	if got := s.subscriptions()[0]; got.Status != payments.StatusCanceled || got.EndedAt.IsZero() || got.MRR != 0 {
		t.Errorf("%+v", got)
	}
	_, err := s.resume("alice")
	wantKind(t, err, payments.ErrConflict, "resuming what has ended")
	_, err = s.cancel("alice", false)
	wantKind(t, err, payments.ErrNotFound, "cancelling what has ended")
	_, err = s.resume("bob")
	wantKind(t, err, payments.ErrNotFound, "resuming what never was")
}

func TestCancelAtOnce(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	s.subscribe("alice")
	got := must(s.cancel("alice", true))(t)
	if got.Status != payments.StatusCanceled || got.EndedAt.IsZero() || got.CanceledAt.IsZero() {
		t.Errorf("%+v", got)
	}
	s.process() // no webhook is needed
	s.wantInStep()
	s.settle()
	s.wantInStep()
	_, err := s.cancel("alice", true)
	wantKind(t, err, payments.ErrNotFound, "cancelling twice")
}

// The customer portal of flexible billing cancels by date, without the flag.
func TestCancellationByDateIsTakenBack(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	sub := s.subscribe("alice")
	must(s.api.Subscriptions.Update(sub.SubscriptionID, &stripe.SubscriptionParams{CancelAt: stripe.Int64(sub.CurrentPeriodEnd.Unix())}))(t)
	s.settle()
	s.wantInStep()
	if got := s.current("alice"); got.CancelAtPeriodEnd || got.CancelAt.IsZero() {
		t.Fatalf("%+v", got)
	}
	if got := must(s.resume("alice"))(t); !got.CancelAt.IsZero() || got.Status != payments.StatusActive {
		t.Errorf("%+v", got)
	}
	s.settle()
	s.wantInStep()
	if asked := fields(s.account.Object(sub.SubscriptionID)); asked.at("cancel_at") != nil {
		t.Errorf("at Stripe it still ends at %v", asked.at("cancel_at"))
	}
}

func TestPriceSwapKeepsOneItem(t *testing.T) {
	t.Parallel()
	for behaviour, payment := range map[string]string{
		"": "", payments.ProrationCreate: "", payments.ProrationNone: "", payments.ProrationInvoice: payments.TypeProrationCharge,
	} {
		t.Run("proration "+behaviour, func(t *testing.T) {
			s := newWorld(t).newShop("alpha")
			before := s.subscribe("alice")
			s.advance(10 * 24 * time.Hour)
			price := s.price(4900, "usd", "month")
			got := must(s.update("alice", payments.SubscriptionUpdate{PriceID: price, ProrationBehavior: behaviour}))(t)
			if got.PriceID != price || got.ItemID != before.ItemID || got.Amount != 4900 || got.MRR != 4900 || got.Quantity != 1 || got.ID != before.ID {
				t.Errorf("%+v", got)
			}
			s.settle()
			s.wantInStep()
			items := fields(s.account.Object(before.SubscriptionID)).at("items.data")
			if list, ok := items.([]any); ok && len(list) != 1 {
				t.Errorf("%d items", len(list))
			}
			paid := s.payments()
			if last := paid[len(paid)-1]; payment == "" && len(paid) != 1 || payment != "" && (len(paid) != 2 || last.Type != payment || last.Status != payments.PaymentSucceeded) {
				t.Errorf("%+v", paid)
			}
			s.advance(32 * 24 * time.Hour)
			s.wantInStep()
		})
	}
}

func TestQuantityIsChangedWithThePrice(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	sub := s.subscribe("alice")
	five := int64(5)
	got := must(s.update("alice", payments.SubscriptionUpdate{PriceID: sub.PriceID, Quantity: &five}))(t)
	if got.Quantity != 5 || got.Amount != 5*1900 || got.MRR != 5*1900 {
		t.Errorf("%+v", got)
	}
	if got := must(s.update("alice", payments.SubscriptionUpdate{PriceID: s.price(100, "usd", "month")}))(t); got.Quantity != 5 || got.Amount != 500 {
		t.Errorf("without a quantity it became %d of %d", got.Quantity, got.Amount)
	}
	s.settle()
	s.wantInStep()
}

func TestInvalidUpdateAsksNothingOfStripe(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	sub := s.subscribe("alice")
	before := len(s.account.Requests())
	zero, many := int64(0), int64(payments.MaxQuantity+1)
	for name, u := range map[string]payments.SubscriptionUpdate{
		"no price":       {},
		"a path":         {PriceID: "price/../x"},
		"a proration":    {PriceID: sub.PriceID, ProrationBehavior: "sometimes"},
		"no quantity":    {PriceID: sub.PriceID, Quantity: &zero},
		"large quantity": {PriceID: sub.PriceID, Quantity: &many},
	} {
		_, err := s.update("alice", u)
		wantKind(t, err, payments.ErrInvalid, name)
	}
	_, err := s.update("bob", payments.SubscriptionUpdate{PriceID: sub.PriceID})
	wantKind(t, err, payments.ErrNotFound, "a user without one")
	if n := len(s.account.Requests()) - before; n != 0 {
		t.Errorf("Stripe was asked %d times", n)
	}
}

func TestPriceThatDoesNotFitIsABadRequest(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	s.subscribe("alice")
	for name, price := range map[string]string{"unknown": "price_unknown", "not recurring": s.price(100, "usd", "")} {
		_, err := s.update("alice", payments.SubscriptionUpdate{PriceID: price})
		wantKind(t, err, payments.ErrBadRequest, name)
	}
	s.process()
	s.wantInStep()
}

func TestOneUserNeverTouchesAnothers(t *testing.T) {
	w := newWorld(t)
	s, other := w.newShop("alpha"), w.newShop("beta")
	alices := s.subscribe("alice")
	bobs := s.subscribe("bob")
	others := other.subscribe("alice")
	must(s.cancel("bob", true))(t)
	w.settle()
	for _, c := range []struct {
		s    *shop
		want payments.Subscription
	}{{s, alices}, {other, others}} {
		if got := c.s.current("alice"); got != c.want {
			t.Errorf("%+v became %+v", c.want, got)
		}
	}
	if got := must(w.store.Subscription(t.Context(), s.project, s.mode, bobs.SubscriptionID))(t); got.Status != payments.StatusCanceled {
		t.Errorf("%+v", got)
	}
}

func TestNewestLiveSubscriptionIsCurrent(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	first := s.subscribe("alice")
	s.advance(24 * time.Hour)
	s.buy("alice", payments.CheckoutRequest{PriceID: s.price(100, "usd", "year"), AllowExisting: true})
	s.settle()
	second := s.current("alice")
	if second.SubscriptionID == first.SubscriptionID {
		t.Fatal("the older one is current")
	}
	must(s.cancel("alice", true))(t)
	if got := s.current("alice"); got.SubscriptionID != first.SubscriptionID {
		t.Errorf("after the newer one ended: %+v", got)
	}
	s.settle()
	s.wantInStep()
}

func TestPastDueSubscriptionCanBeChanged(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	sub := s.subscribe("alice")
	if err := s.account.UseCard(sub.CustomerID, stripetest.CardFailsLater); err != nil {
		t.Fatal(err)
	}
	s.advance(32 * 24 * time.Hour)
	if got := s.current("alice"); got.Status != payments.StatusPastDue {
		t.Fatalf("%+v", got)
	}
	if got := must(s.cancel("alice", true))(t); got.Status != payments.StatusCanceled {
		t.Errorf("%+v", got)
	}
	s.settle()
	s.wantInStep()
}
