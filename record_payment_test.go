package payments

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var invoicePlace = Object{"proj", Live, KindInvoice, "in_1"}

// charge, intent and invoice make bodies as the pinned API version has them.
func charge(refunded int, disputed bool) string {
	return fmt.Sprintf(`{"id":"ch_1","object":"charge","amount_refunded":%d,"disputed":%v,"payment_intent":"pi_1","invoice":"in_1"}`, refunded, disputed)
}

func intent(status, latestCharge, extra string) string {
	return fmt.Sprintf(`{"id":"pi_1","object":"payment_intent","status":%q,"amount":5000,"currency":"EUR","description":"Book","customer":"cus_1","created":1700000000,%s"latest_charge":%s}`,
		status, extra, latestCharge)
}

func invoice(status, paymentIntent, extra string) string {
	return fmt.Sprintf(`{"id":"in_1","object":"invoice","status":%q,"customer":"cus_1","created":1700000000,"currency":"EUR","amount_due":5000,"amount_paid":%d,%s"payment_intent":%s}`,
		status, map[bool]int{true: 5000}[status == "paid"], extra, paymentIntent)
}

func invoicePayment(t *testing.T, body string, disputed bool) Payment {
	t.Helper()
	p := decodeAs[invoiceObject](t, body).record(invoicePlace, "user", disputed)
	if p.ID == "" {
		t.Error("the record has no ID")
	}
	p.ID = ""
	return p
}

func intentPayment(t *testing.T, body string, disputed bool) Payment {
	t.Helper()
	return decodeAs[paymentIntentObject](t, body).record(Object{"proj", Test, KindPaymentIntent, "pi_1"}, "user", disputed)
}

func TestInvoiceIsRecordedFieldByField(t *testing.T) {
	got := invoicePayment(t, invoice("paid", intent("succeeded", charge(0, false), ""),
		`"subscription":"sub_1","billing_reason":"subscription_cycle","hosted_invoice_url":"https://invoice.example/1","invoice_pdf":"https://invoice.example/1.pdf","description":"November",`), false)
	want := Payment{
		Project: "proj", Mode: Live, Source: "in_1", User: "user", SubscriptionID: "sub_1", PaymentIntentID: "pi_1", InvoiceID: "in_1", ChargeID: "ch_1", CustomerID: "cus_1",
		Type: TypeSubscriptionPayment, Status: PaymentSucceeded, Amount: 5000, Collected: true, Currency: "eur", Description: "November",
		InvoiceURL: "https://invoice.example/1", InvoicePDF: "https://invoice.example/1.pdf", CreatedAt: time.Unix(1700000000, 0).UTC(),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRefundsAndDisputesDecideAPaymentsStatus(t *testing.T) {
	for _, c := range []struct {
		refunded int
		disputed bool
		status   string
		amount   int64
	}{
		{0, false, PaymentSucceeded, 0},
		{1, false, PaymentPartiallyRefunded, 1},
		{4999, false, PaymentPartiallyRefunded, 4999},
		{5000, false, PaymentRefunded, 5000},
		{6000, false, PaymentRefunded, 5000}, // never more than was taken
		{-1, false, PaymentSucceeded, 0},
		{0, true, PaymentDisputed, 0},
		{1000, true, PaymentDisputed, 1000},
	} {
		for source, p := range map[string]Payment{
			"invoice": invoicePayment(t, invoice("paid", intent("succeeded", charge(c.refunded, c.disputed), ""), ""), c.disputed),
			"intent":  intentPayment(t, intent("succeeded", charge(c.refunded, c.disputed), ""), c.disputed),
		} {
			if p.Status != c.status || p.RefundedAmount != c.amount || p.Amount != 5000 || !p.Collected {
				t.Errorf("%s, %d refunded, disputed %v: %s, %d of %d, collected %v", source, c.refunded, c.disputed, p.Status, p.RefundedAmount, p.Amount, p.Collected)
			}
		}
	}
}

func TestOnlyOpenAndLostDisputesHoldMoney(t *testing.T) {
	for status, want := range map[string]bool{
		"needs_response": true, "under_review": true, "lost": true, "won": false, "prevented": false, "charge_refunded": true,
		"warning_needs_response": false, "warning_under_review": false, "warning_closed": false, "appeal_someday": true,
	} {
		if got := (&disputeObject{Status: status}).holdsMoney(); got != want {
			t.Errorf("%s: %v", status, got)
		}
	}
}

func TestZeroAmountInvoiceIsPaidButNotCollected(t *testing.T) {
	body := strings.NewReplacer("5000", "0").Replace(invoice("paid", "null", `"subscription":"sub_1","billing_reason":"subscription_create",`))
	p := invoicePayment(t, body, false)
	if p.Status != PaymentSucceeded || p.Collected || p.Amount != 0 || p.PaymentIntentID != "" || p.ChargeID != "" || p.Type != TypeInitialPayment {
		t.Errorf("%+v", p)
	}
	// A credit note's or a credit balance's invoice may have negative sums: nothing was collected.
	p = invoicePayment(t, strings.Replace(body, `"amount_paid":0`, `"amount_paid":-700`, 1), false)
	if p.Amount != 0 || p.Collected {
		t.Errorf("%+v", p)
	}
}

func TestPartOfAnInvoicePaidFromBalanceCountsWhatWasPaid(t *testing.T) {
	body := strings.Replace(invoice("paid", intent("succeeded", charge(0, false), ""), ""), `"amount_paid":5000`, `"amount_paid":1200`, 1)
	if p := invoicePayment(t, body, false); p.Amount != 1200 || !p.Collected {
		t.Errorf("%+v", p)
	}
}

func TestInvoiceBecomesAPaymentWhenSomebodyTriedToPay(t *testing.T) {
	const attempted = `"attempted":true,`
	for _, c := range []struct {
		name, body, status string
		billed             bool
	}{
		{"draft", invoice("draft", "null", ""), "", false},
		{"a status of null", strings.Replace(invoice("draft", "null", ""), `"draft"`, "null", 1), "", false},
		{"open, untouched", invoice("open", intent("requires_payment_method", "null", ""), ""), "", false},
		{"open, attempted", invoice("open", intent("requires_payment_method", "null", ""), attempted), PaymentFailed, true},
		{"open, processing", invoice("open", intent("processing", "null", ""), ""), PaymentPending, true},
		{"open, asks for authentication", invoice("open", intent("requires_action", "null", ""), attempted), PaymentPending, true},
		{"paid", invoice("paid", intent("succeeded", charge(0, false), ""), attempted), PaymentSucceeded, true},
		{"paid out of band", invoice("paid", "null", ""), PaymentSucceeded, true},
		{"void", invoice("void", "null", ""), PaymentCanceled, true},
		{"uncollectible", invoice("uncollectible", "null", attempted), PaymentFailed, true},
	} {
		o := decodeAs[invoiceObject](t, c.body)
		if o.billed() != c.billed {
			t.Errorf("%s: billed %v", c.name, o.billed())
		}
		if p := o.record(invoicePlace, "", false); c.billed && (p.Status != c.status || p.Collected != (c.status == PaymentSucceeded)) {
			t.Errorf("%s: %s, collected %v", c.name, p.Status, p.Collected)
		}
	}
}

func TestDeclinedPaymentSaysWhy(t *testing.T) {
	const failure = `"last_payment_error":{"code":"card_declined","decline_code":"insufficient_funds","message":"Your card has insufficient funds."},`
	for source, p := range map[string]Payment{
		"invoice": invoicePayment(t, invoice("open", intent("requires_payment_method", charge(0, false), failure), `"attempted":true,`), false),
		"intent":  intentPayment(t, intent("requires_payment_method", charge(0, false), failure), false),
	} {
		if p.Status != PaymentFailed || p.FailureCode != "insufficient_funds" || p.FailureMessage != "Your card has insufficient funds." || p.Amount != 5000 || p.Collected || p.ChargeID != "ch_1" {
			t.Errorf("%s: %+v", source, p)
		}
	}
	p := intentPayment(t, intent("requires_payment_method", "null", strings.Replace(failure, `"insufficient_funds"`, "null", 1)), false)
	if p.FailureCode != "card_declined" {
		t.Errorf("without a decline code: %q", p.FailureCode)
	}
	// What failed first and was paid at last has no failure to show.
	if p := intentPayment(t, intent("succeeded", charge(0, false), failure), false); p.FailureCode != "" || p.FailureMessage != "" {
		t.Errorf("%+v", p)
	}
}

func TestIntentStatuses(t *testing.T) {
	for status, want := range map[string]string{
		"succeeded": PaymentSucceeded, "canceled": PaymentCanceled, "processing": PaymentPending, "requires_action": PaymentPending,
		"requires_payment_method": PaymentPending, "requires_confirmation": PaymentPending, "requires_capture": PaymentPending, "someday": PaymentPending,
	} {
		p := intentPayment(t, intent(status, "null", ""), false)
		if p.Status != want || p.Collected != (status == "succeeded") || p.Type != TypeOneTime || p.Source != "pi_1" || p.Currency != "eur" || p.Description != "Book" {
			t.Errorf("%s: %+v", status, p)
		}
	}
}

func TestInvoiceTypes(t *testing.T) {
	const parent = `"parent":{"subscription_details":{"subscription":"sub_1"}},`
	for extra, want := range map[string]string{
		`"billing_reason":"subscription_create",` + parent:    TypeInitialPayment,
		`"billing_reason":"subscription_cycle",` + parent:     TypeSubscriptionPayment,
		`"billing_reason":"subscription_threshold",` + parent: TypeSubscriptionPayment,
		`"billing_reason":"subscription_update",` + parent:    TypeProrationCharge,
		`"billing_reason":"manual",` + parent:                 TypeSubscriptionPayment,
		`"billing_reason":"manual",`:                          TypeOneTime,
		"":                                                    TypeOneTime,
	} {
		if p := invoicePayment(t, invoice("paid", "null", extra), false); p.Type != want {
			t.Errorf("%s: %s, want %s", extra, p.Type, want)
		}
	}
}

func TestInvoiceFindsItsSubscriptionInEveryShape(t *testing.T) {
	for extra, want := range map[string]string{
		`"subscription":"sub_1",`:                                "sub_1",
		`"subscription":{"id":"sub_1","object":"subscription"},`: "sub_1",
		`"subscription":null,"parent":{"type":"subscription_details","subscription_details":{"subscription":"sub_1"}},`:       "sub_1",
		`"subscription":"sub_old","parent":{"subscription_details":{"subscription":{"id":"sub_1","object":"subscription"}}},`: "sub_1",
		`"subscription":null,"parent":null,"subscription_details":null,`:                                                      "",
		`"parent":{"type":"quote_details","subscription_details":null},`:                                                      "",
	} {
		if p := invoicePayment(t, invoice("paid", "null", extra), false); p.SubscriptionID != want {
			t.Errorf("%s: %q, want %q", extra, p.SubscriptionID, want)
		}
	}
}

func TestInvoiceOwnerIsTheSubscriptionsElseItsOwn(t *testing.T) {
	const a, b, c = `{"payments_project_id":"a"}`, `{"payments_project_id":"b"}`, `{"payments_project_id":"c"}`
	for extra, want := range map[string]string{
		`"parent":{"subscription_details":{"metadata":` + a + `}},"subscription_details":{"metadata":` + b + `},"metadata":` + c + `,`: "a",
		`"parent":{"subscription_details":{"metadata":{}}},"subscription_details":{"metadata":` + b + `},"metadata":` + c + `,`:        "b",
		`"parent":null,"subscription_details":{"metadata":null},"metadata":` + c + `,`:                                                 "c",
		`"metadata":null,`: "",
	} {
		if got := decodeAs[invoiceObject](t, invoice("paid", "null", extra)).owner()[metaProject]; got != want {
			t.Errorf("%s: %q, want %q", extra, got, want)
		}
	}
}

func TestIntentFindsItsInvoiceInEveryShape(t *testing.T) {
	for extra, want := range map[string]reference{
		`"invoice":"in_1",`:                                              "in_1",
		`"invoice":{"id":"in_1","object":"invoice"},`:                    "in_1",
		`"invoice":null,"payment_details":{"order_reference":"in_1"},`:   "in_1",
		`"payment_details":{"order_reference":"order-17"},`:              "",
		`"payment_details":{"order_reference":null},`:                    "",
		`"payment_details":null,"invoice":null,`:                         "",
		`"invoice":"in_1","payment_details":{"order_reference":"in_2"},`: "in_1",
	} {
		if got := decodeAs[paymentIntentObject](t, intent("succeeded", "null", extra)).invoice(); got != want {
			t.Errorf("%s: %q, want %q", extra, got, want)
		}
	}
}

func TestInvoiceDescriptionIsItsOwnElseTheFirstLines(t *testing.T) {
	for extra, want := range map[string]string{
		`"description":"Own","lines":{"data":[{"description":"Line"}]},`:                       "Own",
		`"description":null,"lines":{"data":[{"description":"1 × Pro"},{"description":"2"}]},`: "1 × Pro",
		`"description":null,"lines":{"data":[{"description":null}]},`:                          "",
		`"lines":null,`: "",
	} {
		if p := invoicePayment(t, invoice("paid", "null", extra), false); p.Description != want {
			t.Errorf("%s: %q", extra, p.Description)
		}
	}
}
