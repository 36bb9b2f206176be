package payments_test

import (
	"cmp"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/stripe/stripe-go/v76"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/stripetest"
)

// recount adds the shops up from Stripe's own objects.
func recount(shops ...*shop) payments.Totals {
	totals := payments.Totals{SubscriptionsByStatus: map[string]int64{}}
	revenue, mrr := map[string]*payments.Revenue{}, map[string]*payments.MRR{}
	for _, s := range shops {
		for _, f := range s.objects("subscription") {
			status, currency := f.text("status"), f.text("items.data.price.currency")
			totals.SubscriptionsByStatus[status]++
			if status == "active" || status == "past_due" {
				if mrr[currency] == nil {
					mrr[currency] = &payments.MRR{Currency: currency}
				}
				amount := f.int("items.data.price.unit_amount") * f.int("items.data.quantity")
				if f.text("items.data.price.recurring.interval") == "year" {
					amount = (2*amount + 12) / 24 // half up
				}
				mrr[currency].Amount += amount
				mrr[currency].Subscriptions++
			}
		}
		for _, f := range s.objects("charge") {
			if f.text("status") != "succeeded" {
				continue
			}
			currency := f.text("currency")
			if revenue[currency] == nil {
				revenue[currency] = &payments.Revenue{Currency: currency}
			}
			revenue[currency].Gross += f.int("amount")
			revenue[currency].Refunded += f.int("amount_refunded")
			revenue[currency].Payments++
		}
	}
	for _, r := range revenue {
		totals.Revenue = append(totals.Revenue, *r)
	}
	for _, m := range mrr {
		totals.MRR = append(totals.MRR, *m)
	}
	slices.SortFunc(totals.Revenue, func(a, b payments.Revenue) int { return cmp.Compare(a.Currency, b.Currency) })
	slices.SortFunc(totals.MRR, func(a, b payments.MRR) int { return cmp.Compare(a.Currency, b.Currency) })
	return totals
}

func (w *world) wantStats(shops ...*shop) {
	w.t.Helper()
	got := must(w.service.Stats(w.t.Context(), "dev", payments.Test))(w.t)
	want := recount(shops...)
	want.PaymentsByStatus = map[string]int64{}
	for _, s := range shops {
		for _, p := range s.payments() { // wantInStep has compared them with Stripe's
			want.PaymentsByStatus[p.Status]++
		}
	}
	if diff := gocmp.Diff(want, got.Totals); diff != "" {
		w.t.Errorf("the recount (-) and the stats (+) differ:\n%s", diff)
	}
}

func TestStatsEqualARecountOfStripesObjects(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.newShop("alpha"), w.newShop("beta")
	w.auth.add(payments.Project{ID: "bare", Owner: "dev"})
	w.auth.add(payments.Project{ID: "other", Owner: "somebody else"})
	w.wantStats()
	for i, currency := range []string{"usd", "jpy", "kwd"} {
		user := payments.UserID("user-" + currency)
		a.buy(user, payments.CheckoutRequest{PriceID: a.price(1250+int64(i), currency, "year"), Quantity: 2})
		b.buy(user, payments.CheckoutRequest{PriceID: b.price(990+int64(i), currency, "month")})
		b.buy(user, payments.CheckoutRequest{PriceID: b.price(333, currency, ""), Mode: payments.CheckoutPayment})
	}
	step := func(name string) {
		t.Helper()
		w.settle()
		for _, s := range []*shop{a, b} {
			s.wantInStep()
		}
		w.wantStats(a, b)
		if t.Failed() {
			t.Fatal("after " + name)
		}
	}
	step("the purchases")
	a.refund(a.payments()[0], 100)
	b.refund(b.payments()[1], b.payments()[1].Amount)
	step("refunds")
	must(a.cancel("user-usd", true))(t)
	must(b.cancel("user-jpy", false))(t)
	step("cancellations")
	kwd := b.current("user-kwd")
	must(b.api.Subscriptions.Update(kwd.SubscriptionID, &stripe.SubscriptionParams{Items: []*stripe.SubscriptionItemsParams{{ID: &kwd.ItemID, Quantity: stripe.Int64(4)}}}))(t)
	step("a quantity")
	b.useCard(b.current("user-usd").CustomerID, stripetest.CardFailsLater)
	w.stripe.Advance(31*day + 2*time.Hour)
	step("a renewal that fails")
	w.stripe.Advance(40 * day)
	step("its end")
}

func TestStatsCountProjectsByTheirKeys(t *testing.T) {
	w := newWorld(t)
	w.newShop("alpha")
	w.newShop("beta")
	w.auth.add(payments.Project{ID: "bare", Owner: "dev"})
	w.auth.add(payments.Project{ID: "other", Owner: "somebody else"})
	w.shopOn("beta", payments.Live, "sk_live_beta0123456789abcdef").configure(nil)
	got := must(w.service.Stats(t.Context(), "dev", payments.Live))(t)
	if got.Projects != 3 || got.ProjectsWithConfig != 2 || got.ProjectsWithTest != 2 || got.ProjectsWithLive != 1 || !got.AsOf.Equal(start) {
		t.Errorf("%+v", got)
	}
	if err := w.service.DeleteConfig(t.Context(), "beta"); err != nil {
		t.Fatal(err)
	}
	got = must(w.service.Stats(t.Context(), "dev", payments.Test))(t)
	if got.Projects != 3 || got.ProjectsWithConfig != 1 || got.ProjectsWithTest != 1 || got.ProjectsWithLive != 0 {
		t.Errorf("%+v", got)
	}
	if got := must(w.service.Stats(t.Context(), "nobody", payments.Test))(t); got.Projects != 0 || len(got.Revenue) != 0 {
		t.Errorf("%+v", got)
	}
}
