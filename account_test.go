package payments_test

import (
	"net/http"
	"testing"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/stripetest"
)

// silence makes Stripe answer 503 to whoever asks for an account, until StopFailing.
func silence(accounts ...*stripetest.Account) {
	for _, a := range accounts {
		a.Fail(stripetest.Fault{Operation: "GET /v1/account", Error: stripetest.Unavailable(), Times: -1})
	}
}

func (s *shop) setKey(key string, anyAccount bool) (payments.Config, error) {
	u := testKeys(payments.CredentialsUpdate{SecretKey: payments.SetSecret(key)})
	u.AllowAccountChange = anyAccount
	return s.service.UpdateConfig(s.t.Context(), s.project, u)
}

// unknownShop is configured while Stripe doesn't say whose the key is.
func unknownShop(t *testing.T) (s *shop, other *stripetest.Account) {
	w := newWorld(t)
	w.auth.add(payments.Project{ID: "alpha", Owner: "dev"})
	s = w.shopOn("alpha", payments.Test, "sk_test_alpha0123456789abcdef")
	silence(s.account)
	if c := s.configure(nil); c.Test.AccountID != "" {
		t.Fatalf("%+v", c.Test)
	}
	return s, w.stripe.Account(otherKey)
}

func TestAccountIsLearntFromTheOldKeyBeforeItIsReplaced(t *testing.T) {
	for name, touch := range map[string]func(*shop) error{
		"at once": func(*shop) error { return nil },
		"with another secret": func(s *shop) error {
			_, err := s.service.UpdateConfig(t.Context(), s.project, testKeys(payments.CredentialsUpdate{WebhookSecret: payments.SetSecret(s.secret)}))
			return err
		},
		"with the key": func(s *shop) error {
			_, err := s.service.UpdateConfig(t.Context(), s.project, testKeys(payments.CredentialsUpdate{SecretKey: payments.ClearSecret()}))
			return err
		},
		"with a key that doesn't work": func(s *shop) error { _, err := s.setKey("sk_test_unknown0123456789", false); return err },
		"with all":                     func(s *shop) error { return s.service.DeleteConfig(t.Context(), s.project) },
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := unknownShop(t)
			s.account.StopFailing()
			if err := touch(s); err != nil {
				t.Fatal(err)
			}
			_, err := s.setKey(otherKey, false)
			wantKind(t, err, payments.ErrConflict, "a key of another account")
			s.account.AddKey("sk_test_rolled0123456789")
			if c, err := s.setKey("sk_test_rolled0123456789", false); err != nil || c.Test.AccountID != s.account.ID() {
				t.Errorf("a new key of the same account: %+v, %v", c.Test, err)
			}
		})
	}
}

func TestUnknownAccountWithRecordsTakesNoNewKey(t *testing.T) {
	t.Run("and none to be asked", inBubble(func(t *testing.T) {
		s, other := unknownShop(t)
		if c, err := s.setKey(otherKey, false); err != nil || c.Test.AccountID != other.ID() {
			t.Errorf("while there is no record: %+v, %v", c.Test, err)
		}
	}))
	t.Run("until Stripe tells", inBubble(func(t *testing.T) {
		s, other := unknownShop(t)
		s.subscribe("alice")
		_, err := s.setKey(otherKey, false)
		wantKind(t, err, payments.ErrUnavailable, "the old key's account isn't known")
		_, err = s.setKey("sk_test_unknown0123456789", false)
		wantKind(t, err, payments.ErrUnavailable, "neither key's account is known")
		s.account.AddKey("sk_test_rolled0123456789")
		s.account.RevokeKey(s.key) // which tells nothing any more
		_, err = s.setKey("sk_test_rolled0123456789", false)
		wantKind(t, err, payments.ErrUnavailable, "the new key's account isn't known")
		if c, err := s.setKey(otherKey, true); err != nil || c.Test.AccountID != other.ID() {
			t.Errorf("forced: %+v, %v", c.Test, err)
		}
	}))
}

// What the old account had can neither be paid nor cancelled with the new key.
func TestSubscriptionsEndWhenTheAccountChanges(t *testing.T) {
	w := newWorld(t)
	s, neighbour := w.newShop("alpha"), w.newShop("beta")
	ended, open, waiting := s.subscribe("carol"), s.subscribe("alice"), s.subscribe("bob")
	must(s.cancel("carol", true))(t)
	theirs := neighbour.subscribe("alice")
	w.settle()
	ended = s.stored(ended.SubscriptionID)
	must(s.service.UpdateConfig(t.Context(), s.project, testKeys(payments.CredentialsUpdate{SecretKey: payments.SetSecret(s.key)})))(t)
	if pending := must(s.service.PendingSyncs(t.Context(), s.project, s.mode, 10))(t); len(pending) != 0 {
		t.Errorf("the same account again: %+v", pending)
	}
	moved := w.shopOn("alpha", payments.Test, "sk_test_moved0123456789")
	moved.configure(func(u *payments.ConfigUpdate) { u.AllowAccountChange = true })
	w.process()
	for _, sub := range []payments.Subscription{open, waiting} {
		if got := s.stored(sub.SubscriptionID); got.Status != payments.StatusCanceled || got.EndedAt.IsZero() || got.MRR != 0 {
			t.Errorf("%+v", got)
		}
	}
	if got := s.stored(ended.SubscriptionID); got != ended {
		t.Errorf("%+v", got)
	}
	if got := neighbour.current("alice"); got != theirs {
		t.Errorf("%+v", got)
	}
	if again := moved.subscribe("alice"); again.Status != payments.StatusActive {
		t.Errorf("%+v", again)
	}
	if got := fields(s.account.Object(open.SubscriptionID)); got.text("status") != payments.StatusActive {
		t.Errorf("at the old account it is %s", got.text("status"))
	}
}

// A worker may have claimed the request with the old key; a crash may come between the write and the requests.
func TestAccountChangeLosesNoSubscription(t *testing.T) {
	w := newWorld(t)
	s := w.newShop("alpha")
	sub := s.subscribe("alice")
	arrived, release := s.wire.hold(http.MethodGet, "/v1/subscriptions/", false)
	defer release()
	if err := s.deliver(s.event("evt_1", "customer.subscription.updated", sub.SubscriptionID)); err != nil {
		t.Fatal(err)
	}
	second, done := w.open(), make(chan error, 1)
	go func() { done <- second.Process(t.Context()) }()
	<-arrived // it has read the subscription with the old key
	moved := w.shopOn("alpha", payments.Test, "sk_test_moved0123456789")
	moved.configure(func(u *payments.ConfigUpdate) { u.AllowAccountChange = true })
	release()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	w.process()
	if got := s.stored(sub.SubscriptionID); got.Status != payments.StatusCanceled {
		t.Errorf("%+v", got)
	}
}
