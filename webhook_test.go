package payments_test

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/stripetest"
)

func TestWebhookCountsOnce(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	sub := s.subscribe("alice")
	body := s.event("evt_again", "customer.subscription.updated", sub.SubscriptionID)
	before := len(s.account.Requests())
	for range 3 {
		if err := s.deliver(body); err != nil {
			t.Fatal(err)
		}
	}
	var group sync.WaitGroup
	for range 32 {
		group.Go(func() {
			if err := s.deliver(body); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	s.process()
	if n := len(s.account.Requests()) - before; n != 1 {
		t.Errorf("35 deliveries of one event made %d fetches", n)
	}
	s.stripe.Advance(time.Hour) // Stripe signs each retry anew
	if err := s.deliver(body); err != nil {
		t.Fatal(err)
	}
	s.process()
	if n := len(s.account.Requests()) - before; n != 1 {
		t.Errorf("a late retry made %d fetches", n-1)
	}
	if e := s.events()["evt_again"]; e.Status != payments.EventProcessed || e.ProcessedAt.IsZero() {
		t.Errorf("%+v", e)
	}
	s.wantInStep()
}

func TestBurstOfEventsOfOneObjectCostsOneFetch(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	sub := s.subscribe("alice")
	before := len(s.account.Requests())
	for i := range 50 {
		if err := s.deliver(s.event(fmt.Sprint("evt_", i), "customer.subscription.updated", sub.SubscriptionID)); err != nil {
			t.Fatal(err)
		}
	}
	s.process()
	if n := len(s.account.Requests()) - before; n != 1 {
		t.Errorf("%d fetches", n)
	}
	s.wantInStep()
}

func TestUnsignedAndMissignedDeliveriesAreRefused(t *testing.T) {
	w := newWorld(t)
	s, other := w.newShop("alpha"), w.newShop("beta")
	live := w.shopOn("alpha", payments.Live, "sk_live_alpha0123456789abcdef")
	live.configure(nil)
	body, now := s.event("evt_1", "customer.subscription.updated", "sub_1"), w.stripe.Now()
	for name, signature := range map[string]string{
		"none":                 "",
		"another tenant's":     stripetest.Sign(body, other.secret, now),
		"the other mode's":     stripetest.Sign(body, live.secret, now),
		"the empty secret's":   stripetest.Sign(body, "", now),
		"of another body":      stripetest.Sign(append(bytes.Clone(body), ' '), s.secret, now),
		"old":                  stripetest.Sign(body, s.secret, now.Add(-301*time.Second)),
		"of the future":        stripetest.Sign(body, s.secret, now.Add(301*time.Second)),
		"of a prefix":          stripetest.Sign(body[:10], s.secret, now),
		"with the scheme gone": strings.Replace(stripetest.Sign(body, s.secret, now), "v1=", "v0=", 1),
	} {
		err := w.service.HandleWebhook(t.Context(), "alpha", payments.Test, body, signature)
		wantKind(t, err, payments.ErrSignature, name)
	}
	w.process()
	if events := s.events(); len(events) != 0 {
		t.Errorf("%v", events)
	}
}

func TestEndpointsThatDoNotExistAreNotFound(t *testing.T) {
	w := newWorld(t)
	s := w.newShop("alpha")
	w.auth.add(payments.Project{ID: "nosecret", Owner: "dev"})
	must(w.service.UpdateConfig(t.Context(), "nosecret", payments.ConfigUpdate{Test: payments.CredentialsUpdate{SecretKey: payments.SetSecret(s.key)}}))(t)
	body := s.event("evt_1", "customer.subscription.updated", "sub_1")
	for _, secret := range []string{s.secret, "", "whsec_"} {
		signature := stripetest.Sign(body, secret, w.stripe.Now())
		for _, c := range []struct {
			project payments.ProjectID
			mode    payments.Mode
		}{
			{"unknown", payments.Test}, {"nosecret", payments.Test}, {"nosecret", payments.Live}, {"alpha", payments.Live}, {"alpha", "Test"}, {"alpha", ""}, {"", payments.Test}, {"a/b", payments.Test}, {"a\x00", payments.Test},
		} {
			err := w.service.HandleWebhook(t.Context(), c.project, c.mode, body, signature)
			wantKind(t, err, payments.ErrNotFound, fmt.Sprintf("%q %q", c.project, c.mode))
		}
	}
}

func TestDeactivatedProjectTakesNoWebhook(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	sub := s.subscribe("alice")
	if err := s.service.DeleteConfig(t.Context(), "alpha"); err != nil {
		t.Fatal(err)
	}
	wantKind(t, s.deliver(s.event("evt_1", "customer.subscription.updated", sub.SubscriptionID)), payments.ErrNotFound, "deactivated")
	if rows := s.subscriptions(); len(rows) != 1 || len(s.payments()) != 1 {
		t.Errorf("what was recorded is gone: %v", rows)
	}
	s.configure(nil)
	if err := s.deliver(s.event("evt_1", "customer.subscription.updated", sub.SubscriptionID)); err != nil {
		t.Errorf("active again: %v", err)
	}
	s.settle()
	s.wantInStep()
}

// DeleteConfig erases the keys; an inactive configuration that still has some, such as one from a backup, is as closed.
func TestInactiveConfigIsClosedWhateverItHolds(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	c := must(s.store.Config(t.Context(), "alpha"))(t)
	c.Active, c.Version = false, c.Version+1
	if err := s.store.PutConfig(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	wantKind(t, s.deliver(s.event("evt_1", "customer.subscription.updated", "sub_1")), payments.ErrNotFound, "a webhook")
	_, err := s.checkout("alice", payments.CheckoutRequest{PriceID: "price_1"})
	wantKind(t, err, payments.ErrNotFound, "a checkout")
}

func TestRolledSecretClosesTheOldOne(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	old, fresh := s.secret, "whsec_rolled0123456789"
	body := func(i int) []byte {
		return s.event(fmt.Sprint("evt_", i), "customer.subscription.updated", "sub_1")
	}
	now := s.stripe.Now()
	signedBy := func(i int, secrets ...string) error {
		header := stripetest.Sign(body(i), secrets[0], now)
		for _, secret := range secrets[1:] {
			_, v1, _ := strings.Cut(stripetest.Sign(body(i), secret, now), ",")
			header += "," + v1
		}
		return s.service.HandleWebhook(t.Context(), s.project, s.mode, body(i), header)
	}
	if err := signedBy(1, fresh, old); err != nil { // Stripe has rolled, the project not yet
		t.Errorf("both, the old one stored: %v", err)
	}
	s.secret = fresh
	s.configure(nil)
	if err := signedBy(2, old, fresh); err != nil {
		t.Errorf("both, the new one stored: %v", err)
	}
	if err := signedBy(3, fresh); err != nil {
		t.Errorf("the new one: %v", err)
	}
	wantKind(t, signedBy(4, old), payments.ErrSignature, "the old one alone")
	if n := len(s.events()); n != 3 {
		t.Errorf("%d events, want 3", n)
	}
}

func TestEventsThatAreNotForUsAreAcknowledgedAndIgnored(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	sub := s.subscribe("alice")
	before := len(s.account.Requests())
	for id, edit := range map[string]func(string) string{
		"unknown type": func(b string) string {
			return strings.Replace(b, "customer.subscription.updated", "customer.subscription.dreamt", 1)
		},
		"other mode": func(b string) string { return strings.Replace(b, `"livemode":false`, `"livemode":true`, 1) },
		"foreign": func(b string) string {
			return strings.Replace(b, `"object":"event"`, `"object":"event","account":"acct_other"`, 1)
		},
		"no object": func(b string) string { return strings.Replace(b, sub.SubscriptionID, "", 1) },
		"thin":      func(string) string { return `{"id":"evt_thin","object":"v2.core.event","type":"v1.x"}` },
		"an odd id": func(b string) string { return strings.Replace(b, sub.SubscriptionID, "../customers", 1) },
		"of the preview": func(b string) string {
			return strings.Replace(b, "customer.subscription.updated", "invoice.upcoming", 1)
		},
	} {
		body := edit(string(s.event("evt_"+strings.ReplaceAll(id, " ", "_"), "customer.subscription.updated", sub.SubscriptionID)))
		if err := s.deliver([]byte(body)); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
	s.process()
	if n := len(s.account.Requests()) - before; n != 0 {
		t.Errorf("Stripe was asked %d times", n)
	}
	for id, reason := range map[string]string{"evt_unknown_type": "type", "evt_foreign": "account", "evt_no_object": "object", "evt_an_odd_id": "object", "evt_of_the_preview": "type"} {
		if e := s.events()[id]; e.Status != payments.EventIgnored || e.Reason != reason {
			t.Errorf("%s: %+v", id, e)
		}
	}
	if e, ok := s.events()["evt_other_mode"]; ok {
		t.Errorf("an event of live mode stands in test mode's inbox: %+v", e)
	}
	if e, ok := s.events()["evt_thin"]; ok {
		t.Errorf("%+v", e)
	}
}

func TestObjectThatIsGoneEndsItsEvents(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	kinds := []string{
		"customer.subscription.updated", "invoice.paid", "payment_intent.succeeded", "checkout.session.completed",
		"charge.refunded", "refund.created", "charge.dispute.created", "customer.deleted",
	}
	for i, kind := range kinds {
		if err := s.deliver(s.event(fmt.Sprint("evt_", i), kind, "gone_1")); err != nil {
			t.Fatal(err)
		}
	}
	s.process()
	s.wantInStep()
	for i, kind := range kinds {
		if e := s.events()[fmt.Sprint("evt_", i)]; e.Status != payments.EventIgnored {
			t.Errorf("%s: %+v", kind, e)
		}
	}
}

func TestObjectOfAnotherTypeIsNeverTakenForThisOne(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	sub := s.subscribe("alice")
	if err := s.deliver(s.event("evt_1", "invoice.paid", sub.SubscriptionID)); err != nil {
		t.Fatal(err)
	}
	if err := s.deliver(s.event("evt_2", "customer.subscription.updated", sub.CustomerID)); err != nil {
		t.Fatal(err)
	}
	s.process()
	s.wantInStep()
}

// What Stripe says in a payload may be old: only a fetch decides.
func TestPayloadIsNeverBelieved(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	sub := s.subscribe("alice")
	body := mustJSON(map[string]any{
		"id": "evt_lie", "object": "event", "type": "customer.subscription.deleted", "livemode": false, "created": s.stripe.Now().Add(time.Hour).Unix(),
		"data": map[string]any{"object": map[string]any{
			"id": sub.SubscriptionID, "object": "subscription", "status": "canceled", "customer": "cus_other",
			"metadata": map[string]any{"payments_user_id": "mallory", "payments_project_id": "alpha"},
		}},
	})
	if err := s.deliver(body); err != nil {
		t.Fatal(err)
	}
	s.process()
	s.wantInStep()
	if got := s.current("alice"); got.Status != payments.StatusActive {
		t.Errorf("%+v", got)
	}
}
