package stripetest_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/manytenants/payments/stripetest"
)

func TestWhatIsDueIsDoneBeforeAnybodyLooks(t *testing.T) {
	s := newShop(t, stripetest.Options{Now: time.Now})
	price := s.price(2000, "")
	for range 40 {
		session := s.session("payment", price)
		if err := s.account.CompleteCheckout(session.ID, stripetest.CardDisputed); err != nil {
			t.Fatal(err)
		}
		if kinds := s.events(); !slices.Contains(kinds, "charge.dispute.created") {
			t.Fatalf("delivered without the dispute: %s", strings.Join(kinds, " "))
		}
		disputes := len(s.account.Objects("dispute"))
		session = s.session("payment", price)
		if err := s.account.CompleteCheckout(session.ID, stripetest.CardDisputed); err != nil {
			t.Fatal(err)
		}
		if now := len(s.account.Objects("dispute")); now != disputes+1 {
			t.Fatalf("%d disputes, want %d", now, disputes+1)
		}
	}
}

func TestAdvanceDeliversWhatTheLastMomentCaused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		expired := make(chan struct{}, 2)
		receiver := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			synctest.Wait() // is slower than whoever does not wait for it
			expired <- struct{}{}
		})
		server, api := inBubble(t, stripetest.Options{HTTPClient: &http.Client{Transport: stripetest.Transport(receiver)}})
		account, price := server.Account(shopKey), newPrice(t, api)
		account.AddWebhookEndpoint("http://shop.test/webhook", "checkout.session.expired")
		params := sessionParams("payment", price)
		params.ExpiresAt = stripe.Int64(time.Now().Add(time.Hour).Unix())
		must(api.CheckoutSessions.New(params))(t)
		paid := must(api.CheckoutSessions.New(params))(t)
		if err := account.CompleteCheckout(paid.ID, stripetest.CardVisa); err != nil {
			t.Fatal(err)
		}
		server.Advance(time.Hour)
		if len(expired) != 1 {
			t.Error("Advance returned before the open session's checkout.session.expired was delivered")
		}
	})
}

func TestAdvanceRefusesToGoBack(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	before := s.server.Now()
	func() {
		defer func() {
			if p, _ := recover().(string); !strings.Contains(p, "-1s") {
				t.Errorf("Advance(-1s) panics with %q", p)
			}
		}()
		s.server.Advance(-time.Second)
	}()
	s.server.Advance(time.Minute)
	if moved := s.server.Now().Sub(before); moved != time.Minute {
		t.Errorf("the clock moved by %v, want a minute", moved)
	}
}

func TestTheAlarmFollowsAnAdvancedClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		delivered := make(chan time.Time, 1)
		receiver := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { delivered <- time.Now() })
		server, api := inBubble(t, stripetest.Options{HTTPClient: &http.Client{Transport: stripetest.Transport(receiver)}})
		server.Account(shopKey).AddWebhookEndpoint("http://shop.test/webhook", "checkout.session.expired")
		must(api.CheckoutSessions.New(sessionParams("payment", newPrice(t, api))))(t)
		synctest.Wait()
		server.Advance(23 * time.Hour)
		begin := time.Now()
		if waited := (<-delivered).Sub(begin).Round(time.Second); waited != time.Hour {
			t.Errorf("the session expired after another %v, want an hour", waited)
		}
	})
}
