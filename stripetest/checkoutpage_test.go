package stripetest_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/client"

	"github.com/manytenants/payments/stripetest"
)

// thanks is where sessionParams' success_url leads to.
func thanks(session *stripe.CheckoutSession) string {
	return "https://shop.example/thanks?s=" + session.ID
}

func TestCheckoutIsPaidOnItsPage(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	session := s.session("subscription", s.price(1000, "month"))
	b := s.browser().open(session.URL).shows(http.StatusOK, "Test business", "Subscribe to Pro", "$10.00 per month", "Total due today $10.00")
	s.events()
	b.open(session.URL) // reading changes nothing
	s.wantEvents("")
	b.press("Subscribe", "email=ada@example.com").leads(thanks(session))
	session = must(s.api.CheckoutSessions.Get(session.ID, nil))(t)
	if session.Status != "complete" || session.PaymentStatus != "paid" || session.CustomerDetails.Email != "ada@example.com" {
		t.Errorf("session %s %s of %+v", session.Status, session.PaymentStatus, session.CustomerDetails)
	}
}

func TestDeclinedCheckoutPageShowsTheErrorAndStaysOpen(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	for _, mode := range []string{"payment", "subscription"} {
		button := map[string]string{"payment": "Pay $5.00", "subscription": "Subscribe"}[mode]
		session := s.session(mode, s.price(500, map[string]string{"subscription": "month"}[mode]))
		b := s.browser().open(session.URL).press(button, "email=a@example.com", "card=4000000000000002")
		b.shows(http.StatusPaymentRequired, "Your card was declined.")
		if alert := b.alert(); alert != "Your card was declined." {
			t.Errorf("%s: alert %q", mode, alert)
		}
		b.press(button, "email=b@example.com", "card=4242424242424242").leads(thanks(session))
		session = must(s.api.CheckoutSessions.Get(session.ID, nil))(t)
		if session.CustomerDetails.Email != "b@example.com" {
			t.Errorf("%s: the e-mail typed last is lost: %s", mode, session.CustomerDetails.Email)
		}
	}
}

// alert is the text a screen reader tells at once.
func (b *browser) alert() string {
	for n := range b.page.Descendants() {
		if attr(n, "role") == "alert" {
			return words(n)
		}
	}
	return ""
}

// wrong are the names of the fields that are marked as wrong.
func (b *browser) wrong() string {
	var names []string
	for n := range b.all("input") {
		if attr(n, "aria-invalid") == "true" && attr(n, "aria-describedby") == "problem" && has(n, "autofocus") {
			names = append(names, attr(n, "name"))
		}
	}
	return strings.Join(names, " ")
}

func TestAnyCardNumberCanBeTyped(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	session := s.session("payment", s.price(500, ""))
	b := s.browser().open(session.URL)
	for _, c := range []struct {
		email, number, expiry, cvc string
		status                     int
		field, text                string
	}{
		{"nobody", "4242 4242 4242 4242", "12/34", "123", http.StatusBadRequest, "email", "complete e-mail address"},
		{"a@example.com", "", "12/34", "123", http.StatusBadRequest, "number", "Enter the card's number."},
		{"a@example.com", "4242424242424241", "12/34", "123", http.StatusBadRequest, "number", "Your card number is invalid."},
		{"a@example.com", "4242 4242 4242 4242", "1234", "123", http.StatusBadRequest, "expiry", "month and year"},
		{"a@example.com", "4242 4242 4242 4242", "13/34", "123", http.StatusBadRequest, "expiry", "month and year"},
		{"a@example.com", "4242 4242 4242 4242", "12/23", "123", http.StatusBadRequest, "expiry", "in the past"},
		{"a@example.com", "4242 4242 4242 4242", "01/24", "12", http.StatusBadRequest, "cvc", "security code"},
		{"a@example.com", "4000 0000 0000 9995", "01 / 2024", "123", http.StatusPaymentRequired, "number", "insufficient funds"},
		{"a@example.com", "4111 1111 1111 1111", "01/24", "123", http.StatusPaymentRequired, "number", "Your card number is incorrect."},
	} {
		b.press("Pay $5.00", "email="+c.email, "card=other", "number="+c.number, "expiry="+c.expiry, "cvc="+c.cvc)
		b.shows(c.status, c.text)
		if b.wrong() != c.field {
			t.Errorf("%+v: the fields %q are marked", c, b.wrong())
		}
	}
	b.press("Pay $5.00", "number=5555 5555 5555 4444", "expiry=1/2024", "cvc=123").leads(thanks(session))
}

func TestCheckoutAsksTheBankForAuthentication(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	session := s.session("payment", s.price(500, ""))
	s.events()
	b := s.browser().open(session.URL).press("Pay $5.00", "email=a@example.com", "card=4000002500003155")
	b.shows(http.StatusOK, "Your bank asks whether it is you", "$5.00", "3155")
	s.wantEvents("payment_intent.created payment_intent.requires_action")
	b.press("Fail authentication").shows(http.StatusOK, "We are unable to authenticate your payment method.")
	s.wantEvents("payment_intent.payment_failed")
	b.press("Pay $5.00", "email=a@example.com", "card=4000002500003155").press("Complete authentication").leads(thanks(session))
	s.wantEvents("payment_intent.requires_action payment_intent.succeeded charge.succeeded checkout.session.completed charge.updated")
}

func TestSubscriptionCheckoutAsksTheBankForAuthentication(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	session := s.session("subscription", s.price(500, "month"))
	b := s.browser().open(session.URL).press("Subscribe", "email=a@example.com", "card=4000002500003155")
	back := b.at.String()
	b.press("Complete authentication").leads(thanks(session))
	if subs := s.account.Objects("subscription"); len(subs) != 1 || subs[0]["status"] != "active" {
		t.Errorf("subscriptions %v", subs)
	}
	b.open(back).shows(http.StatusOK, "This payment is complete") // the way back in the browser
}

func TestAuthenticateCheckoutDoesWhatTheBanksPageDoes(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	for _, mode := range []string{"payment", "subscription"} {
		session := s.session(mode, s.price(500, map[string]string{"subscription": "month"}[mode]))
		var failed *stripetest.Error
		if err := s.account.AuthenticateCheckout(session.ID, stripetest.CardAlwaysAuthenticates, false); !errors.As(err, &failed) || failed.Code != "payment_intent_authentication_failure" {
			t.Errorf("%s: got %v", mode, err)
		}
		if err := s.account.AuthenticateCheckout(session.ID, stripetest.CardVisa, true); err == nil {
			t.Error("a card that asks for nothing was authenticated")
		}
		if err := s.account.AuthenticateCheckout(session.ID, stripetest.CardAlwaysAuthenticates, true); err != nil {
			t.Errorf("%s: %v", mode, err)
		}
		if session = must(s.api.CheckoutSessions.Get(session.ID, nil))(t); session.PaymentStatus != "paid" {
			t.Errorf("%s: %s", mode, session.PaymentStatus)
		}
	}
}

func TestPaymentSentTwiceLeadsToSuccessTwice(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	session := s.session("payment", s.price(500, ""))
	first, second := s.browser().open(session.URL), s.browser().open(session.URL)
	for _, b := range []*browser{first, second} {
		b.press("Pay $5.00", "email=a@example.com").leads(thanks(session))
	}
	if charges := s.account.Objects("charge"); len(charges) != 1 {
		t.Errorf("%d charges", len(charges))
	}
}

func TestCheckoutPageThatIsOverSaysSo(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	paid, expired := s.session("payment", s.price(500, "")), s.session("payment", s.price(500, ""))
	if err := s.account.CompleteCheckout(paid.ID, stripetest.CardVisa); err != nil {
		t.Fatal(err)
	}
	s.browser().open(paid.URL).shows(http.StatusOK, "This payment is complete").follow("Continue to Test business").leads(thanks(paid))
	late := s.browser().open(expired.URL)
	s.server.Advance(sessionDay)
	late.press("Pay $5.00", "email=a@example.com").shows(http.StatusGone, "This payment page has expired")
	late.follow("Back to Test business").leads("https://shop.example/cart")
	s.browser().open(s.web.URL+"/pay/cs_test_none").shows(http.StatusNotFound, "There is no such page")
}

func TestOneRequestPaysACheckout(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	customer := must(s.api.Customers.New(nil))(t)
	price := s.price(500, "")
	for _, c := range []struct {
		customer *string
		body     url.Values
		status   int
	}{
		{nil, url.Values{"card": {"4242424242424242"}}, http.StatusBadRequest},
		{nil, url.Values{"card": {"4242424242424242"}, "email": {"a@example.com"}}, http.StatusSeeOther},
		{&customer.ID, url.Values{"card": {"4242 4242 4242 4242"}}, http.StatusSeeOther},
		{&customer.ID, url.Values{"card": {"1"}}, http.StatusPaymentRequired},
		{&customer.ID, nil, http.StatusBadRequest},
	} {
		params := sessionParams("payment", price)
		params.Customer = c.customer
		session := must(s.api.CheckoutSessions.New(params))(t)
		answer, err := s.browser().client.PostForm(session.URL, c.body)
		if err != nil {
			t.Fatal(err)
		}
		if err := answer.Body.Close(); err != nil {
			t.Error(err)
		}
		if answer.StatusCode != c.status || c.status == http.StatusSeeOther && answer.Header.Get("Location") != thanks(session) {
			t.Errorf("%v: %d to %q", c.body, answer.StatusCode, answer.Header.Get("Location"))
		}
	}
}

func TestCheckoutPageTellsWhatIsPaidAndWhen(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	customer := must(s.api.Customers.New(&stripe.CustomerParams{Email: stripe.String("ada@example.com")}))(t)
	inline := func(currency string, amount int64, interval string, count int64) *stripe.CheckoutSessionLineItemParams {
		data := &stripe.CheckoutSessionLineItemPriceDataParams{
			Currency: &currency, UnitAmount: &amount, ProductData: &stripe.CheckoutSessionLineItemPriceDataProductDataParams{Name: stripe.String("Tea & <b>cake</b>")},
		}
		if interval != "" {
			data.Recurring = &stripe.CheckoutSessionLineItemPriceDataRecurringParams{Interval: &interval, IntervalCount: &count}
		}
		return &stripe.CheckoutSessionLineItemParams{PriceData: data, Quantity: stripe.Int64(3)}
	}
	for _, c := range []struct {
		mode  string
		trial int64
		lines []*stripe.CheckoutSessionLineItemParams
		want  []string
	}{
		{"payment", 0, []*stripe.CheckoutSessionLineItemParams{inline("jpy", 500, "", 0)}, []string{"Tea & <b>cake</b>", "3 × ¥500", "Total due today ¥1,500", "Pay ¥1,500"}},
		{"payment", 0, []*stripe.CheckoutSessionLineItemParams{inline("kwd", 1250, "", 0)}, []string{"3 × KWD 1.250", "Total due today KWD 3.750"}},
		{"subscription", 0, []*stripe.CheckoutSessionLineItemParams{inline("usd", 1000, "month", 3)}, []string{"$30.00 every 3 months", "Total due today $30.00"}},
		{"subscription", 0, []*stripe.CheckoutSessionLineItemParams{inline("usd", 1000, "year", 1), inline("usd", 100, "", 0)}, []string{"$33.00 due today, then $30.00 per year", "Total due today $33.00"}},
		{"subscription", 14, []*stripe.CheckoutSessionLineItemParams{inline("usd", 1000, "week", 1)}, []string{"14 days free then $30.00 per week", "Total due today $0.00", "Start trial"}},
	} {
		params := sessionParams(c.mode, "")
		params.LineItems, params.Customer = c.lines, &customer.ID
		if c.trial > 0 {
			params.SubscriptionData = &stripe.CheckoutSessionSubscriptionDataParams{TrialPeriodDays: &c.trial}
		}
		b := s.browser().open(must(s.api.CheckoutSessions.New(params))(t).URL).shows(http.StatusOK, c.want...)
		for n := range b.all("input") {
			if attr(n, "type") == "email" && (!has(n, "readonly") || attr(n, "value") != "ada@example.com") {
				t.Error("the customer's e-mail can be typed over")
			}
		}
	}
}

func TestBankAccountsAreOfferedWhereTheSessionTakesThem(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	params := sessionParams("payment", s.price(500, ""))
	params.PaymentMethodTypes = stripe.StringSlice([]string{"card", "us_bank_account"})
	session := must(s.api.CheckoutSessions.New(params))(t)
	s.browser().open(session.URL).press("Pay $5.00", "email=a@example.com", "card="+string(stripetest.ACHSucceeds)).leads(thanks(session))
	if session = must(s.api.CheckoutSessions.Get(session.ID, nil))(t); session.Status != "complete" || session.PaymentStatus != "unpaid" {
		t.Errorf("session %s %s", session.Status, session.PaymentStatus)
	}
}

func TestPagesTakeOnlyReadingAndForms(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	session := s.session("payment", s.price(500, ""))
	for method, status := range map[string]int{
		http.MethodHead: http.StatusOK, http.MethodPut: http.StatusMethodNotAllowed, http.MethodDelete: http.StatusMethodNotAllowed,
	} {
		answer, err := http.DefaultClient.Do(must(http.NewRequestWithContext(t.Context(), method, session.URL, nil))(t))
		if err != nil {
			t.Fatal(err)
		}
		if err := answer.Body.Close(); err != nil {
			t.Error(err)
		}
		if answer.StatusCode != status {
			t.Errorf("%s: %d, want %d", method, answer.StatusCode, status)
		}
	}
}

func TestReadingPagesChangesNothingThatComesAfter(t *testing.T) {
	var next []string
	for _, read := range []bool{false, true} {
		s := newShop(t, stripetest.Options{Seed: 9})
		sub := s.subscribe(stripetest.CardVisa)
		portal, session := s.portal(s.api, sub.Customer.ID), s.session("payment", s.price(500, ""))
		invoice := s.account.Objects("invoice")[0]["hosted_invoice_url"].(string)
		for _, page := range []string{portal.URL, session.URL, invoice, invoice + "/pdf", s.web.URL + "/", s.web.URL + "/authenticate/" + session.ID} {
			if !read {
				continue
			}
			answer, err := http.Get(page)
			if err != nil {
				t.Fatal(err)
			}
			if err := answer.Body.Close(); err != nil {
				t.Error(err)
			}
		}
		next = append(next, s.session("payment", s.price(500, "")).ID)
	}
	if next[0] != next[1] {
		t.Error("a page that was read drew an id")
	}
}

func TestCancelURLThatIsNoLinkIsNotLinked(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	params := sessionParams("payment", s.price(500, ""))
	params.CancelURL = stripe.String("javascript://shop.example/%0Aalert(1)")
	b := s.browser().open(must(s.api.CheckoutSessions.New(params))(t).URL).shows(http.StatusOK)
	for n := range b.all("a") {
		t.Errorf("linked to %s", attr(n, "href"))
	}
}

func TestPagesWorkBelowAPrefix(t *testing.T) {
	var mux http.ServeMux
	web := httptest.NewServer(&mux)
	t.Cleanup(web.Close)
	s := newShop(t, stripetest.Options{BaseURL: web.URL + "/stripe/"})
	mux.Handle("/stripe/", http.StripPrefix("/stripe", s.server))
	backend := stripe.GetBackendWithConfig(stripe.APIBackend, &stripe.BackendConfig{URL: stripe.String(web.URL + "/stripe")})
	api := client.New(shopKey, &stripe.Backends{API: backend})
	b := s.browser()
	b.site = web.URL + "/stripe"

	session := must(api.CheckoutSessions.New(sessionParams("subscription", s.price(500, "month"))))(t)
	if !strings.HasPrefix(session.URL, b.site+"/pay/cs_test_") {
		t.Fatalf("the page is at %s", session.URL)
	}
	b.open(session.URL).press("Subscribe", "email=a@example.com", "card=4000002500003155").press("Fail authentication").shows(http.StatusOK, "unable to authenticate")
	b.press("Subscribe", "card=4242424242424242").leads(thanks(session))
	customer := must(api.CheckoutSessions.Get(session.ID, nil))(t).Customer.ID
	portal := must(api.BillingPortalSessions.New(&stripe.BillingPortalSessionParams{Customer: &customer}))(t)
	b.open(portal.URL).press("Cancel plan").shows(http.StatusOK, "Your plan has been canceled.")
	invoice := s.account.Objects("invoice")[0]
	b.follow(invoice["number"].(string)).shows(http.StatusOK, "Paid")
	if b.at.String() != invoice["hosted_invoice_url"] {
		t.Errorf("the portal links to %s, the API to %s", b.at, invoice["hosted_invoice_url"])
	}
	b.open(b.site+"/").press("Advance clock by 1 day").shows(http.StatusOK, "The clock went on by a day.")
}
