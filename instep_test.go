package payments_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/manytenants/payments"
)

// wantInStep compares the shop's rows with Stripe's objects, field by field: none missing, none more, nothing pending.
// It reads Stripe's objects by itself, so that a mistake in the library's decoding can't hide.
func (s *shop) wantInStep() {
	s.t.Helper()
	pending := must(s.service.PendingSyncs(s.t.Context(), s.project, s.mode, 100))(s.t)
	for _, p := range pending {
		s.t.Errorf("still pending: %+v", p)
	}
	for _, e := range s.events() {
		if e.Status == payments.EventPending {
			s.t.Errorf("still pending: %+v", e)
		}
	}
	var got []string
	for _, sub := range s.subscriptions() {
		got = append(got, fmt.Sprint(sub.SubscriptionID, sub.CustomerID, " ", sub.Status, " ", sub.PriceID, " x", sub.Quantity, " ",
			unix(sub.CurrentPeriodStart), unix(sub.CurrentPeriodEnd), sub.CancelAtPeriodEnd, unix(sub.CancelAt), unix(sub.CanceledAt), unix(sub.EndedAt), unix(sub.TrialEnd), unix(sub.CreatedAt)))
	}
	for _, p := range s.payments() {
		got = append(got, fmt.Sprint(p.Source, " ", p.Status, " ", p.Amount, p.Currency, " refunded ", p.RefundedAmount, " ", p.SubscriptionID, " ", p.CustomerID, unix(p.CreatedAt)))
	}
	want := append(s.stripesSubscriptions(), s.stripesPayments()...)
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		s.t.Errorf("Stripe (-) and the local rows (+) differ:\n%s", diff)
	}
}

func unix(at interface{ Unix() int64 }) int64 {
	if zero, ok := at.(interface{ IsZero() bool }); ok && zero.IsZero() {
		return 0
	}
	return at.Unix()
}

// fields is a Stripe object that is read by path.
type fields map[string]any

func (s *shop) objects(kind string) []fields {
	var all []fields
	if err := json.Unmarshal(mustJSON(s.account.Objects(kind)), &all); err != nil {
		s.t.Fatal(err)
	}
	return all
}

func (f fields) at(path string) any {
	var v any = map[string]any(f)
	for name := range strings.SplitSeq(path, ".") {
		switch inner := v.(type) {
		case map[string]any:
			v = inner[name]
		case []any:
			if len(inner) == 0 {
				return nil
			}
			v = inner[0].(map[string]any)[name]
		default:
			return nil
		}
	}
	return v
}

func (f fields) text(path string) string {
	s, _ := f.at(path).(string)
	return s
}

func (f fields) int(path string) int64 {
	n, _ := f.at(path).(float64)
	return int64(n)
}

func (s *shop) stripesSubscriptions() []string {
	var all []string
	for _, f := range s.objects("subscription") {
		if project := f.text("metadata.payments_project_id"); project != "" && project != string(s.project) {
			continue
		}
		all = append(all, fmt.Sprint(f.text("id"), f.text("customer"), " ", f.text("status"), " ", f.text("items.data.price.id"), " x", f.int("items.data.quantity"), " ",
			f.int("current_period_start"), f.int("current_period_end"), f.at("cancel_at_period_end"), f.int("cancel_at"), f.int("canceled_at"), f.int("ended_at"), f.int("trial_end"), f.int("created")))
	}
	return all
}

// stripesPayments are the invoices that somebody tried to pay, and the intents without an invoice.
func (s *shop) stripesPayments() []string {
	byID := map[string]fields{}
	for _, kind := range []string{"payment_intent", "charge"} {
		for _, f := range s.objects(kind) {
			byID[f.text("id")] = f
		}
	}
	var all []string
	add := func(f, intent fields, status string, amount int64) {
		refunded := byID[intent.text("latest_charge")].int("amount_refunded")
		switch {
		case status == payments.PaymentSucceeded && refunded > 0 && refunded < amount:
			status = payments.PaymentPartiallyRefunded
		case status == payments.PaymentSucceeded && refunded > 0:
			status = payments.PaymentRefunded
		}
		all = append(all, fmt.Sprint(f.text("id"), " ", status, " ", amount, f.text("currency"), " refunded ", refunded, " ", f.text("subscription"), " ", f.text("customer"), f.int("created")))
	}
	for _, f := range s.objects("invoice") {
		intent := byID[f.text("payment_intent")]
		switch {
		case f.text("status") == "paid":
			add(f, intent, payments.PaymentSucceeded, f.int("amount_paid"))
		case f.text("status") == "void":
			add(f, intent, payments.PaymentCanceled, f.int("amount_due"))
		case f.text("status") == "open" && f.at("attempted") == true:
			add(f, intent, payments.PaymentFailed, f.int("amount_due"))
		}
	}
	for _, f := range s.objects("payment_intent") {
		switch {
		case f.text("invoice") != "":
		case f.text("status") == "succeeded":
			add(f, f, payments.PaymentSucceeded, f.int("amount"))
		case f.at("last_payment_error") != nil:
			add(f, f, payments.PaymentFailed, f.int("amount"))
		}
	}
	return all
}
