package stripetest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stripe/stripe-go/v76"

	"github.com/manytenants/payments/stripetest"
)

func TestIndexShowsWhatHappenedAndNoKeys(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	const key = "sk_test_4eC39HqLyjWDarjtT1zdp7dc"
	s.server.NewAccount(stripetest.AccountOptions{Name: "Other & co", TestKey: key})
	sub := s.subscribe(stripetest.CardVisa)
	session := s.session("payment", s.price(700, ""))
	s.answer(http.StatusTeapot)
	must(s.api.Customers.New(&stripe.CustomerParams{Email: stripe.String("<i>eve</i>@example.com")}))(t)
	s.events()
	b := s.browser().open(s.web.URL+"/").shows(http.StatusOK, "Test business", "Other & co", "7dc", sub.ID, sub.Customer.ID, "$7.00 open, unpaid", "$10.00 complete, paid", "customer.created", "418", "<i>eve</i>@example.com")
	b.hides(key, shopKey, s.secret)
	b.follow(session.ID[:24]+"…").shows(http.StatusOK, "Pay $7.00")
}

func TestIndexMovesTheClock(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	sub := s.subscribe(stripetest.CardVisa)
	b := s.browser().open(s.web.URL + "/")
	b.press("Advance clock by 1 day").shows(http.StatusOK, "The clock went on by a day.", "January 16, 2024 12:00:00 UTC")
	b.press("Advance clock by 1 month").shows(http.StatusOK, "The clock went on by a month.", "February 16, 2024 12:00:00 UTC")
	if got := must(s.api.Subscriptions.Get(sub.ID, nil))(t); got.CurrentPeriodStart != sub.CurrentPeriodEnd {
		t.Error("the subscription didn't renew on the way")
	}
}

func TestIndexTakesNoFormOfAnotherSite(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	for name, value := range map[string]string{"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"} {
		r := must(http.NewRequestWithContext(t.Context(), http.MethodPost, s.web.URL+"/", strings.NewReader("advance=month")))(t)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set(name, value)
		b := s.browser()
		b.do(r)
		b.shows(http.StatusForbidden, "not sent from this page")
	}
	if !s.server.Now().Equal(start) {
		t.Errorf("the clock moved to %v", s.server.Now())
	}
}
