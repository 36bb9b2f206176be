package walk

import (
	"net/http"
	"net/url"
	"strings"
)

func (w *walk) configure() {
	w.title("A developer configures a project")
	base := "/stripe/projects/" + w.project.ID
	status, config := w.developer.call(http.MethodPut, base+"/config", object{
		"test_secret_key": w.project.TestSecretKey, "test_webhook_secret": w.project.TestWebhookSecret,
	})
	w.check(status == 200 && config["has_test_credentials"] == true, "keys stored, shown as %v", config["test_secret_key_masked"])
	for _, try := range []struct {
		what, key string
		valid     bool
	}{
		{"the right key", w.project.TestSecretKey, true},
		{"a wrong key", "sk_test_000000000000000000000000", false},
		{"a key of the other mode", w.project.LiveSecretKey, false},
	} {
		status, verdict := w.developer.post(base+"/validate-credentials", object{"secret_key": try.key})
		w.check(status == 200 && verdict["valid"] == try.valid, "%s: %v", try.what, verdict["message"])
	}
	urls := w.developer.get(base + "/webhook-urls")
	w.check(urls["test_webhook_url"] != nil && urls["live_webhook_url"] != nil, "webhook URL %v", urls["test_webhook_url"])
}

func (w *walk) checkout(price, mode string) {
	status, session := w.user.post("/stripe/checkout-session", object{
		"price_id": price, "mode": mode,
		"success_url": w.credentials.BaseURL + "/?session={CHECKOUT_SESSION_ID}", "cancel_url": w.credentials.BaseURL + "/",
	})
	page, _ := session["checkout_url"].(string)
	w.check(status == 200 && page != "", "checkout %v opened %v", session["session_id"], session["detail"])
	status = w.browse(http.MethodPost, page, url.Values{"card": {"4242424242424242"}, "email": {"alex@example.com"}})
	w.check(status == http.StatusSeeOther, "paid on its page, and back in the shop")
}

func (w *walk) subscription() object { return w.user.get("/stripe/my-subscription") }

func (w *walk) payments() object { return w.user.get("/stripe/my-payments") }

func (w *walk) subscribe() {
	w.title("An end user buys a plan")
	before := number(w.payments(), "total")
	w.checkout(w.project.Prices[1].ID, "subscription")
	sub := within(w.subscription, func(o object) bool { return o["status"] == "active" })
	w.check(sub["status"] == "active", "my-subscription: %v, %v", sub["plan_name"], sub["status"])
	list := within(w.payments, func(o object) bool { return number(o, "total") > before })
	w.check(number(list, "total") == before+1, "my-payments: one more")
	newest := rows(list, "payments")
	w.check(len(newest) > 0 && newest[0]["status"] == "succeeded" && newest[0]["type"] == "initial_payment", "it succeeded")
	status, problem := w.user.post("/stripe/checkout-session", object{
		"price_id": w.project.Prices[0].ID, "success_url": w.credentials.BaseURL + "/", "cancel_url": w.credentials.BaseURL + "/",
	})
	w.check(status == 400, "a second plan is refused: %v", problem["detail"])
}

func (w *walk) change() {
	w.title("The user changes the plan")
	status, changed := w.user.post("/stripe/update-subscription", object{"new_price_id": w.project.Prices[0].ID})
	w.check(status == 200 && changed["price_id"] == w.project.Prices[0].ID, "%v", changed["message"])
	w.check(w.subscription()["price_id"] == w.project.Prices[0].ID, "my-subscription agrees")
	status, problem := w.user.post("/stripe/update-subscription", object{"new_price_id": "price_unknown"})
	w.check(status == 400, "an unknown price is refused: %v", problem["detail"])
}

func (w *walk) cancel() {
	w.title("The user cancels, takes it back, and cancels for good")
	status, answer := w.user.post("/stripe/cancel-subscription", nil)
	w.check(status == 200 && answer["status"] == "active" && answer["cancel_at"] != nil, "%v", answer["message"])
	status, answer = w.user.post("/stripe/resume-subscription", nil)
	w.check(status == 200 && answer["cancel_at"] == nil, "%v", answer["message"])
	status, answer = w.user.post("/stripe/cancel-subscription", object{"cancel_immediately": true})
	w.check(status == 200 && answer["status"] == "canceled", "%v", answer["message"])
	status, answer = w.user.post("/stripe/resume-subscription", nil)
	w.check(status == 409, "it can't be resumed now: %v", answer["detail"])
}

func (w *walk) openPortal() {
	w.title("The user opens the customer portal")
	status, answer := w.user.post("/stripe/customer-portal", object{"return_url": w.credentials.BaseURL + "/"})
	page, _ := answer["portal_url"].(string)
	w.check(status == 200 && strings.HasPrefix(page, "http"), "portal %v", page)
	w.check(w.browse(http.MethodGet, page, nil) == http.StatusOK, "its page is there")
}

func (w *walk) buyOnce() {
	w.title("The user buys once, and gets the money back")
	w.checkout(w.project.Prices[3].ID, "payment")
	newest := func() object {
		if list := rows(w.payments(), "payments"); len(list) > 0 {
			return list[0]
		}
		return object{}
	}
	payment := within(newest, func(o object) bool { return o["type"] == "one_time" && o["status"] == "succeeded" })
	w.check(payment["type"] == "one_time" && payment["status"] == "succeeded", "my-payments shows it")
	intent, _ := payment["payment_intent_id"].(string)
	status, _ := w.stripe("/v1/refunds", url.Values{"payment_intent": {intent}})
	w.check(status == 200, "the developer refunds it at Stripe")
	payment = within(newest, func(o object) bool { return o["status"] == "refunded" })
	w.check(payment["status"] == "refunded" && payment["refunded_amount_cents"] == payment["amount_cents"], "my-payments shows it as %v", payment["status"])
}

// addUp reads the developer's lists to their end and compares them with the statistics.
func (w *walk) addUp() {
	w.title("The developer adds up")
	stats := w.developer.get("/stats?test_mode=true")
	subscriptions := w.all("/subscriptions?test_mode=true", "subscriptions")
	w.check(number(stats, "total_subscriptions") == int64(len(subscriptions)), "%d subscriptions", len(subscriptions))
	byCurrency := map[string]int64{}
	transactions := w.all("/transactions?test_mode=true", "payments")
	for _, p := range transactions {
		switch p["status"] {
		case "succeeded", "refunded", "partially_refunded", "disputed":
			currency, _ := p["currency"].(string)
			byCurrency[currency] += number(p, "amount_cents") - number(p, "refunded_amount_cents")
		}
	}
	w.check(number(stats, "total_payments") == int64(len(transactions)), "%d payments", len(transactions))
	revenue := rows(stats, "revenue")
	for _, r := range revenue {
		currency, _ := r["currency"].(string)
		w.check(number(r, "net_cents") == byCurrency[currency], "%v: %d net of refunds", currency, byCurrency[currency])
	}
	w.check(len(revenue) == len(byCurrency), "in %d currencies", len(byCurrency))
}

// all reads every page of a list.
func (w *walk) all(path, items string) []object {
	var all []object
	for cursor := ""; ; {
		page := w.developer.get(path + "&page_size=20" + cursor)
		all = append(all, rows(page, items)...)
		next, more := page["next_cursor"].(string)
		if !more {
			return all
		}
		cursor = "&cursor=" + url.QueryEscape(next)
	}
}

func (w *walk) isolation() {
	w.title("Nobody else sees it")
	status, problem := w.other.call(http.MethodGet, "/stripe/projects/"+w.project.ID+"/subscriptions", nil)
	w.check(status == 403, "another developer: %v", problem["detail"])
	w.check(number(w.developer.get("/stripe/projects/"+w.project.ID+"/payments?test_mode=false"), "total") == 0, "live mode has none")
	status, _ = w.developer.call(http.MethodGet, "/stripe/my-subscription", nil)
	w.check(status == 401, "a developer's token is no user's")
	status, _ = caller{w, "forged"}.call(http.MethodGet, "/stats", nil)
	w.check(status == 401, "a forged token is nobody's")
}

func (w *walk) badInput() {
	w.title("Bad input is refused, and changes nothing")
	before := number(w.payments(), "total")
	good := w.credentials.BaseURL + "/"
	price := w.project.Prices[0].ID
	for _, try := range []struct {
		what   string
		path   string
		body   any
		status int
	}{
		{"malformed JSON", "/stripe/checkout-session", `{"price_id": `, 400},
		{"an unknown field", "/stripe/checkout-session", object{"price_id": price, "success_url": good, "cancel_url": good, "customer": "cus_1"}, 422},
		{"a wrong type", "/stripe/checkout-session", object{"price_id": 1, "success_url": good, "cancel_url": good}, 422},
		{"an empty price", "/stripe/checkout-session", object{"price_id": "", "success_url": good, "cancel_url": good}, 422},
		{"an unknown mode", "/stripe/checkout-session", object{"price_id": price, "success_url": good, "cancel_url": good, "mode": "gift"}, 422},
		{"a URL elsewhere", "/stripe/checkout-session", object{"price_id": price, "success_url": "https://evil.example/", "cancel_url": good}, 422},
		{"a body over the cap", "/stripe/checkout-session", strings.Repeat(" ", 1<<17), 413},
	} {
		status, problem := w.user.post(try.path, try.body)
		w.check(status == try.status, "%s: %d %v", try.what, status, problem["detail"])
	}
	status, problem := w.user.call(http.MethodGet, "/stripe/my-payments?page=0", nil)
	w.check(status == 422, "a page out of range: %d %v", status, problem["detail"])
	w.check(number(w.payments(), "total") == before, "nothing was recorded")
}
