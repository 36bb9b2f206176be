package stripetest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/manytenants/payments/stripetest"
)

func TestTestModeTriesFourTimesAndLiveModeForThreeDays(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	_, live := s.server.NewAccount(stripetest.AccountOptions{LiveKey: "sk_live_shop"})
	for name, test := range map[string]struct {
		account  *stripetest.Account
		key      string
		attempts int
		longest  time.Duration
	}{
		"test": {s.account, shopKey, 4, 6 * time.Hour},
		"live": {live, "sk_live_shop", 10, 3 * 24 * time.Hour},
	} {
		r := newReceiver(t)
		r.answer(http.StatusServiceUnavailable)
		endpoint := test.account.AddWebhook(stripetest.WebhookOptions{URL: r.URL, Events: []string{"customer.created"}})
		must(s.client(test.key).Customers.New(nil))(t)
		s.server.Advance(8 * 24 * time.Hour)
		var tries []stripetest.DeliveryAttempt
		for _, a := range test.account.DeliveryLog() {
			if a.EndpointID == endpoint.ID() {
				tries = append(tries, a)
			}
		}
		if len(tries) != test.attempts || tries[0].Err == nil || tries[0].Status != http.StatusServiceUnavailable || last(tries).Attempt != test.attempts {
			t.Fatalf("%s: %d attempts, want %d (%+v)", name, len(tries), test.attempts, tries)
		}
		if took := last(tries).Time.Sub(tries[0].Time); took > test.longest || took < test.longest/3 {
			t.Errorf("%s: tried for %v", name, took)
		}
	}
}

func TestManualDeliveriesGoInAnyOrderTwiceOrNever(t *testing.T) {
	s := newShop(t, stripetest.Options{ManualDelivery: true})
	r, _ := s.listen("", "customer.*")
	customer := must(s.api.Customers.New(nil))(t)
	for _, email := range []string{"a@example.com", "b@example.com"} {
		must(s.api.Customers.Update(customer.ID, &stripe.CustomerParams{Email: stripe.String(email)}))(t)
	}
	var mine []*stripetest.Delivery
	for _, d := range s.server.Deliveries() {
		if kind := d.Event()["type"].(string); d.Endpoint().ID() != "" && strings.HasPrefix(kind, "customer") {
			mine = append(mine, d)
		}
	}
	if len(mine) != 6 {
		t.Fatalf("%d deliveries wait, want 3 events for 2 endpoints", len(mine))
	}
	mine = []*stripetest.Delivery{mine[1], mine[3], mine[5]}
	mine[2].Duplicate()
	for _, d := range []*stripetest.Delivery{mine[2], mine[0]} {
		if err := d.Send(t.Context()); err != nil {
			t.Error(err)
		}
	}
	mine[1].Drop()
	if err := mine[1].Send(t.Context()); err == nil {
		t.Error("a dropped delivery was sent")
	}
	if got := r.kinds(s); got != "customer.updated customer.created customer.updated" {
		t.Errorf("received %s", got)
	}
	if got := r.got(s); got[0]["id"] != got[2]["id"] {
		t.Error("the duplicate is another event")
	}
}

func TestFailedManualDeliveryComesBackWhenItIsDue(t *testing.T) {
	s := newShop(t, stripetest.Options{ManualDelivery: true})
	s.answer(http.StatusInternalServerError)
	must(s.api.Customers.New(nil))(t)
	if err := s.server.Deliveries()[0].Send(t.Context()); err == nil {
		t.Error("a 500 counted as delivered")
	}
	if n := len(s.server.Deliveries()); n != 0 {
		t.Errorf("%d deliveries wait at once", n)
	}
	s.answer(http.StatusOK)
	s.server.Advance(time.Hour)
	s.wantEvents("customer.created")
}

func TestDeliveryRulesDropDuplicateAndDelay(t *testing.T) {
	for name, test := range map[string]struct {
		rule stripetest.DeliveryRule
		now  int // of 20 events
		then int // a day later
	}{
		"drop all":      {stripetest.DeliveryRule{DropRate: 1}, 0, 0},
		"duplicate all": {stripetest.DeliveryRule{DuplicateRate: 1}, 40, 40},
		"delay":         {stripetest.DeliveryRule{DelayMin: time.Minute, DelayMax: time.Hour}, 0, 20},
		"other events":  {stripetest.DeliveryRule{Events: []string{"invoice.*"}, DropRate: 1}, 20, 20},
		"nothing":       {stripetest.DeliveryRule{}, 20, 20},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, stripetest.Options{Seed: 1})
			r, endpoint := s.listen("", "customer.created")
			endpoint.DeliveryRules(test.rule)
			for range 20 {
				must(s.api.Customers.New(nil))(t)
			}
			if n := len(r.got(s)); n != test.now {
				t.Errorf("%d arrived, want %d", n, test.now)
			}
			s.server.Advance(24 * time.Hour)
			if n := len(r.got(s)); n != test.then {
				t.Errorf("%d arrived in the end, want %d", n, test.then)
			}
		})
	}
}

func TestDeliveryRulesFollowTheSeed(t *testing.T) {
	run := func(seed uint64) (ids string) {
		s := newShop(t, stripetest.Options{Seed: seed, DeliveryRules: []stripetest.DeliveryRule{{
			DropRate: 0.2, DuplicateRate: 0.2, ReorderRate: 0.3, DelayMax: time.Minute,
		}}})
		r, _ := s.listen("", "customer.created")
		for range 30 {
			must(s.api.Customers.New(nil))(t)
		}
		s.server.Advance(time.Hour)
		for _, e := range r.got(s) {
			ids += e["id"].(string) + " "
		}
		return ids
	}
	first := run(3)
	if again := run(3); first != again {
		t.Error("the same seed spoiled other deliveries")
	}
	unique := map[string]bool{}
	all := strings.Fields(first)
	for _, id := range all {
		unique[id] = true
	}
	if len(unique) == 30 || len(unique) == len(all) {
		t.Errorf("%d deliveries of %d events: nothing was lost, or nothing came twice", len(all), len(unique))
	}
}

func TestReorderedDeliveryIsPassedByTheNext(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	r, endpoint := s.listen("", "customer.*")
	endpoint.DeliveryRules(stripetest.DeliveryRule{Events: []string{"customer.created"}, ReorderRate: 1})
	customer := must(s.api.Customers.New(nil))(t)
	if got := r.kinds(s); got != "" {
		t.Errorf("received %s at once", got)
	}
	must(s.api.Customers.Update(customer.ID, &stripe.CustomerParams{Name: stripe.String("A")}))(t)
	if got := r.kinds(s); got != "customer.updated customer.created" {
		t.Errorf("received %s", got)
	}
	must(s.api.Customers.New(nil))(t)
	s.server.Advance(time.Minute)
	if got := r.kinds(s); got != "customer.updated customer.created customer.created" {
		t.Errorf("received %s: nothing passed the last, which a minute should free", got)
	}
}

func TestPendingWebhooksCountsAnEndpointOnce(t *testing.T) {
	s := newShop(t, stripetest.Options{DeliveryRules: []stripetest.DeliveryRule{{DuplicateRate: 1}}})
	r, _ := s.listen("", "customer.created")
	r.answer(http.StatusGone)
	must(s.api.Customers.New(nil))(t)
	pending := func() any { return s.get("/v1/events", "")["data"].([]any)[0].(map[string]any)["pending_webhooks"] }
	if r.got(s); pending() != 1.0 {
		t.Errorf("%v wait when one endpoint of two took it twice", pending())
	}
	r.answer(http.StatusNoContent)
	s.server.Advance(time.Hour)
	if r.got(s); pending() != 0.0 {
		t.Errorf("%v wait when both took it", pending())
	}
}

func TestLatePaymentOfAnInvoiceComesAfterTheEnd(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	r, endpoint := s.listen("2025-05-28.basil", "customer.subscription.deleted", "invoice_payment.paid")
	endpoint.DeliveryRules(stripetest.DeliveryRule{Events: []string{"invoice_payment.paid"}, DelayMin: 20 * time.Second, DelayMax: 20 * time.Second})
	sub := s.subscribe(stripetest.CardVisa)
	must(s.api.Subscriptions.Cancel(sub.ID, nil))(t)
	s.server.Advance(20 * time.Second)
	if got := r.kinds(s); got != "customer.subscription.deleted invoice_payment.paid" {
		t.Errorf("received %s", got)
	}
}
