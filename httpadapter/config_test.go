package httpadapter_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/httpadapter"
	"github.com/manytenants/payments/stripetest"
)

const shopConfig = "/stripe/projects/shop/config"

func TestConfigShowsMasksAndNeverKeys(t *testing.T) {
	w := newWorld(t)
	body := `{"test_secret_key":"` + testKey + `","live_secret_key":"` + liveKey + `","test_publishable_key":"` + publishable +
		`","test_webhook_secret":"` + webhookSecret + `"}`
	put := w.do("PUT", shopConfig, alice, body).want(200)
	got := w.do("GET", shopConfig, alice, "").want(200)
	for _, a := range []answer{put, got} {
		if strings.Contains(a.body, "canary") {
			t.Errorf("a key is shown: %s", a.body)
		}
		mustHave(t, a.json(), map[string]any{
			"project_id": "shop", "is_active": true, "has_test_credentials": true, "has_live_credentials": true,
			"test_secret_key_masked": "sk_test_...aBcD", "live_secret_key_masked": "sk_live_...eFgH",
			"test_publishable_key_masked": "pk_test_...iJkL", "test_webhook_secret_masked": "whsec_...mNoP",
			"live_publishable_key_masked": nil, "live_webhook_secret_masked": nil, "updated_at": nil,
		})
		if c := a.json(); c["test_configured_at"] == nil || c["live_configured_at"] == nil {
			t.Errorf("%v", c)
		}
	}
}

func TestPutKeepsWhatIsLeftOutAndNullRemoves(t *testing.T) {
	w := newWorld(t)
	w.do("PUT", shopConfig, alice, `{"test_secret_key":"`+testKey+`","test_webhook_secret":"`+webhookSecret+`"}`).want(200)
	kept := w.do("PUT", shopConfig, alice, `{"test_publishable_key":"`+publishable+`"}`).want(200).json()
	mustHave(t, kept, map[string]any{"test_secret_key_masked": "sk_test_...aBcD", "test_webhook_secret_masked": "whsec_...mNoP"})
	removed := w.do("PUT", shopConfig, alice, `{"test_secret_key":null}`).want(200).json()
	mustHave(t, removed, map[string]any{"test_secret_key_masked": nil, "has_test_credentials": false, "test_configured_at": nil,
		"test_webhook_secret_masked": "whsec_...mNoP"})
	if removed["updated_at"] == nil {
		t.Error("no updated_at after a change")
	}
}

func TestPutRefusesKeysThatDontFitTheirField(t *testing.T) {
	w := newWorld(t)
	for body, field := range map[string]string{
		`{"test_secret_key":"` + liveKey + `"}`:                                    "test_secret_key",
		`{"live_secret_key":"` + testKey + `"}`:                                    "live_secret_key",
		`{"test_secret_key":"` + publishable + `"}`:                                "test_secret_key",
		`{"test_secret_key":"` + webhookSecret + `"}`:                              "test_secret_key",
		`{"test_webhook_secret":"` + testKey + `"}`:                                "test_webhook_secret",
		`{"live_publishable_key":"` + publishable + `"}`:                           "live_publishable_key",
		`{"test_secret_key":" ` + testKey + `"}`:                                   "test_secret_key",
		`{"test_secret_key":"` + testKey + `\n"}`:                                  "test_secret_key",
		`{"test_secret_key":"sk_test_"}`:                                           "test_secret_key",
		`{"test_secret_key":"sk_test_...aBcD"}`:                                    "test_secret_key",
		`{"test_secret_key":"sk_test_` + strings.Repeat("canary", 10<<10/6) + `"}`: "test_secret_key",
		`{"live_webhook_secret":""}`:                                               "live_webhook_secret",
		`{"test_secret_key":17}`:                                                   "test_secret_key",
		`{"test_secret_key":{"canary":1}}`:                                         "test_secret_key",
		`{"allow_account_change":"true"}`:                                          "allow_account_change",
		`{"test_secret":"` + testKey + `"}`:                                        "test_secret",
	} {
		got := w.do("PUT", shopConfig, alice, body)
		if fields := got.fields(); len(fields) != 1 || fields[0] != field {
			t.Errorf("%.60s: fields %v", body, fields)
		}
		if strings.Contains(got.body, "canary") {
			t.Errorf("the value is echoed: %s", got.body)
		}
	}
	both := `{"test_secret_key":"` + liveKey + `","live_secret_key":"` + testKey + `"}`
	if fields := w.do("PUT", shopConfig, alice, both).fields(); len(fields) != 2 {
		t.Errorf("not all that is wrong is told: %v", fields)
	}
	if got := w.do("GET", shopConfig, alice, "").want(200).body; strings.TrimSpace(got) != "null" {
		t.Errorf("something was stored: %s", got)
	}
	if n := w.door.calls.Load(); n != 0 {
		t.Errorf("Stripe was asked %d times", n)
	}
}

func TestKeyOfAnotherAccountNeedsConsent(t *testing.T) {
	w := newWorld(t)
	w.configure()
	w.stripe.NewAccount(stripetest.AccountOptions{TestKey: "sk_test_canaryother123456wXyZ"})
	other := `{"test_secret_key":"sk_test_canaryother123456wXyZ"`
	w.do("PUT", shopConfig, alice, other+`}`).want(409)
	mustHave(t, w.do("GET", shopConfig, alice, "").json(), map[string]any{"test_secret_key_masked": "sk_test_...aBcD"})
	got := w.do("PUT", shopConfig, alice, other+`,"allow_account_change":true}`).want(200).json()
	mustHave(t, got, map[string]any{"test_secret_key_masked": "sk_test_...wXyZ"})
}

func TestDeletedConfigRefusesAllButReading(t *testing.T) {
	w := newWorld(t)
	w.configure()
	price := w.price(testKey, "Pro", "usd", "1900", true)
	w.buy(carol, price, "")
	if got := w.do("DELETE", shopConfig, alice, "").want(204); got.body != "" {
		t.Errorf("%s", got.body)
	}
	w.do("DELETE", shopConfig, alice, "").want(404)
	mustHave(t, w.do("GET", shopConfig, alice, "").want(200).json(), map[string]any{"is_active": false, "test_secret_key_masked": nil})
	w.do("POST", "/stripe/checkout-session", dave, checkoutBody(price, "")).want(404)
	w.do("POST", "/stripe/cancel-subscription", carol, "").want(404)
	mustHave(t, w.do("GET", "/stripe/projects/shop/payments", alice, "").want(200).json(), map[string]any{"total": 1.0})
	mustHave(t, w.do("GET", "/stripe/my-subscription", carol, "").want(200).json(), map[string]any{"status": "active"})
	mustHave(t, w.do("GET", "/stats", alice, "").json(), map[string]any{"projects_with_config": 0.0, "total_subscriptions": 1.0})
	for _, p := range w.do("GET", "/projects", alice, "").items("projects") {
		mustHave(t, p, map[string]any{"has_payment_config": false, "is_active": false, "has_test_credentials": false})
	}
	w.do("PUT", shopConfig, alice, `{"test_secret_key":"`+testKey+`"}`).want(200)
	w.do("POST", "/stripe/checkout-session", dave, checkoutBody(price, "")).want(200)
}

func TestWebhookURLsAreAbsolute(t *testing.T) {
	got := newWorld(t).do("GET", "/stripe/projects/shop/webhook-urls", alice, "").want(200).json()
	mustHave(t, got, map[string]any{
		"test_webhook_url": "http://api.test/api/v1/payments/stripe/webhooks/shop/test",
		"live_webhook_url": "http://api.test/api/v1/payments/stripe/webhooks/shop/live",
	})
}

func TestWebhookURLsNeedThePublicURL(t *testing.T) {
	w := newWorld(t, func(o *payments.Options, _ *httpadapter.Options) { o.PublicURL = "" })
	w.do("GET", "/stripe/projects/shop/webhook-urls", alice, "").want(503)
}

func TestValidateCredentialsSaysWhatIsWrong(t *testing.T) {
	w := newWorld(t, func(_ *payments.Options, o *httpadapter.Options) { o.ValidationsPerMinute = -1 })
	w.test.AddRestrictedKey("rk_test_canary0123456789qRsT", "charge_read")
	w.test.AddKey("sk_test_canaryrevoked3456uVwX")
	w.test.RevokeKey("sk_test_canaryrevoked3456uVwX")
	for _, c := range []struct {
		body, says string
		valid      bool
	}{
		{`{"secret_key":"` + testKey + `"}`, "works", true},
		{`{"secret_key":"` + liveKey + `","is_test_mode":false}`, "works", true},
		{`{"secret_key":"` + liveKey + `"}`, "live mode key", false},
		{`{"secret_key":"` + testKey + `","is_test_mode":false}`, "test mode key", false},
		{`{"secret_key":"sk_test_canaryunknown01234567"}`, "doesn't know", false},
		{`{"secret_key":"sk_test_canaryrevoked3456uVwX"}`, "revoked", false},
		{`{"secret_key":"rk_test_canary0123456789qRsT"}`, "permissions", false},
		{`{"secret_key":"` + publishable + `"}`, "publishable", false},
		{`{"secret_key":"canary"}`, "not a Stripe secret key", false},
	} {
		got := w.do("POST", "/stripe/projects/shop/validate-credentials", alice, c.body).want(200)
		if m := got.json(); m["valid"] != c.valid || !strings.Contains(m["message"].(string), c.says) || strings.Contains(got.body, "canary") {
			t.Errorf("%s: %s", c.body, got.body)
		}
	}
	if got := w.do("GET", shopConfig, alice, "").body; strings.TrimSpace(got) != "null" {
		t.Errorf("something was stored: %s", got)
	}
	w.door.answer.Store(stripeError(503, "api_error", "", ""))
	w.do("POST", "/stripe/projects/shop/validate-credentials", alice, `{"secret_key":"`+testKey+`"}`).want(503)
}

func TestValidateCredentialsIsLimitedForEachDeveloper(t *testing.T) {
	w := newWorld(t)
	body := `{"secret_key":"sk_test_canaryunknown01234567"}`
	for range 10 {
		w.do("POST", "/stripe/projects/shop/validate-credentials", alice, body).want(200)
	}
	w.do("POST", "/stripe/projects/shop/validate-credentials", alice, `{"secret_key":""}`).want(422) // costs nothing
	asked := w.door.calls.Load()
	got := w.do("POST", "/stripe/projects/atelier/validate-credentials", alice, body).want(http.StatusTooManyRequests)
	if got.header.Get("Retry-After") == "" || w.door.calls.Load() != asked {
		t.Errorf("Retry-After %q, %d calls more", got.header.Get("Retry-After"), w.door.calls.Load()-asked)
	}
	w.do("POST", "/stripe/projects/kiosk/validate-credentials", bob, body).want(200)
}
