package httpadapter_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/manytenants/payments"
)

// record writes records as a sync would: a project's nth subscription and its payment, each a minute younger
// than the one before.
func (w *world) record(project payments.ProjectID, mode payments.Mode, n int, change func(*payments.Subscription, *payments.Payment)) {
	w.t.Helper()
	at := date(2026, 3, 1).Add(time.Duration(n) * time.Minute)
	suffix := fmt.Sprintf("%s%s%d", project, mode, n)
	sub := payments.Subscription{
		ID: fmt.Sprintf("018f0000-0000-7000-8000-%012d", n), Project: project, Mode: mode, User: "carol", SubscriptionID: "sub_" + suffix,
		CustomerID: "cus_" + suffix, Status: payments.StatusActive, PlanName: "Pro", PriceID: "price_1", Quantity: 1, Amount: 1900,
		Currency: "usd", Interval: "month", IntervalCount: 1, MRR: 1900, CreatedAt: at,
	}
	pay := payments.Payment{
		ID: fmt.Sprintf("018f0000-0000-7000-9000-%012d", n), Project: project, Mode: mode, Source: "in_" + suffix, User: "carol",
		SubscriptionID: sub.SubscriptionID, InvoiceID: "in_" + suffix, Type: payments.TypeInitialPayment,
		Status: payments.PaymentSucceeded, Amount: 1900, Collected: true, Currency: "usd", CreatedAt: at,
	}
	if change != nil {
		change(&sub, &pay)
	}
	for kind, id := range map[payments.Kind]string{payments.KindSubscription: sub.SubscriptionID, payments.KindInvoice: pay.Source} {
		ticket, err := w.store.ClaimObject(w.t.Context(), payments.Object{Project: project, Mode: mode, Kind: kind, ID: id}, at, at)
		w.must(err)
		synced := payments.Synced{Ticket: ticket, Now: at}
		if kind == payments.KindSubscription {
			synced.Subscription = &sub
		} else {
			synced.Payment = &pay
		}
		_, err = w.store.ApplySync(w.t.Context(), synced)
		w.must(err)
	}
}

func TestPagesAndCursorsWalkTheSameList(t *testing.T) {
	w := newWorld(t)
	const n = 25
	for i := range n {
		w.record("shop", payments.Test, i, func(s *payments.Subscription, p *payments.Payment) {
			at := date(2026, 3, 1).Add(time.Duration(i/5) * time.Hour) // ties
			s.CreatedAt, p.CreatedAt = at, at
		})
	}
	for target, c := range map[string]struct{ token, items string }{
		"/stripe/projects/shop/subscriptions": {alice, "subscriptions"}, "/stripe/projects/shop/payments": {alice, "payments"},
		"/subscriptions": {alice, "subscriptions"}, "/transactions": {alice, "payments"}, "/stripe/my-payments": {carol, "payments"},
	} {
		var byPage, byCursor []string
		for page := range 4 {
			got := w.do("GET", fmt.Sprintf("%s?page=%d&page_size=7", target, page+1), c.token, "").want(200)
			mustHave(t, got.json(), map[string]any{"total": float64(n), "page": float64(page + 1), "page_size": 7.0})
			byPage = append(byPage, ids(got.items(c.items))...)
		}
		for next := any(""); next != nil; {
			query := "?page_size=7"
			if next != "" {
				query += "&cursor=" + url.QueryEscape(next.(string))
			}
			got := w.do("GET", target+query, c.token, "").want(200)
			byCursor = append(byCursor, ids(got.items(c.items))...)
			next = got.json()["next_cursor"]
		}
		if !slices.Equal(byPage, byCursor) || len(byPage) != n || !slices.IsSortedFunc(byPage, func(a, b string) int { return -compare(a, b) }) {
			t.Errorf("%s:\n%v\n%v", target, byPage, byCursor)
		}
	}
	first := w.do("GET", "/subscriptions?page_size=7", alice, "").json()["next_cursor"].(string)
	if fields := w.do("GET", "/transactions?cursor="+url.QueryEscape(first), alice, "").fields(); fields[0] != "cursor" {
		t.Errorf("the cursor of another list: %v", fields)
	}
}

func ids(items []map[string]any) (ids []string) {
	for _, item := range items {
		ids = append(ids, item["id"].(string))
	}
	return ids
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func TestListsAcrossProjectsFilter(t *testing.T) {
	w := newWorld(t)
	w.record("shop", payments.Test, 1, nil)
	w.record("shop", payments.Live, 2, nil)
	w.record("atelier", payments.Test, 3, func(s *payments.Subscription, p *payments.Payment) {
		s.Status, s.MRR, p.Status, p.Collected = payments.StatusUnpaid, 0, payments.PaymentFailed, false
	})
	w.record("kiosk", payments.Test, 4, nil)
	for query, want := range map[string]int{
		"": 3, "?test_mode=true": 2, "?test_mode=false": 1, "?project_id=shop": 2, "?project_id=atelier&test_mode=false": 0,
		"?created_after=2026-03-01T00:02:00Z": 2, "?created_before=2026-03-01T00:02:00Z": 1, "?created_after=2026-03-01T02:02:00%2B02:00": 2,
		"?created_after=2026-03-01T00:02:00Z&created_before=2026-03-01T00:03:00Z": 1,
	} {
		for list, name := range map[string]string{"/subscriptions": "subscriptions", "/transactions": "payments"} {
			got := w.do("GET", list+query, alice, "").want(200)
			if rows := got.items(name); len(rows) != want || got.json()["total"] != float64(want) {
				t.Errorf("%s%s: %d rows, want %d: %s", list, query, len(rows), want, got.body)
			}
		}
	}
	for list, name := range map[string]string{"/subscriptions": "subscriptions", "/transactions": "payments"} {
		for _, row := range w.do("GET", list, alice, "").items(name) {
			if live := strings.Contains(row["id"].(string), "000000000002"); row["is_test_mode"] == live {
				t.Errorf("%s: %v", list, row)
			}
		}
	}
	rows := w.do("GET", "/subscriptions?status=unpaid", alice, "").items("subscriptions")
	if len(rows) != 1 {
		t.Fatalf("%v", rows)
	}
	mustHave(t, rows[0], map[string]any{"project_name": "Atelier", "provider": "stripe", "project_id": "atelier", "is_test_mode": true})
	if rows := w.do("GET", "/transactions?status=failed", alice, "").items("payments"); len(rows) != 1 {
		t.Errorf("%v", rows)
	}
	if rows := w.do("GET", "/transactions", bob, "").items("payments"); len(rows) != 1 || rows[0]["project_id"] != "kiosk" {
		t.Errorf("bob sees %v", rows)
	}
}

func TestProjectsAreListedConfiguredOrNot(t *testing.T) {
	w := newWorld(t)
	w.configure()
	got := w.do("GET", "/projects", alice, "").want(200)
	mustHave(t, got.json(), map[string]any{"total": 2.0})
	for _, p := range got.items("projects") {
		configured := p["id"] == "shop"
		mustHave(t, p, map[string]any{"has_payment_config": configured, "has_test_credentials": configured, "has_live_credentials": false,
			"is_active": configured, "live_configured_at": nil})
		if description := p["description"]; configured != (description == "Sells things") || configured != (p["test_configured_at"] != nil) {
			t.Errorf("%v", p)
		}
	}
}

func TestStatsAddUpWithoutMixingCurrencies(t *testing.T) {
	w := newWorld(t)
	w.configure()
	w.record("shop", payments.Test, 1, nil)
	w.record("shop", payments.Test, 2, func(s *payments.Subscription, p *payments.Payment) {
		s.Status, s.MRR, p.Status, p.RefundedAmount = payments.StatusTrialing, 0, payments.PaymentPartiallyRefunded, 400
	})
	w.record("atelier", payments.Test, 3, func(s *payments.Subscription, p *payments.Payment) {
		s.Currency, s.Amount, s.MRR, p.Currency, p.Amount = "jpy", 5000, 5000, "jpy", 5000
	})
	w.record("atelier", payments.Test, 4, func(s *payments.Subscription, p *payments.Payment) {
		s.Status, s.MRR, p.Status, p.Collected = payments.StatusIncomplete, 0, payments.PaymentFailed, false
	})
	w.record("shop", payments.Live, 5, nil)
	w.record("kiosk", payments.Test, 6, nil)
	got := w.do("GET", "/stats", alice, "").want(200)
	mustHave(t, got.json(), map[string]any{
		"total_projects": 2.0, "projects_with_config": 1.0, "projects_with_test": 1.0, "projects_with_live": 0.0,
		"total_subscriptions": 4.0, "active_subscriptions": 3.0, "total_payments": 4.0, "successful_payments": 3.0,
		"total_revenue_cents": 5000.0, "currency": "jpy",
	})
	revenue := got.items("revenue")
	if len(revenue) != 2 {
		t.Fatalf("%v", revenue)
	}
	mustHave(t, revenue[0], map[string]any{"currency": "jpy", "gross_cents": 5000.0, "refunded_cents": 0.0, "net_cents": 5000.0, "payments": 1.0})
	mustHave(t, revenue[1], map[string]any{"currency": "usd", "gross_cents": 3800.0, "refunded_cents": 400.0, "net_cents": 3400.0, "payments": 2.0})
	mustHave(t, got.items("mrr")[1], map[string]any{"currency": "usd", "mrr_cents": 1900.0, "subscriptions": 1.0})
	mustHave(t, got.json()["subscriptions_by_status"].(map[string]any), map[string]any{"active": 2.0, "trialing": 1.0, "incomplete": 1.0})
	mustHave(t, w.do("GET", "/stats?test_mode=false", alice, "").json(), map[string]any{"total_revenue_cents": 1900.0, "total_payments": 1.0})
}
