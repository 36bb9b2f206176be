package payments_test

import (
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/stripetest"
)

// asked are the requests that a call makes of Stripe, as "METHOD path".
func (s *shop) asked(call func()) []string {
	before := len(s.account.Requests())
	call()
	var paths []string
	for _, r := range s.account.Requests()[before:] {
		paths = append(paths, r.Method+" "+r.Path)
	}
	return paths
}

func (s *shop) statusOf(session string) string {
	s.t.Helper()
	return string(must(s.api.CheckoutSessions.Get(session, nil))(s.t).Status)
}

func (s *shop) live() (n int) {
	for _, sub := range s.objects("subscription") {
		if sub.text("status") == payments.StatusActive {
			n++
		}
	}
	return n
}

func TestSecondSubscriptionIsRefusedBeforeAnyWebhookTells(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	r := payments.CheckoutRequest{PriceID: s.price(1900, "usd", "month")}
	s.buy("alice", r)
	_, err := s.checkout("alice", r)
	wantKind(t, err, payments.ErrBadRequest, "another one")
	if n := len(s.objects("checkout.session")); n != 1 {
		t.Errorf("%d pages were opened", n)
	}
	s.process() // and no webhook has come
	if got := s.current("alice"); got.Status != payments.StatusActive {
		t.Errorf("the local record doesn't follow: %+v", got)
	}
}

func TestOnlyTheNewestOfSeveralPagesCanBePaid(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	r := payments.CheckoutRequest{PriceID: s.price(1900, "usd", "month")}
	once := must(s.checkout("alice", payments.CheckoutRequest{PriceID: s.price(500, "usd", ""), Mode: payments.CheckoutPayment}))(t)
	bobs := must(s.checkout("bob", r))(t)
	var pages []payments.CheckoutSession
	for range 3 {
		pages = append(pages, must(s.checkout("alice", r))(t))
	}
	for i, page := range pages {
		if err := s.account.CompleteCheckout(page.ID, stripetest.CardVisa); (err == nil) != (i == 2) {
			t.Errorf("page %d of 3: %v", i+1, err)
		}
	}
	if n := s.live(); n != 1 {
		t.Errorf("%d subscriptions", n)
	}
	for _, page := range []string{once.ID, bobs.ID} {
		if got := s.statusOf(page); got != "open" {
			t.Errorf("a one-time page or another user's is %s", got)
		}
	}
	s.settle()
	s.wantInStep()
}

func TestPageOfARepeatedRequestStaysOpen(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	r := payments.CheckoutRequest{PriceID: s.price(1900, "usd", "month")}
	older := must(s.checkout("alice", r))(t)
	r.IdempotencyKey = "key-1"
	first, again := must(s.checkout("alice", r))(t), must(s.checkout("alice", r))(t)
	if first != again || s.statusOf(first.ID) != "open" || s.statusOf(older.ID) != "expired" {
		t.Errorf("%s is %s, then %s; the older one is %s", first.ID, s.statusOf(first.ID), again.ID, s.statusOf(older.ID))
	}
	r.IdempotencyKey = "key-2"
	newer := must(s.checkout("alice", r))(t)
	r.IdempotencyKey = "key-1"
	must(s.checkout("alice", r))(t) // the first one's page, which is closed, replaces nothing
	if s.statusOf(newer.ID) != "open" {
		t.Error("repeating an older request closed the newest page")
	}
}

func TestOfPagesOpenedAtOnceOneStays(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	r := payments.CheckoutRequest{PriceID: s.price(1900, "usd", "month"), SuccessURL: successURL, CancelURL: cancelURL}
	must(s.checkout("alice", r))(t)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if _, err := s.checkout("alice", r); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	open := 0
	for _, session := range s.objects("checkout.session") {
		if session.text("status") == "open" {
			open++
		}
	}
	if open != 1 {
		t.Errorf("%d pages are open", open)
	}
}

func TestAllowExistingAsksNothingAndClosesNothing(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	r := payments.CheckoutRequest{PriceID: s.price(1900, "usd", "month"), AllowExisting: true}
	s.buy("alice", r)
	first := must(s.checkout("alice", r))(t)
	got := s.asked(func() { must(s.checkout("alice", r))(t) })
	if want := []string{"GET /v1/prices/" + r.PriceID, "POST /v1/checkout/sessions"}; !slices.Equal(got, want) {
		t.Errorf("asked %v", got)
	}
	if err := s.account.CompleteCheckout(first.ID, stripetest.CardVisa); err != nil {
		t.Error(err)
	}
	s.settle()
	s.wantInStep()
	if n := len(s.subscriptions()); n != 2 {
		t.Errorf("%d subscriptions are recorded", n)
	}
}

func TestCheckoutAsksStripeFewThings(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	r := payments.CheckoutRequest{PriceID: s.price(1900, "usd", "month")}
	price := "GET /v1/prices/" + r.PriceID
	open := func() { must(s.checkout("alice", r))(t) }
	if got, want := s.asked(open), []string{price, "POST /v1/customers", "POST /v1/checkout/sessions"}; !slices.Equal(got, want) {
		t.Errorf("a new user's: %v", got)
	}
	s.stripe.Advance(25 * time.Hour)
	if got, want := s.asked(open), []string{price, "GET /v1/subscriptions", "POST /v1/checkout/sessions", "GET /v1/checkout/sessions"}; !slices.Equal(got, want) {
		t.Errorf("a returning user's: %v", got)
	}
}

func TestNothingIsOpenedWhereStripeCannotTellOfSubscriptions(t *testing.T) {
	for name, fault := range map[string]stripetest.Fault{
		"internal error": {Error: stripetest.Unavailable()}, "rate limited": {Error: stripetest.RateLimited()},
		"unreachable": {DropRequest: true}, "stalled": {Stall: true},
	} {
		t.Run(name, inBubble(func(t *testing.T) {
			s := newWorld(t).newShop("alpha")
			r := payments.CheckoutRequest{PriceID: s.price(1900, "usd", "month")}
			must(s.checkout("alice", r))(t)
			fault.Operation, fault.Times = "GET /v1/subscriptions", -1
			s.account.Fail(fault)
			want := payments.ErrUnavailable
			if fault.Stall {
				want = payments.ErrTimeout
			}
			_, err := s.checkout("alice", r)
			wantKind(t, err, want, "a checkout")
			if n := len(s.objects("checkout.session")); n != 1 {
				t.Errorf("%d pages were opened", n)
			}
		}))
	}
}

// What Stripe collects nothing for must not lock its user out.
func TestStatusesThatRefuseAnotherSubscription(t *testing.T) {
	for status, refused := range map[string]bool{
		"active": true, "trialing": true, "past_due": true,
		"incomplete": false, "incomplete_expired": false, "unpaid": false, "paused": false, "canceled": false,
	} {
		t.Run(status, func(t *testing.T) {
			s := newWorld(t).newShop("alpha")
			r := payments.CheckoutRequest{PriceID: s.price(1900, "usd", "month")}
			must(s.checkout("alice", r))(t)
			body := `{"object":"list","has_more":false,"data":[{"object":"subscription","id":"sub_1","status":"` + status + `"}]}`
			s.account.Fail(stripetest.Fault{Operation: "GET /v1/subscriptions", Answer: &stripetest.Answer{Status: http.StatusOK, Body: body}})
			if _, err := s.checkout("alice", r); (err != nil) != refused {
				t.Error(err)
			}
		})
	}
}

func TestRefusedPriceLeavesNothingBehind(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	monthly, once, inactive := s.price(1900, "usd", "month"), s.price(500, "usd", ""), s.price(900, "usd", "month")
	must(s.api.Prices.Update(inactive, &stripe.PriceParams{Active: stripe.Bool(false)}))(t)
	metered := s.metered()
	for name, c := range map[string]struct {
		r     payments.CheckoutRequest
		field string
	}{
		"unknown":             {payments.CheckoutRequest{PriceID: "price_unknown"}, "price_id"},
		"inactive":            {payments.CheckoutRequest{PriceID: inactive}, "price_id"},
		"recurring, but once": {payments.CheckoutRequest{PriceID: monthly, Mode: payments.CheckoutPayment}, "mode"},
		"once, but recurring": {payments.CheckoutRequest{PriceID: once}, "mode"},
		"metered, but two":    {payments.CheckoutRequest{PriceID: metered, Quantity: 2}, "quantity"},
	} {
		_, err := s.checkout("alice", c.r)
		wantField(t, err, c.field, name)
	}
	s.wantCustomers(0)
	_, err := s.store.Customer(t.Context(), s.project, s.mode, "alice")
	wantKind(t, err, payments.ErrNotFound, "the local customer")
}

// The price of test mode is unknown to the live key.
func TestTestPriceMakesNoLiveCustomer(t *testing.T) {
	w := newWorld(t)
	s := w.newShop("alpha")
	live := w.shopOn("alpha", payments.Live, "sk_live_alpha0123456789abcdef")
	live.configure(nil)
	_, err := live.checkout("alice", payments.CheckoutRequest{PriceID: s.price(1900, "usd", "month")})
	wantField(t, err, "price_id", "a price of the other mode")
	live.wantCustomers(0)
}

func (s *shop) metered() string {
	s.t.Helper()
	return must(s.api.Prices.New(&stripe.PriceParams{
		Currency: stripe.String("usd"), UnitAmount: stripe.Int64(5), ProductData: &stripe.PriceProductDataParams{Name: stripe.String("Calls")},
		Recurring: &stripe.PriceRecurringParams{Interval: stripe.String("month"), UsageType: stripe.String("metered")},
	}))(s.t).ID
}

func TestMeteredPriceIsBoughtWithoutAQuantity(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	price := s.metered()
	s.buy("alice", payments.CheckoutRequest{PriceID: price})
	s.buy("bob", payments.CheckoutRequest{PriceID: price, Quantity: 1})
	s.settle()
	for _, r := range s.account.Requests() {
		if r.Method == http.MethodPost && r.Path == "/v1/checkout/sessions" && r.Form.Has("line_items[0][quantity]") {
			t.Errorf("sent %v", r.Form)
		}
	}
	if got := s.current("alice"); got.Status != payments.StatusActive || got.Quantity != 1 {
		t.Errorf("%+v", got)
	}
}
