package storetest

import (
	"fmt"
	"math"
	"strings"

	"github.com/manytenants/payments"
)

var paymentPromises = []promise{
	{"a payment is returned as it was applied", "Payment and Payments return what ApplySync wrote, each field.", paymentKept},
	{"what is not there is ErrNotFound", "Payment: ErrNotFound where there is none.", paymentUnknown},
	{"a later apply replaces it whole", "Synced.Payment: insert or replace by (Project, Mode, Source); ID is used on insert only.", paymentReplaced},
	{"one payment has one row", "An invoice with its payment intent and charge is one Payment, whichever object's ticket brings it.", paymentOneRow},
	{"the same Stripe ID may be in every place", "A row is a row of its project and mode; the same Stripe account may serve two projects.", paymentInEveryPlace},
	{"a payment names our subscription record", "SubscriptionRecord is the ID of our Subscription record for SubscriptionID; stores fill it in when they read.", paymentRecord},
	{"it names none while there is none", "SubscriptionRecord is \"\" where there is no record (yet), or it is another place's.", paymentNoRecord},
	{"a subscription record is not stored", "SubscriptionRecord is not stored: what a writer puts there is of no effect.", paymentRecordNotStored},
	{"a user may appear and change", "A payment may come to belong to a user later, or to another one.", paymentUserChanges},
	{"a user stays where the new one isn't known", "A stored row keeps its user where s has none, with everything else replaced and told.", paymentUserStays},
	{"no state of a payment is final", "Each status may follow each other one.", paymentStatusChanges},
	{"whole numbers are kept", "Amounts are minor units exactly as Stripe sends them: each int64 is kept as it is.", paymentNumbersKept},
	{"text is kept byte by byte", "Text is kept byte by byte, a status or currency that nobody knows too.", paymentTextKept},
	{"times are kept", "Times are kept as UTC with at least microsecond precision; the zero time stays zero.", paymentTimesKept},
}

// newPayment is payment number n of a place, of an invoice, with no field left zero that may be set.
func newPayment(p place, n int) payments.Payment {
	return payments.Payment{
		ID: uuid("payment", p, n), Project: p.project, Mode: p.mode, Source: fmt.Sprintf("in_%d", n), User: "u1",
		SubscriptionID: "sub_1", PaymentIntentID: fmt.Sprintf("pi_%d", n), InvoiceID: fmt.Sprintf("in_%d", n),
		ChargeID: fmt.Sprintf("ch_%d", n), CustomerID: "cus_1", Type: payments.TypeSubscriptionPayment,
		Status: payments.PaymentPartiallyRefunded, Amount: 2400, RefundedAmount: 400, Collected: true, Currency: "usd",
		Description: "Plus", InvoiceURL: "https://invoice.example/i/1?a=b&c=%20", InvoicePDF: "https://invoice.example/i/1/pdf",
		FailureCode: "card_declined", FailureMessage: "Your card was declined.", CreatedAt: at(n),
	}
}

// oneTime is payment number 2 of home, without an invoice or a subscription.
func oneTime() payments.Payment {
	paid := newPayment(home, 2)
	paid.Source, paid.InvoiceID, paid.SubscriptionID, paid.Type = paid.PaymentIntentID, "", "", payments.TypeOneTime
	return paid
}

func paymentObject(paid payments.Payment) payments.Object {
	kind := payments.KindInvoice
	if strings.HasPrefix(paid.Source, "pi_") {
		kind = payments.KindPaymentIntent
	}
	return place{paid.Project, paid.Mode}.object(kind, paid.Source)
}

// pay has each payment applied, under a ticket of its own.
func (c *check) pay(all ...payments.Payment) {
	c.Helper()
	for _, paid := range all {
		c.sync(paymentObject(paid), payments.Synced{Payment: &paid})
	}
}

// paid complains unless the stored row is want, read alone and in the list.
func (c *check) paid(want payments.Payment) {
	c.Helper()
	got, err := c.Payment(c.ctx, want.Project, want.Mode, want.Source)
	c.must(err)
	c.equal("Payment", got, want)
	for _, listed := range c.payments(place{want.Project, want.Mode}.scope(), payments.Filter{}, payments.Window{Limit: 1000}) {
		if listed.Source == want.Source {
			c.equal("the same in Payments", listed, want)
			return
		}
	}
	c.Errorf("Payments lacks %s", want.Source)
}

func (c *check) noPayment(p place, source string) {
	c.Helper()
	_, err := c.Payment(c.ctx, p.project, p.mode, source)
	c.kind(fmt.Sprintf("Payment %q in %s", source, p), err, payments.ErrNotFound)
}

func paymentKept(c *check) {
	full, once := newPayment(home, 1), oneTime()
	bare := payments.Payment{
		ID: uuid("bare"), Project: home.project, Mode: home.mode, Source: "in_3", InvoiceID: "in_3", Status: payments.PaymentPending, CreatedAt: at(0),
	}
	c.pay(full, once, bare)
	c.paid(full)
	c.paid(once)
	c.paid(bare)
}

func paymentUnknown(c *check) {
	c.noPayment(home, "in_1")
	c.pay(newPayment(home, 1))
	for _, source := range []string{"", "in_", "in_2", "IN_1", "in-1", "pi_1", "ch_1", "in_%"} {
		c.noPayment(home, source)
	}
	for _, p := range elsewhere {
		c.noPayment(p, "in_1")
	}
}

func paymentReplaced(c *check) {
	first := newPayment(home, 1)
	c.pay(first)
	second := payments.Payment{
		ID: uuid("second"), Project: home.project, Mode: home.mode, Source: "in_1", InvoiceID: "in_1", Status: payments.PaymentFailed, CreatedAt: at(9),
	}
	c.pay(second)
	second.ID, second.User = first.ID, first.User // which no row without a user replaces
	c.paid(second)
	c.equal("how many there are", c.countPayments(home.scope(), payments.Filter{}), int64(1))
}

func paymentOneRow(c *check) {
	paid := newPayment(home, 1)
	for i, kind := range []payments.Kind{payments.KindInvoice, payments.KindPaymentIntent, payments.KindCharge, payments.KindRefund, payments.KindDispute} {
		paid.ID = uuid("another", i)
		paid.RefundedAmount = int64(i)
		c.sync(home.object(kind, fmt.Sprintf("x_%d", i)), payments.Synced{Payment: &paid})
	}
	paid.ID = uuid("another", 0)
	c.paid(paid)
	c.equal("how many there are", c.countPayments(home.scope(), payments.Filter{}), int64(1))
	c.recounted()
}

func paymentInEveryPlace(c *check) {
	for i, p := range everywhere() {
		paid := newPayment(p, 1)
		paid.Amount += int64(i)
		c.pay(paid)
	}
	for i, p := range everywhere() {
		paid := newPayment(p, 1)
		paid.Amount += int64(i)
		c.paid(paid)
		c.equal("how many in "+p.String(), c.countPayments(p.scope(), payments.Filter{}), int64(1))
	}
	c.recounted()
}

func paymentRecord(c *check) {
	early, once := newPayment(home, 1), oneTime()
	c.pay(early, once)
	c.paid(early)
	c.subscribe(newSubscription(home, 1), newSubscription(home, 2))
	early.SubscriptionRecord = newSubscription(home, 1).ID
	c.paid(early)
	c.paid(once)
	late := newPayment(home, 3)
	late.SubscriptionID = "sub_2"
	c.pay(late)
	late.SubscriptionRecord = newSubscription(home, 2).ID
	c.paid(late)
}

func paymentNoRecord(c *check) {
	paid := newPayment(home, 1)
	c.pay(paid)
	for _, p := range elsewhere {
		c.subscribe(newSubscription(p, 1))
	}
	c.subscribe(newSubscription(home, 11))
	c.paid(paid)
	once := oneTime()
	c.pay(once)
	c.paid(once)
}

func paymentRecordNotStored(c *check) {
	paid := newPayment(home, 1)
	paid.SubscriptionRecord = uuid("bogus")
	c.pay(paid)
	paid.SubscriptionRecord = ""
	c.paid(paid)
	c.subscribe(newSubscription(home, 1))
	paid.SubscriptionRecord = newSubscription(home, 1).ID
	c.paid(paid)
}

func paymentStatusChanges(c *check) {
	paid := newPayment(home, 1)
	for _, status := range []string{
		payments.PaymentPending, payments.PaymentFailed, payments.PaymentCanceled, payments.PaymentSucceeded, payments.PaymentDisputed,
		payments.PaymentPartiallyRefunded, payments.PaymentRefunded, payments.PaymentSucceeded, payments.PaymentPending, "to_come",
	} {
		paid.Status = status
		c.pay(paid)
		c.paid(paid)
	}
	c.recounted()
}

func paymentUserChanges(c *check) {
	want := newPayment(home, 1)
	for _, user := range []payments.UserID{"", "u1", "u2", "u1"} {
		want.User = user
		c.pay(want)
		c.paid(want)
	}
}

func paymentUserStays(c *check) {
	want := newPayment(home, 1)
	c.pay(want)
	unknown := want
	unknown.User = ""
	c.sync(paymentObject(want), payments.Synced{Payment: &unknown, Notify: true, ChangeID: uuid("nothing")})
	c.equal("changes where only the user is unknown", c.outbox(), []payments.Change{})
	want.Description, unknown.Description = "renamed", "renamed"
	c.sync(paymentObject(want), payments.Synced{Payment: &unknown, Notify: true, ChangeID: uuid("renamed")})
	c.paid(want)
	c.equal("the user's payments", c.countPayments(home.scope(), payments.Filter{User: "u1"}), int64(1))
	told := c.outbox()
	c.equal("how many changes", len(told), 1)
	c.equal("whose the change is", told[0].User, payments.UserID("u1"))
}

func paymentNumbersKept(c *check) {
	for _, n := range []int64{0, 1, 1<<53 + 1, math.MaxInt64, -1, -1<<53 - 1, math.MinInt64} {
		paid := newPayment(home, 1)
		paid.Amount, paid.RefundedAmount, paid.Collected = n, max(n, 0), false
		c.pay(paid)
		c.paid(paid)
	}
}

func paymentTextKept(c *check) {
	for n, text := range texts() {
		paid := newPayment(home, n)
		paid.Description, paid.InvoiceURL, paid.InvoicePDF, paid.FailureMessage = text, text, text, text
		if len(text) < 100 {
			paid.Status, paid.Currency, paid.Type, paid.FailureCode, paid.CustomerID, paid.ChargeID = text, text, text, text, text, text
		}
		c.pay(paid)
		c.paid(paid)
	}
	c.recounted()
}

func paymentTimesKept(c *check) {
	for n, when := range times() {
		paid := newPayment(home, n)
		paid.CreatedAt = when
		c.pay(paid)
		c.paid(paid)
	}
}

func (c *check) payments(scope payments.Scope, f payments.Filter, w payments.Window) []payments.Payment {
	c.Helper()
	got, err := c.Payments(c.ctx, scope, f, w)
	c.must(err)
	return got
}

func (c *check) countPayments(scope payments.Scope, f payments.Filter) int64 {
	c.Helper()
	got, err := c.CountPayments(c.ctx, scope, f)
	c.must(err)
	return got
}
