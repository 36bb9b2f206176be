package stripetest_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/manytenants/payments/stripetest"
)

// halfway is the middle of the first period, which has 31 days.
const halfway = month / 2

func TestProrationsCountTheSeconds(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	sub, bigger := s.start(stripetest.CardVisa, nil), s.price(3000, "month")
	s.server.Advance(month - 86400*time.Second/2) // twelve hours are left of 31 days
	s.update(sub, swap(sub, bigger, ""))
	pending := s.pending(sub.Customer.ID)
	if len(pending) != 2 || pending[0].Amount != 48 || pending[1].Amount != -16 || !pending[0].Proration {
		t.Fatalf("pending %+v", pending)
	}
	if got, want := pending[1].Description, "Unused time on Pro after 15 Feb 2024"; got != want {
		t.Errorf("described as %q, want %q", got, want)
	}
	s.server.Advance(day)
	invoices := s.invoices(sub.ID)
	if in := invoices[0]; in.Total != 3032 || in.BillingReason != "subscription_cycle" || len(in.Lines.Data) != 3 || !in.Lines.Data[0].Proration {
		t.Errorf("the next invoice is of %d for %s", in.Total, in.BillingReason)
	}
	if pending := s.pending(sub.Customer.ID); len(pending) != 0 {
		t.Errorf("%d items are still pending", len(pending))
	}
}

func TestProrationBehaviorDecidesWhenAChangeIsPaid(t *testing.T) {
	for behavior, want := range map[string]struct{ now, next int64 }{
		"create_prorations": {0, 4000}, "always_invoice": {1000, 3000}, "none": {0, 3000},
	} {
		s := newShop(t, stripetest.Options{})
		sub, bigger := s.start(stripetest.CardVisa, nil), s.price(3000, "month")
		s.server.Advance(halfway)
		got := s.update(sub, swap(sub, bigger, behavior))
		if want.now > 0 && (got.LatestInvoice.Total != want.now || got.LatestInvoice.BillingReason != "subscription_update" || !got.LatestInvoice.Paid) {
			t.Errorf("%s: %d now for %s", behavior, got.LatestInvoice.Total, got.LatestInvoice.BillingReason)
		}
		if got.CurrentPeriodEnd != sub.CurrentPeriodEnd {
			t.Errorf("%s moved the period", behavior)
		}
		s.server.Advance(halfway + time.Hour)
		if in := s.invoices(sub.ID)[0]; in.Total != want.next || in.BillingReason != "subscription_cycle" {
			t.Errorf("%s: the next invoice is of %d for %s", behavior, in.Total, in.BillingReason)
		}
	}
}

func TestAnotherIntervalBeginsAPeriodAndIsPaidNow(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	sub, yearly := s.start(stripetest.CardVisa, nil), s.price(10000, "year")
	s.server.Advance(halfway)
	got := s.update(sub, swap(sub, yearly, ""))
	if got.CurrentPeriodStart != start.Add(halfway).Unix() || got.CurrentPeriodEnd != start.Add(halfway).AddDate(1, 0, 0).Unix() {
		t.Errorf("period %d to %d", got.CurrentPeriodStart, got.CurrentPeriodEnd)
	}
	if in := got.LatestInvoice; in.Total != 9500 || in.AmountPaid != 9500 || in.BillingReason != "subscription_update" || len(in.Lines.Data) != 2 {
		t.Errorf("invoice of %d for %s", in.Total, in.BillingReason)
	}
}

func TestFreeToPaidBeginsAPeriod(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	sub := s.start(stripetest.CardVisa, func(p *stripe.SubscriptionParams) { p.Items[0].Price = stripe.String(s.price(0, "month")) })
	paying := s.price(1000, "month")
	s.server.Advance(halfway)
	got := s.update(sub, swap(sub, paying, ""))
	if got.CurrentPeriodStart != start.Add(halfway).Unix() || got.LatestInvoice.AmountPaid != 1000 {
		t.Errorf("period from %d, paid %d", got.CurrentPeriodStart, got.LatestInvoice.AmountPaid)
	}
}

func TestQuantitiesAndItemsAreProrated(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	sub, extra := s.start(stripetest.CardVisa, nil), s.price(400, "month")
	s.server.Advance(halfway)
	item := must(s.api.SubscriptionItems.Update(sub.Items.Data[0].ID, &stripe.SubscriptionItemParams{Quantity: stripe.Int64(3)}))(t)
	added := must(s.api.SubscriptionItems.New(&stripe.SubscriptionItemParams{Subscription: stripe.String(sub.ID), Price: stripe.String(extra)}))(t)
	if item.Quantity != 3 || added.Price.ID != extra {
		t.Errorf("items %+v, %+v", item, added)
	}
	gone := must(s.api.SubscriptionItems.Del(added.ID, &stripe.SubscriptionItemParams{ProrationBehavior: stripe.String("none")}))(t)
	var amounts []int64
	for _, pending := range s.pending(sub.Customer.ID) {
		amounts = append(amounts, pending.Amount)
	}
	if len(amounts) != 3 || amounts[0] != 200 || amounts[1] != 1500 || amounts[2] != -500 || !gone.Deleted {
		t.Errorf("pending %v", amounts)
	}
	_, err := s.api.SubscriptionItems.Del(item.ID, nil)
	wantError(t, err, http.StatusBadRequest, "", "items")
}

func TestCreditOfADowngradeIsSpentLater(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	sub := s.start(stripetest.CardVisa, func(p *stripe.SubscriptionParams) { p.Items[0].Price = stripe.String(s.price(10000, "month")) })
	smaller := s.price(1000, "month")
	s.server.Advance(halfway)
	got := s.update(sub, swap(sub, smaller, "always_invoice"))
	if in := got.LatestInvoice; in.Total != -4500 || in.AmountDue != 0 || !in.Paid || in.EndingBalance != -4500 {
		t.Errorf("invoice of %d, due %d", in.Total, in.AmountDue)
	}
	s.server.Advance(halfway + time.Hour)
	in := s.invoices(sub.ID)[0]
	if balance := must(s.api.Customers.Get(sub.Customer.ID, nil))(t).Balance; in.Total != 1000 || in.AmountDue != 0 || !in.Paid || balance != -3500 {
		t.Errorf("renewal of %d, due %d, balance %d", in.Total, in.AmountDue, balance)
	}
}

func TestDeclinedUpgradeIsPastDueOrRefused(t *testing.T) {
	for behavior, want := range map[string]stripe.SubscriptionStatus{"allow_incomplete": "past_due", "default_incomplete": "past_due", "error_if_incomplete": "active"} {
		s := newShop(t, stripetest.Options{})
		sub, bigger := s.start(stripetest.CardVisa, nil), s.price(3000, "month")
		s.use(sub.Customer.ID, stripetest.CardFailsLater)
		params := swap(sub, bigger, "always_invoice")
		params.PaymentBehavior = stripe.String(behavior)
		_, err := s.api.Subscriptions.Update(sub.ID, params)
		got := must(s.api.Subscriptions.Get(sub.ID, nil))(t)
		if got.Status != want || (err != nil) != (want == "active") || (got.Items.Data[0].Price.ID == bigger) != (err == nil) {
			t.Errorf("%s: status %s, price %s (%v)", behavior, got.Status, got.Items.Data[0].Price.ID, err)
		}
	}
}

func TestUpcomingInvoiceForetellsTheRealOne(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	sub, bigger := s.start(stripetest.CardVisa, nil), s.price(3000, "month")
	s.server.Advance(halfway)
	preview := must(s.api.Invoices.Upcoming(&stripe.InvoiceUpcomingParams{
		Subscription:      stripe.String(sub.ID),
		SubscriptionItems: []*stripe.SubscriptionItemsParams{{ID: stripe.String(sub.Items.Data[0].ID), Price: stripe.String(bigger)}},
	}))(t)
	if n := len(s.pending(sub.Customer.ID)); preview.ID != "" || n != 0 || preview.BillingReason != "upcoming" {
		t.Errorf("the preview %q for %s left %d items", preview.ID, preview.BillingReason, n)
	}
	s.update(sub, swap(sub, bigger, ""))
	s.server.Advance(halfway + time.Hour)
	if in := s.invoices(sub.ID)[0]; in.Total != preview.Total || len(in.Lines.Data) != len(preview.Lines.Data) || preview.Total != 4000 {
		t.Errorf("foretold %d, came %d", preview.Total, in.Total)
	}
	s.update(sub, &stripe.SubscriptionParams{CancelAtPeriodEnd: stripe.Bool(true)})
	_, err := s.api.Invoices.Upcoming(&stripe.InvoiceUpcomingParams{Customer: stripe.String(sub.Customer.ID)})
	wantError(t, err, http.StatusNotFound, "invoice_upcoming_none", "")
}

// pending is what the customer's next invoice will take, the newest first.
func (s *shop) pending(customer string) []*stripe.InvoiceItem {
	s.t.Helper()
	list := s.api.InvoiceItems.List(&stripe.InvoiceItemListParams{Customer: stripe.String(customer), Pending: stripe.Bool(true)})
	var out []*stripe.InvoiceItem
	for list.Next() {
		out = append(out, list.InvoiceItem())
	}
	if list.Err() != nil {
		s.t.Fatal(list.Err())
	}
	return out
}

// invoices are the subscription's, the newest first.
func (s *shop) invoices(subscription string) []*stripe.Invoice {
	s.t.Helper()
	list := s.api.Invoices.List(&stripe.InvoiceListParams{Subscription: stripe.String(subscription)})
	var out []*stripe.Invoice
	for list.Next() {
		out = append(out, list.Invoice())
	}
	if list.Err() != nil {
		s.t.Fatal(list.Err())
	}
	return out
}
