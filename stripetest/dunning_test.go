package stripetest_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/manytenants/payments/stripetest"
)

// inArrears is a subscription whose first renewal has just failed.
func (s *shop) inArrears() *stripe.Subscription {
	s.t.Helper()
	sub := s.start(stripetest.CardVisa, nil)
	s.use(sub.Customer.ID, stripetest.CardFailsLater)
	s.server.Advance(month + time.Hour)
	s.events()
	return sub
}

func TestFailedRenewalIsTriedOnSchedule(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	sub := s.inArrears()
	for attempts, wait := range []time.Duration{3 * day, 5 * day, 7 * day, 0} {
		in := s.invoices(sub.ID)[0]
		next := s.server.Now().Add(wait).Unix()
		if wait == 0 {
			next = 0
		}
		if in.AttemptCount != int64(attempts+1) || in.NextPaymentAttempt != next || in.Status != "open" {
			t.Errorf("attempt %d of %d, the next at %d, want %d", in.AttemptCount, attempts+1, in.NextPaymentAttempt, next)
		}
		s.server.Advance(wait)
	}
}

func TestAccountChoosesWhatFollowsTheLastRetry(t *testing.T) {
	for outcome, want := range map[stripetest.Exhausted]struct {
		events string
		draft  bool
	}{
		"":                         {deleted + "invoice.updated", false},
		stripetest.ExhaustedCancel: {deleted + "invoice.updated", false},
		stripetest.ExhaustedUnpaid: {updated, true}, stripetest.ExhaustedPastDue: {"", false},
	} {
		s := newShop(t, stripetest.Options{})
		s.account.AfterRetries(outcome)
		sub := s.inArrears()
		s.server.Advance(14 * day)
		s.events()
		s.server.Advance(day)
		s.wantEvents("charge.failed payment_intent.payment_failed invoice.updated invoice.payment_failed " + want.events)
		if outcome == "" {
			outcome = stripetest.ExhaustedCancel
		}
		s.server.Advance(month)
		got := must(s.api.Subscriptions.Get(sub.ID, nil))(t)
		newest := s.invoices(sub.ID)[0]
		if string(got.Status) != string(outcome) || (newest.Status == "draft") != want.draft {
			t.Errorf("%s: status %s, newest invoice %s", outcome, got.Status, newest.Status)
		}
	}
}

func TestUnpaidSubscriptionComesBackWithItsLatestFinalizedInvoice(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	s.account.AfterRetries(stripetest.ExhaustedUnpaid)
	sub := s.inArrears()
	s.server.Advance(60 * day)
	s.use(sub.Customer.ID, stripetest.CardVisa)
	invoices := s.invoices(sub.ID)
	if invoices[0].Status != "draft" || invoices[1].Status != "draft" || invoices[2].Status != "open" {
		t.Fatalf("invoices %s, %s, %s", invoices[0].Status, invoices[1].Status, invoices[2].Status)
	}
	for i, want := range map[int]stripe.SubscriptionStatus{2: "active"} {
		must(s.api.Invoices.Pay(invoices[i].ID, nil))(t)
		if got := must(s.api.Subscriptions.Get(sub.ID, nil))(t); got.Status != want {
			t.Errorf("status %s, want %s", got.Status, want)
		}
	}
}

func TestAttemptsOnRequestDoNotMoveTheSchedule(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	sub := s.inArrears()
	before := s.invoices(sub.ID)[0]
	_, err := s.api.Invoices.Pay(before.ID, nil)
	wantError(t, err, http.StatusPaymentRequired, "card_declined", "")
	after := s.invoices(sub.ID)[0]
	if after.AttemptCount != before.AttemptCount || after.NextPaymentAttempt != before.NextPaymentAttempt {
		t.Errorf("attempt %d, the next at %d", after.AttemptCount, after.NextPaymentAttempt)
	}
	s.use(sub.Customer.ID, stripetest.CardVisa)
	must(s.api.Invoices.Pay(before.ID, nil))(t)
	s.wantEvents("charge.succeeded payment_intent.succeeded " + paid + updated)
}

func TestCancellationStopsTheRetries(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	sub := s.inArrears()
	must(s.api.Subscriptions.Cancel(sub.ID, nil))(t)
	s.wantEvents(deleted + "invoice.updated")
	s.server.Advance(30 * day)
	s.wantEvents("")
	if in := s.invoices(sub.ID)[0]; in.Status != "open" || in.AutoAdvance {
		t.Errorf("invoice %s, auto_advance %v", in.Status, in.AutoAdvance)
	}
}

func TestInvoiceGivenUpBringsItsSubscriptionBack(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	for _, give := range []func(string) (*stripe.Invoice, error){
		func(id string) (*stripe.Invoice, error) { return s.api.Invoices.VoidInvoice(id, nil) },
		func(id string) (*stripe.Invoice, error) { return s.api.Invoices.MarkUncollectible(id, nil) },
	} {
		sub := s.inArrears()
		must(give(s.invoices(sub.ID)[0].ID))(t)
		if got := must(s.api.Subscriptions.Get(sub.ID, nil))(t); got.Status != "active" {
			t.Errorf("status %s", got.Status)
		}
	}
}

func TestPausedCollectionLeavesTheStatus(t *testing.T) {
	for behavior, want := range map[string]stripe.InvoiceStatus{"keep_as_draft": "draft", "mark_uncollectible": "uncollectible", "void": "void"} {
		s := newShop(t, stripetest.Options{})
		sub := s.start(stripetest.CardVisa, nil)
		s.update(sub, &stripe.SubscriptionParams{PauseCollection: &stripe.SubscriptionPauseCollectionParams{Behavior: stripe.String(behavior)}})
		s.server.Advance(month + time.Hour)
		got := must(s.api.Subscriptions.Get(sub.ID, nil))(t)
		if in := s.invoices(sub.ID)[0]; got.Status != "active" || in.Status != want || got.PauseCollection.Behavior != stripe.SubscriptionPauseCollectionBehavior(behavior) {
			t.Errorf("%s: status %s, invoice %s", behavior, got.Status, in.Status)
		}
		lift := &stripe.SubscriptionParams{}
		lift.AddExtra("pause_collection", "")
		if got := s.update(sub, lift); got.PauseCollection != nil {
			t.Errorf("%s was not lifted", behavior)
		}
		s.server.Advance(month)
		if in := s.invoices(sub.ID)[0]; in.Status != "paid" {
			t.Errorf("%s: the invoice after it is %s", behavior, in.Status)
		}
	}
}
