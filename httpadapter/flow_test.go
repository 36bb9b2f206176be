package httpadapter_test

import (
	"strings"
	"testing"

	"github.com/manytenants/payments/stripetest"
)

// TestOneUserFromCheckoutToRefund walks through everything that a project and its user do.
func TestOneUserFromCheckoutToRefund(t *testing.T) {
	w := newWorld(t)
	if got := w.do("GET", "/stripe/projects/shop/config", alice, "").want(200).body; strings.TrimSpace(got) != "null" {
		t.Errorf("a project that was never configured: %s", got)
	}
	w.configure()
	basic, pro := w.price(testKey, "Basic", "usd", "900", true), w.price(testKey, "Pro", "usd", "1900", true)
	if got := w.do("GET", "/stripe/my-subscription", carol, "").want(200).body; strings.TrimSpace(got) != "null" {
		t.Errorf("a user without subscription: %s", got)
	}
	w.buy(carol, basic, "")

	bought := w.do("GET", "/stripe/my-subscription", carol, "").want(200).json()
	mustHave(t, bought, map[string]any{"status": "active", "price_id": basic, "user_id": "carol", "project_id": "shop",
		"is_test_mode": true, "plan_name": "Basic", "amount_cents": 900.0, "currency": "usd", "interval": "month", "quantity": 1.0})
	paid := w.do("GET", "/stripe/my-payments", carol, "").want(200).items("payments")
	if len(paid) != 1 {
		t.Fatalf("%d payments", len(paid))
	}
	mustHave(t, paid[0], map[string]any{"status": "succeeded", "amount_cents": 900.0, "type": "initial_payment",
		"subscription_id": bought["id"], "refunded_amount_cents": 0.0})
	w.do("POST", "/stripe/checkout-session", carol, checkoutBody(pro, "")).want(400)

	updated := w.do("POST", "/stripe/update-subscription", carol, `{"new_price_id":"`+pro+`","quantity":2}`).want(200).json()
	mustHave(t, updated, map[string]any{"price_id": pro, "status": "active", "subscription_id": bought["subscription_id"]})
	w.settle()
	mustHave(t, w.do("GET", "/stripe/my-subscription", carol, "").json(), map[string]any{"price_id": pro, "quantity": 2.0})

	w.cancelAndResume(bought["subscription_id"].(string))
	portal := w.do("POST", "/stripe/customer-portal", carol, `{"return_url":"https://app.example/account"}`).want(200).json()
	if !strings.HasPrefix(portal["portal_url"].(string), "https://") {
		t.Errorf("portal %v", portal)
	}
	w.refund(paid[0]["payment_intent_id"].(string), "400")
	paid = w.do("GET", "/stripe/my-payments", carol, "").want(200).items("payments")
	mustHave(t, paid[len(paid)-1], map[string]any{"status": "partially_refunded", "refunded_amount_cents": 400.0})
}

func (w *world) cancelAndResume(subscription string) {
	t := w.t
	t.Helper()
	for range 2 { // twice is as good as once
		got := w.do("POST", "/stripe/cancel-subscription", carol, "").want(200).json()
		mustHave(t, got, map[string]any{"status": "active", "subscription_id": subscription})
		if got["cancel_at"] == nil {
			t.Errorf("cancel at the period's end: %v", got)
		}
	}
	got := w.do("POST", "/stripe/resume-subscription", carol, "").want(200).json()
	mustHave(t, got, map[string]any{"status": "active", "cancel_at": nil})
	got = w.do("POST", "/stripe/cancel-subscription", carol, `{"cancel_immediately":true}`).want(200).json()
	mustHave(t, got, map[string]any{"status": "canceled"})
	if got["cancelled_at"] == nil {
		t.Errorf("cancelled now: %v", got)
	}
	w.do("POST", "/stripe/cancel-subscription", carol, "").want(404)
	w.do("POST", "/stripe/resume-subscription", carol, "{}").want(409)
	w.settle()
	if body := w.do("GET", "/stripe/my-subscription", carol, "").want(200).body; strings.TrimSpace(body) != "null" {
		t.Errorf("after the end: %s", body)
	}
}

func mustHave(t *testing.T, got, want map[string]any) {
	t.Helper()
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%s is %v, want %v", name, got[name], value)
		}
	}
}

func TestOneTimePaymentHasNoSubscription(t *testing.T) {
	w := newWorld(t)
	w.configure()
	w.buy(dave, w.price(testKey, "Book", "jpy", "500", false), `,"mode":"payment","quantity":3,"metadata":{"colour":"red"}`)
	paid := w.do("GET", "/stripe/my-payments", dave, "").want(200).items("payments")
	if len(paid) != 1 {
		t.Fatalf("%d payments", len(paid))
	}
	mustHave(t, paid[0], map[string]any{"status": "succeeded", "amount_cents": 1500.0, "currency": "jpy", "type": "one_time",
		"subscription_id": nil, "user_id": "dave"})
	if others := w.do("GET", "/stripe/my-payments", carol, "").items("payments"); len(others) != 0 {
		t.Errorf("another user sees %v", others)
	}
}

func TestLiveModeSeesNothingOfTestMode(t *testing.T) {
	w := newWorld(t)
	w.configure()
	price := w.price(testKey, "Pro", "usd", "1900", true)
	w.buy(carol, price, "")
	live := "?test_mode=false"
	if body := w.do("GET", "/stripe/my-subscription"+live, carol, "").want(200).body; strings.TrimSpace(body) != "null" {
		t.Errorf("my-subscription: %s", body)
	}
	for target, token := range map[string]string{
		"/stripe/my-payments": carol, "/stripe/projects/shop/payments": alice, "/stripe/projects/shop/subscriptions": alice,
		"/subscriptions": alice, "/transactions": alice,
	} {
		if got := w.do("GET", target+live, token, "").want(200).json(); got["total"] != 0.0 {
			t.Errorf("%s: %v", target, got)
		}
	}
	mustHave(t, w.do("GET", "/stats"+live, alice, "").want(200).json(), map[string]any{
		"total_subscriptions": 0.0, "total_payments": 0.0, "total_revenue_cents": 0.0, "currency": "usd"})
	w.do("POST", "/stripe/checkout-session"+live, carol, checkoutBody(price, "")).want(404)
	w.do("POST", "/stripe/customer-portal"+live, carol, `{"return_url":"https://app.example/"}`).want(404)
	w.do("POST", "/stripe/cancel-subscription"+live, carol, "").want(404)
	w.do("POST", "/stripe/resume-subscription"+live, carol, "").want(404)
	w.do("POST", "/stripe/update-subscription"+live, carol, `{"new_price_id":"price_1"}`).want(404)
	if n := len(w.live.Requests()); n != 0 {
		t.Errorf("%d requests reached Stripe's live mode", n)
	}
}

func TestTestModeIsTheDefault(t *testing.T) {
	w := newWorld(t)
	w.configure()
	w.buy(carol, w.price(testKey, "Pro", "usd", "1900", true), "")
	for _, query := range []string{"", "?test_mode=true"} {
		mustHave(t, w.do("GET", "/stripe/my-subscription"+query, carol, "").want(200).json(), map[string]any{"is_test_mode": true})
		mustHave(t, w.do("GET", "/stripe/projects/shop/subscriptions"+query, alice, "").want(200).json(), map[string]any{"total": 1.0})
	}
}

func TestUserWhoseTokenNamesNoProjectMayClaimOne(t *testing.T) {
	w := newWorld(t)
	w.do("GET", "/stripe/my-subscription", erin, "").want(401)
	w.do("GET", "/stripe/my-subscription", erin, "", header("X-Project-ID", "shop")).want(200)
	w.do("GET", "/stripe/my-subscription", erin, "", header("X-Project-ID", "kiosk")).want(401)
	w.do("GET", "/stripe/my-subscription", carol, "", header("X-Project-ID", "kiosk")).want(200)
	for _, bad := range [][]string{{"a b"}, {"../x"}, {"shop", "kiosk"}, {strings.Repeat("x", 129)}} {
		if got := w.do("GET", "/stripe/my-subscription", carol, "", header("X-Project-ID", bad...)).fields(); got[0] != "X-Project-ID" {
			t.Errorf("%q: %v", bad, got)
		}
	}
}

func TestIdempotencyKeyOpensOneSession(t *testing.T) {
	w := newWorld(t)
	w.configure()
	body := checkoutBody(w.price(testKey, "Pro", "usd", "1900", true), "")
	key := header("Idempotency-Key", "order-7")
	first := w.do("POST", "/stripe/checkout-session", carol, body, key).want(200)
	again := w.do("POST", "/stripe/checkout-session", carol, body, key).want(200)
	if first.body != again.body {
		t.Errorf("two sessions: %s and %s", first.body, again.body)
	}
	other := checkoutBody(w.price(testKey, "Basic", "usd", "900", true), "")
	w.do("POST", "/stripe/checkout-session", carol, other, key).want(409)
	for _, bad := range [][]string{{strings.Repeat("k", 256)}, {"a", "b"}} {
		got := w.do("POST", "/stripe/checkout-session", carol, body, header("Idempotency-Key", bad...)).fields()
		if got[0] != "Idempotency-Key" {
			t.Errorf("%v", got)
		}
	}
}

func TestDeclinedCardLeavesNoSubscription(t *testing.T) {
	w := newWorld(t)
	w.configure()
	body := checkoutBody(w.price(testKey, "Pro", "usd", "1900", true), "")
	session := w.do("POST", "/stripe/checkout-session", carol, body).want(200).json()
	if err := w.test.CompleteCheckout(session["session_id"].(string), stripetest.CardDeclined); err == nil {
		t.Fatal("the declined card paid")
	}
	w.settle()
	if body := w.do("GET", "/stripe/my-subscription", carol, "").want(200).body; strings.Contains(body, `"active"`) {
		t.Errorf("my-subscription: %s", body)
	}
}
