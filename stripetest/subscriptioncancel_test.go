package stripetest_test

import (
	"net/http"
	"testing"

	"github.com/stripe/stripe-go/v76"

	"github.com/manytenants/payments/stripetest"
)

func TestImmediateCancellationBillsOnlyWhatItIsToldTo(t *testing.T) {
	for name, test := range map[string]struct {
		now, prorate bool
		want         int64 // of the last invoice; its credit goes to the balance
		pending      int64
	}{
		"nothing": {}, "pending": {now: true, want: 1000}, "credit later": {prorate: true, pending: -1500}, "both": {now: true, prorate: true, want: -500},
	} {
		s := newShop(t, stripetest.Options{})
		sub, bigger := s.start(stripetest.CardVisa, nil), s.price(3000, "month")
		s.server.Advance(halfway)
		s.update(sub, swap(sub, bigger, "")) // 1000 are pending
		must(s.api.Subscriptions.Cancel(sub.ID, &stripe.SubscriptionCancelParams{InvoiceNow: &test.now, Prorate: &test.prorate}))(t)
		var pending int64
		for _, item := range s.pending(sub.Customer.ID) {
			pending += item.Amount
		}
		in := s.invoices(sub.ID)[0]
		if test.want == 0 && in.BillingReason != "subscription_create" || test.want != 0 && (in.Total != test.want || !in.Paid) || pending != test.pending {
			t.Errorf("%s: invoice of %d for %s, pending %d", name, in.Total, in.BillingReason, pending)
		}
	}
}

func TestCancelAtEndsThenAndIsLiftedByAnEmptyString(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	sub := s.start(stripetest.CardVisa, nil)
	at := start.Add(10 * day).Unix()
	if got := s.update(sub, &stripe.SubscriptionParams{CancelAt: &at}); got.CancelAt != at || got.CancelAtPeriodEnd || got.CanceledAt != start.Unix() {
		t.Errorf("cancel_at %d, flag %v", got.CancelAt, got.CancelAtPeriodEnd)
	}
	lift := &stripe.SubscriptionParams{}
	lift.AddExtra("cancel_at", "")
	if got := s.update(sub, lift); got.CancelAt != 0 || got.CanceledAt != 0 {
		t.Errorf("cancel_at %d after it was lifted", got.CancelAt)
	}
	s.update(sub, &stripe.SubscriptionParams{CancelAt: &at, CancellationDetails: &stripe.SubscriptionCancellationDetailsParams{Feedback: stripe.String("unused")}})
	s.events()
	s.server.Advance(10 * day)
	s.wantEvents(deleted)
	got := must(s.api.Subscriptions.Get(sub.ID, nil))(t)
	if got.EndedAt != at || got.CancellationDetails.Feedback != "unused" || got.CancellationDetails.Reason != "cancellation_requested" {
		t.Errorf("ended at %d, details %+v", got.EndedAt, got.CancellationDetails)
	}
}

func TestPendingProrationsAreCollectedAtTheScheduledEnd(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	sub, bigger := s.start(stripetest.CardVisa, nil), s.price(3000, "month")
	s.server.Advance(halfway)
	params := swap(sub, bigger, "")
	params.CancelAtPeriodEnd = stripe.Bool(true)
	s.update(sub, params)
	s.server.Advance(halfway)
	if in := s.invoices(sub.ID)[0]; in.AmountPaid != 1000 {
		t.Errorf("the last invoice is of %d", in.AmountPaid)
	}
}

func TestEndedSubscriptionTakesOnlyNotes(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	sub := s.start(stripetest.CardVisa, nil)
	must(s.api.Subscriptions.Cancel(sub.ID, nil))(t)
	params := &stripe.SubscriptionParams{CancellationDetails: &stripe.SubscriptionCancellationDetailsParams{Comment: stripe.String("moved")}}
	params.AddMetadata("left", "yes")
	if got := must(s.api.Subscriptions.Update(sub.ID, params))(t); got.CancellationDetails.Comment != "moved" || got.Metadata["left"] != "yes" {
		t.Errorf("details %+v, metadata %v", got.CancellationDetails, got.Metadata)
	}
	_, err := s.api.Subscriptions.Update(sub.ID, &stripe.SubscriptionParams{CancelAtPeriodEnd: stripe.Bool(false)})
	wantError(t, err, http.StatusBadRequest, "", "")
	_, err = s.api.SubscriptionItems.Update(sub.Items.Data[0].ID, &stripe.SubscriptionItemParams{Quantity: stripe.Int64(2)})
	wantError(t, err, http.StatusBadRequest, "", "")
}
