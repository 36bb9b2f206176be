package stripetest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/manytenants/payments/stripetest"
)

// item adds a pending item of that many cents to a customer.
func (s *shop) item(customer string, cents int64) *stripe.InvoiceItem {
	s.t.Helper()
	return must(s.api.InvoiceItems.New(&stripe.InvoiceItemParams{
		Customer: stripe.String(customer), Amount: stripe.Int64(cents), Currency: stripe.String("usd"), Description: stripe.String("Setup"),
	}))(s.t)
}

// bill makes a draft of the customer's pending items.
func (s *shop) bill(customer string) *stripe.Invoice {
	s.t.Helper()
	return must(s.api.Invoices.New(&stripe.InvoiceParams{
		Customer: stripe.String(customer), PendingInvoiceItemsBehavior: stripe.String("include"),
	}))(s.t)
}

func TestOneOffInvoiceGoesFromDraftToPaid(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	customer := s.customer(stripetest.CardVisa)
	s.item(customer, 700)
	draft := s.bill(customer)
	if draft.Status != "draft" || draft.Total != 700 || draft.BillingReason != "manual" || draft.AutoAdvance || draft.Number != "" {
		t.Errorf("draft %+v", draft)
	}
	s.wantEvents("invoiceitem.created invoice.created")
	open := must(s.api.Invoices.FinalizeInvoice(draft.ID, nil))(t)
	if open.Status != "open" || open.PaymentIntent == nil || !strings.HasSuffix(open.Number, "-0001") || open.StatusTransitions.FinalizedAt != start.Unix() {
		t.Errorf("finalized %+v", open)
	}
	s.wantEvents("invoice.finalized payment_intent.created")
	done := must(s.api.Invoices.Pay(draft.ID, nil))(t)
	if done.Status != "paid" || done.AmountPaid != 700 || done.StatusTransitions.PaidAt != start.Unix() || done.Charge == nil || done.AttemptCount != 1 {
		t.Errorf("paid %+v", done)
	}
	s.wantEvents("charge.succeeded payment_intent.succeeded " + paid)
	_, err := s.api.Invoices.Pay(draft.ID, nil)
	wantError(t, err, http.StatusBadRequest, "invoice_already_paid", "")
}

func TestDraftFollowsItsItems(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	customer := s.customer(stripetest.CardVisa)
	draft := must(s.api.Invoices.New(&stripe.InvoiceParams{Customer: stripe.String(customer)}))(t)
	item := must(s.api.InvoiceItems.New(&stripe.InvoiceItemParams{
		Customer: stripe.String(customer), Invoice: stripe.String(draft.ID), Price: stripe.String(s.price(250, "")), Quantity: stripe.Int64(2),
	}))(t)
	total := func() int64 { return must(s.api.Invoices.Get(draft.ID, nil))(t).Total }
	if item.Amount != 500 || total() != 500 {
		t.Errorf("item of %d on a draft of %d", item.Amount, total())
	}
	must(s.api.InvoiceItems.Update(item.ID, &stripe.InvoiceItemParams{Quantity: stripe.Int64(3)}))(t)
	if total() != 750 {
		t.Errorf("a draft of %d after the item grew to 750", total())
	}
	must(s.api.InvoiceItems.Del(item.ID, nil))(t)
	if total() != 0 {
		t.Errorf("a draft of %d after its item was deleted", total())
	}
	if gone := must(s.api.Invoices.Del(draft.ID, nil))(t); !gone.Deleted {
		t.Error("the draft was not deleted")
	}
	_, err := s.api.Invoices.Get(draft.ID, nil)
	wantError(t, err, http.StatusNotFound, stripe.ErrorCodeResourceMissing, "id")
}

func TestInvoiceOfNothingIsPaidWithoutAPayment(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	draft := s.bill(s.customer(""))
	if in := must(s.api.Invoices.FinalizeInvoice(draft.ID, nil))(t); in.Status != "paid" || in.PaymentIntent != nil || in.AttemptCount != 0 {
		t.Errorf("invoice %+v", in)
	}
	s.wantEvents("invoice.created invoice.finalized " + paid)
}

func TestVoidAndUncollectibleInvoices(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	customer := s.customer(stripetest.CardVisa)
	s.item(customer, 700)
	draft := s.bill(customer)
	_, err := s.api.Invoices.VoidInvoice(draft.ID, nil)
	wantError(t, err, http.StatusBadRequest, "invoice_not_editable", "")
	must(s.api.Invoices.FinalizeInvoice(draft.ID, nil))(t)
	_, err = s.api.Invoices.Del(draft.ID, nil)
	wantError(t, err, http.StatusBadRequest, "", "")
	s.events()
	if in := must(s.api.Invoices.MarkUncollectible(draft.ID, nil))(t); in.Status != "uncollectible" || in.StatusTransitions.MarkedUncollectibleAt == 0 {
		t.Errorf("invoice %s", in.Status)
	}
	if in := must(s.api.Invoices.VoidInvoice(draft.ID, nil))(t); in.Status != "void" || in.StatusTransitions.VoidedAt == 0 {
		t.Errorf("invoice %s", in.Status)
	}
	s.wantEvents("invoice.marked_uncollectible invoice.voided payment_intent.canceled")
}

func TestSentInvoiceHasATerm(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	customer := s.customer("")
	params := &stripe.InvoiceParams{Customer: stripe.String(customer), CollectionMethod: stripe.String("send_invoice"), PendingInvoiceItemsBehavior: stripe.String("include")}
	_, err := s.api.Invoices.New(params)
	wantError(t, err, http.StatusBadRequest, "", "")
	s.item(customer, 700)
	params.DaysUntilDue = stripe.Int64(14)
	draft := must(s.api.Invoices.New(params))(t)
	s.events()
	in := must(s.api.Invoices.SendInvoice(draft.ID, nil))(t)
	if in.Status != "open" || in.DueDate != start.Add(14*day).Unix() {
		t.Errorf("invoice %s, due %d", in.Status, in.DueDate)
	}
	s.wantEvents("invoice.finalized payment_intent.created invoice.sent")
}

func TestInvoiceThatAdvancesIsCollectedAfterAnHour(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	customer := s.customer(stripetest.CardVisa)
	s.item(customer, 700)
	draft := s.bill(customer)
	must(s.api.Invoices.Update(draft.ID, &stripe.InvoiceParams{AutoAdvance: stripe.Bool(true), Description: stripe.String("January")}))(t)
	s.events()
	s.server.Advance(time.Hour)
	s.wantEvents("invoice.finalized " + charged + paid)
}

func TestInvoicesAreListedByWhatTheyAre(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	sub := s.start(stripetest.CardVisa, nil)
	s.server.Advance(month) // its renewal is a draft now
	s.bill(sub.Customer.ID)
	for want, params := range map[int]*stripe.InvoiceListParams{
		3: {Customer: stripe.String(sub.Customer.ID)},
		2: {Status: stripe.String("draft")},
		1: {Subscription: stripe.String(sub.ID), Status: stripe.String("paid")},
		0: {CreatedRange: &stripe.RangeQueryParams{LesserThan: start.Unix()}},
	} {
		n := 0
		for list := s.api.Invoices.List(params); list.Next(); n++ {
			continue
		}
		if n != want {
			t.Errorf("%d invoices listed, want %d", n, want)
		}
	}
}

func TestInvoiceRemembersItsSubscriptionsMetadata(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	sub := s.start(stripetest.CardVisa, func(p *stripe.SubscriptionParams) { p.AddMetadata("user", "u1") })
	s.update(sub, &stripe.SubscriptionParams{Metadata: map[string]string{"user": "u2"}})
	if in := s.invoices(sub.ID)[0]; in.SubscriptionDetails.Metadata["user"] != "u1" || in.HostedInvoiceURL == "" || in.InvoicePDF == "" {
		t.Errorf("invoice %+v", in)
	}
}
