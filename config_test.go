package payments_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/stripetest"
)

const (
	publishable = "pk_test_publishable0123aBcD"
	otherKey    = "sk_test_other0123456789WxYz"
)

func testKeys(u payments.CredentialsUpdate) payments.ConfigUpdate {
	return payments.ConfigUpdate{Test: u}
}

func TestConfigShowsMasksAndKeepsWhatIsLeftOut(t *testing.T) {
	w := newWorld(t)
	s := w.newShop("alpha")
	first := must(w.service.Config(t.Context(), "alpha"))(t)
	if first.Version != 1 || !first.Active || first.ID == "" || !first.UpdatedAt.IsZero() || first.Test.AccountID != s.account.ID() || !first.Test.ConfiguredAt.Equal(start) || !first.Live.SecretKey.IsZero() {
		t.Errorf("%+v", first)
	}
	if first.Test.SecretKey.Mask != "sk_test_...cdef" || first.Test.WebhookSecret.Mask != "whsec_..."+s.secret[len(s.secret)-4:] {
		t.Errorf("%+v", first.Test)
	}
	w.stripe.Advance(time.Hour)
	second := must(w.service.UpdateConfig(t.Context(), "alpha", testKeys(payments.CredentialsUpdate{PublishableKey: payments.SetSecret(publishable)})))(t)
	if second.Version != 2 || second.ID != first.ID || second.Test.PublishableKey.Mask != "pk_test_...aBcD" || second.Test.SecretKey.Mask != first.Test.SecretKey.Mask ||
		!second.Test.ConfiguredAt.Equal(start) || !second.UpdatedAt.Equal(start.Add(time.Hour)) || !second.CreatedAt.Equal(start) {
		t.Errorf("%+v", second)
	}
	third := must(w.service.UpdateConfig(t.Context(), "alpha", testKeys(payments.CredentialsUpdate{SecretKey: payments.ClearSecret(), PublishableKey: payments.ClearSecret()})))(t)
	if !third.Test.SecretKey.IsZero() || !third.Test.PublishableKey.IsZero() || third.Test.WebhookSecret.IsZero() || !third.Test.ConfiguredAt.IsZero() || third.Test.AccountID != s.account.ID() {
		t.Errorf("%+v", third)
	}
	stored := must(w.service.Config(t.Context(), "alpha"))(t)
	if stored.Version != 3 || stored.Test.WebhookSecret.Mask != first.Test.WebhookSecret.Mask {
		t.Errorf("%+v", stored)
	}
}

func TestInvalidConfigChangesNothing(t *testing.T) {
	w := newWorld(t)
	w.newShop("alpha")
	before, asked := must(w.service.Config(t.Context(), "alpha"))(t), len(w.stripe.Requests())
	_, err := w.service.UpdateConfig(t.Context(), "alpha", payments.ConfigUpdate{
		Test: payments.CredentialsUpdate{SecretKey: payments.SetSecret("sk_live_0123456789"), PublishableKey: payments.SetSecret(publishable)},
	})
	wantKind(t, err, payments.ErrInvalid, "a live key in the test slot")
	if after := must(w.service.Config(t.Context(), "alpha"))(t); after.Version != before.Version {
		t.Errorf("%+v", after)
	}
	if n := len(w.stripe.Requests()) - asked; n != 0 {
		t.Errorf("Stripe was asked %d times", n)
	}
	for _, project := range []payments.ProjectID{"", "a/b", ".."} {
		_, err := w.service.UpdateConfig(t.Context(), project, payments.ConfigUpdate{})
		wantKind(t, err, payments.ErrNotFound, "the project "+string(project))
	}
}

func TestKeyOfAnotherAccountIsAConflict(t *testing.T) {
	w := newWorld(t)
	s := w.newShop("alpha")
	other := w.stripe.Account(otherKey)
	u := testKeys(payments.CredentialsUpdate{SecretKey: payments.SetSecret(otherKey)})
	_, err := w.service.UpdateConfig(t.Context(), "alpha", u)
	wantKind(t, err, payments.ErrConflict, "a key of another account")
	if got := must(w.service.Config(t.Context(), "alpha"))(t); got.Version != 1 || got.Test.AccountID != s.account.ID() {
		t.Errorf("%+v", got)
	}
	s.account.AddKey("sk_test_rolled0123456789")
	rolled := testKeys(payments.CredentialsUpdate{SecretKey: payments.SetSecret("sk_test_rolled0123456789")})
	if _, err := w.service.UpdateConfig(t.Context(), "alpha", rolled); err != nil {
		t.Errorf("a new key of the same account: %v", err)
	}
	if err := w.service.DeleteConfig(t.Context(), "alpha"); err != nil {
		t.Fatal(err)
	}
	_, err = w.service.UpdateConfig(t.Context(), "alpha", u)
	wantKind(t, err, payments.ErrConflict, "another account after the configuration was deleted")
	u.AllowAccountChange = true
	if got, err := w.service.UpdateConfig(t.Context(), "alpha", u); err != nil || got.Test.AccountID != other.ID() {
		t.Errorf("forced: %+v, %v", got, err)
	}
}

// A restricted key may not read its account, whatever permissions it has.
func TestRestrictedKeyIsKnownByItsAccountToo(t *testing.T) {
	w := newWorld(t)
	s := w.newShop("alpha")
	w.auth.add(payments.Project{ID: "beta", Owner: "dev"})
	other := w.stripe.Account(otherKey)
	other.AddRestrictedKey("rk_test_other0123456789", "customer_write")
	s.account.AddRestrictedKey("rk_test_alpha0123456789", "customer_write")
	foreign := testKeys(payments.CredentialsUpdate{SecretKey: payments.SetSecret("rk_test_other0123456789")})
	_, err := w.service.UpdateConfig(t.Context(), "alpha", foreign)
	wantKind(t, err, payments.ErrConflict, "a restricted key of another account")
	if c, err := w.service.UpdateConfig(t.Context(), "beta", foreign); err != nil || c.Test.AccountID != other.ID() {
		t.Errorf("a first key that is restricted: %+v, %v", c, err)
	}
	if _, err := w.service.UpdateConfig(t.Context(), "alpha", testKeys(payments.CredentialsUpdate{SecretKey: payments.SetSecret("rk_test_alpha0123456789")})); err != nil {
		t.Errorf("a restricted key of the same account: %v", err)
	}
	other.Fail(stripetest.Fault{Operation: "GET /v1/account", Error: stripetest.Forbidden("account_read")})
	_, err = w.service.UpdateConfig(t.Context(), "alpha", foreign)
	if err == nil {
		t.Error("a key whose account nobody names was taken for one of the same account")
	}
}

func TestKeyIsStoredThoughStripeDoesNotKnowIt(t *testing.T) {
	w := newWorld(t)
	w.auth.add(payments.Project{ID: "alpha", Owner: "dev"})
	c, err := w.service.UpdateConfig(t.Context(), "alpha", testKeys(payments.CredentialsUpdate{SecretKey: payments.SetSecret("sk_test_unknown0123456789")}))
	if err != nil || c.Test.AccountID != "" || c.Test.SecretKey.IsZero() {
		t.Errorf("%+v, %v", c, err)
	}
	_, err = w.service.CreateCheckout(t.Context(), "alpha", payments.Test, "alice", payments.CheckoutRequest{PriceID: "price_1", SuccessURL: successURL, CancelURL: cancelURL})
	wantKind(t, err, payments.ErrStripeRefused, "a checkout with it")
}

func TestStripeOutageLetsNoUnknownAccountIn(t *testing.T) {
	w := newWorld(t)
	s := w.newShop("alpha")
	w.auth.add(payments.Project{ID: "beta", Owner: "dev"})
	other := w.stripe.Account(otherKey)
	for _, account := range []*stripetest.Account{s.account, other} {
		account.Fail(stripetest.Fault{Operation: "GET /v1/account", Error: stripetest.RateLimited(), Times: -1})
	}
	u := testKeys(payments.CredentialsUpdate{SecretKey: payments.SetSecret(otherKey)})
	_, err := w.service.UpdateConfig(t.Context(), "alpha", u)
	wantKind(t, err, payments.ErrUnavailable, "another key while Stripe is down")
	if c, err := w.service.UpdateConfig(t.Context(), "beta", u); err != nil || c.Test.AccountID != "" {
		t.Errorf("a first key while Stripe is down: %+v, %v", c, err)
	}
}

func TestConcurrentUpdatesAreAppliedOneAfterTheOther(t *testing.T) {
	w := newWorld(t)
	w.newShop("alpha")
	var group sync.WaitGroup
	for i := range 16 {
		group.Go(func() {
			half := payments.CredentialsUpdate{
				PublishableKey: payments.SetSecret(fmt.Sprintf("pk_test_concurrent%04d", i)), WebhookSecret: payments.SetSecret(fmt.Sprintf("whsec_concurrent%04d", i)),
			}
			if _, err := w.service.UpdateConfig(t.Context(), "alpha", testKeys(half)); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	got := must(w.service.Config(t.Context(), "alpha"))(t)
	if got.Version != 17 || strings.TrimPrefix(got.Test.PublishableKey.Mask, "pk_test_") != strings.TrimPrefix(got.Test.WebhookSecret.Mask, "whsec_") {
		t.Errorf("one writer's key stands with another's secret: %+v", got)
	}
}

// overtakenStore lets another writer come first, once.
type overtakenStore struct {
	payments.Store
	overtaken bool
}

func (o *overtakenStore) PutConfig(ctx context.Context, c payments.Config) error {
	if o.overtaken {
		o.overtaken = false
		other, err := o.Config(ctx, c.Project)
		if err != nil {
			return err
		}
		other.Version++
		if err := o.Store.PutConfig(ctx, other); err != nil {
			return err
		}
	}
	return o.Store.PutConfig(ctx, c)
}

func TestDeletionThatIsOvertakenDeletesAllTheSame(t *testing.T) {
	store := &overtakenStore{}
	w := newWorld(t, func(w *world) { store.Store, w.store = w.store, store })
	w.newShop("alpha")
	store.overtaken = true
	if err := w.service.DeleteConfig(t.Context(), "alpha"); err != nil {
		t.Fatal(err)
	}
	if c := must(w.service.Config(t.Context(), "alpha"))(t); c.Active || !c.Test.SecretKey.IsZero() || c.Version != 3 {
		t.Errorf("%+v", c)
	}
}

func TestDeletedConfigHasNoSecretLeft(t *testing.T) {
	w := newWorld(t)
	w.newShop("alpha")
	if err := w.service.DeleteConfig(t.Context(), "alpha"); err != nil {
		t.Fatal(err)
	}
	c := must(w.service.Config(t.Context(), "alpha"))(t)
	if c.Active || !c.Test.SecretKey.IsZero() || !c.Test.WebhookSecret.IsZero() || c.Test.SecretKey.Mask != "" || c.Test.AccountID == "" || !c.Test.ConfiguredAt.IsZero() {
		t.Errorf("%+v", c)
	}
	wantKind(t, w.service.DeleteConfig(t.Context(), "alpha"), payments.ErrNotFound, "deleting twice")
	wantKind(t, w.service.DeleteConfig(t.Context(), "beta"), payments.ErrNotFound, "deleting what never was")
}

func TestWebhookURLsNameProjectAndMode(t *testing.T) {
	w := newWorld(t, func(w *world) { w.opts.PublicURL = "https://api.example/base/" })
	test, live, err := w.service.WebhookURLs("alpha")
	if err != nil || test != "https://api.example/base/api/v1/payments/stripe/webhooks/alpha/test" || live != "https://api.example/base/api/v1/payments/stripe/webhooks/alpha/live" {
		t.Errorf("%s %s %v", test, live, err)
	}
	bare := newWorld(t, func(w *world) { w.opts.PublicURL = "" })
	if _, _, err := bare.service.WebhookURLs("alpha"); err == nil {
		t.Error("a host without a public URL has webhook URLs")
	}
}

func TestValidateCredentialsSaysWhatIsWrong(t *testing.T) {
	w := newWorld(t)
	account := w.stripe.Account(otherKey)
	everything := []string{"customer_write", "subscription_write", "customer_portal_write", "invoice_read", "charge_read", "payment_intent_read", "dispute_read", "product_read", "plan_read", "checkout_session_write"}
	account.AddRestrictedKey("rk_test_narrow0123456789", "customer_write")
	account.AddRestrictedKey("rk_test_enough0123456789", everything...)
	account.AddRestrictedKey("rk_test_noprices0123456789", slices.DeleteFunc(slices.Clone(everything), func(p string) bool { return p == "plan_read" })...)
	account.AddRestrictedKey("rk_test_nopages0123456789", everything[:len(everything)-1]...)
	account.AddKey("sk_test_revoked0123456789")
	account.RevokeKey("sk_test_revoked0123456789")
	for _, c := range []struct {
		mode     payments.Mode
		key      string
		valid    bool
		sentence string
	}{
		{payments.Test, otherKey, true, "works in test mode"},
		{payments.Live, otherKey, false, "test mode key"},
		{payments.Test, "sk_test_unknown0123456789", false, "doesn't know this key"},
		{payments.Test, "sk_test_revoked0123456789", false, "doesn't know this key"},
		{payments.Test, "rk_test_narrow0123456789", false, "lacks these permissions"},
		{payments.Test, "rk_test_enough0123456789", true, "works in test mode"},
		{payments.Test, "rk_test_noprices0123456789", false, "lacks these permissions: prices (read)."},
		{payments.Test, "rk_test_nopages0123456789", false, "checkout sessions (write), checkout sessions (read)."},
		{payments.Test, "sk_test_123", false, "not a complete key"},
		{payments.Test, publishable, false, "publishable"},
		{payments.Test, "", false, "must begin with"},
	} {
		v, err := w.service.ValidateCredentials(t.Context(), c.mode, c.key)
		if err != nil || v.Valid != c.valid || !strings.Contains(v.Message, c.sentence) {
			t.Errorf("%s in %s mode: %+v, %v", c.key, c.mode, v, err)
		}
	}
	_, err := w.service.ValidateCredentials(t.Context(), "sandbox", otherKey)
	wantKind(t, err, payments.ErrInvalid, "what is no mode")
	account.Fail(stripetest.Fault{Error: stripetest.RateLimited()})
	_, err = w.service.ValidateCredentials(t.Context(), payments.Test, otherKey)
	wantKind(t, err, payments.ErrUnavailable, "Stripe is busy")
	for _, kind := range []string{"customer", "checkout.session", "subscription"} {
		if objects := account.Objects(kind); len(objects) != 0 {
			t.Errorf("validating made %v", objects)
		}
	}
	if stripe.Key != "" {
		t.Error("the global key was set")
	}
}

// brokenCipher fails, or answers with nothing, once it is told to.
type brokenCipher struct {
	payments.SecretCipher
	plaintext []byte
	err       error
	broken    bool
}

func (c *brokenCipher) Decrypt(ctx context.Context, ciphertext, associated []byte) ([]byte, error) {
	if c.broken {
		return c.plaintext, c.err
	}
	return c.SecretCipher.Decrypt(ctx, ciphertext, associated)
}

func TestCipherThatFailsOpensNothing(t *testing.T) {
	for name, broken := range map[string]*brokenCipher{
		"down":          {err: errors.New("the key service is down")},
		"empty":         {plaintext: []byte{}},
		"nil":           {},
		"both":          {plaintext: []byte("whsec_x"), err: errors.New("and yet an error")},
		"empty and nil": {plaintext: nil, err: nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(w *world) { broken.SecretCipher, w.cipher = w.cipher, broken })
			s := w.newShop("alpha")
			broken.broken = true
			body := s.event("evt_1", "customer.subscription.updated", "sub_1")
			for _, secret := range []string{s.secret, ""} {
				err := w.service.HandleWebhook(t.Context(), "alpha", payments.Test, body, stripetest.Sign(body, secret, w.stripe.Now()))
				wantKind(t, err, payments.ErrUnavailable, "a webhook")
			}
			_, err := s.checkout("alice", payments.CheckoutRequest{PriceID: "price_1"})
			wantKind(t, err, payments.ErrUnavailable, "a checkout")
			if c := must(w.service.Config(t.Context(), "alpha"))(t); c.Test.SecretKey.Mask == "" {
				t.Errorf("the masks need no cipher: %+v", c)
			}
			broken.broken = false
			if err := s.deliver(body); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}
