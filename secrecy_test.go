package payments_test

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/stripetest"
)

// traces are the forms in which a secret might show up somewhere.
func traces(secret string) []string {
	forms := []string{secret, hex.EncodeToString([]byte(secret)), url.QueryEscape(secret), secret[len("sk_test_"):]}
	for shift := range 3 { // base64 depends on the place within its text
		encoded := base64.RawStdEncoding.EncodeToString([]byte("---"[:shift] + secret))
		forms = append(forms, encoded[shift+1:len(encoded)-2])
	}
	return forms
}

func findSecrets(t *testing.T, where, text string, secrets []string) {
	t.Helper()
	for _, secret := range secrets {
		for _, form := range traces(secret) {
			if strings.Contains(text, form) {
				t.Errorf("%s shows %q as %q", where, secret, form)
			}
		}
	}
}

// A whole life of a project, with every kind of failure, under a logger that keeps all.
func TestSecretsAreNowhereButWithStripe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(w *world) {
			w.opts.Workers = 2
			w.opts.OnChange = (&listener{then: func(payments.Change) error { return errors.New("the host is busy") }}).onChange
		})
		s := w.newShop("alpha")
		const pk, rolled = "pk_test_pUbLiShAbLe0123aBcD", "sk_test_rOlLeD0123456789eFgH"
		s.account.AddKey(rolled)
		secrets := []string{s.key, s.secret, pk, rolled, "sk_live_mIsTaKeN0123456789", "sk_test_uNkNoWn0123456789"}
		var told []string
		tell := func(v any, err error) {
			told = append(told, fmt.Sprintf("%+v %#v %v", v, v, err))
			var e *payments.Error
			if errors.As(err, &e) {
				told = append(told, e.Message, fmt.Sprintf("%+v", *e))
			}
		}
		keys := func(key string) payments.ConfigUpdate {
			return payments.ConfigUpdate{Test: payments.CredentialsUpdate{SecretKey: payments.SetSecret(key), PublishableKey: payments.SetSecret(pk)}}
		}
		s.subscribe("alice")
		tell(keys(rolled), nil)
		for _, key := range []string{rolled, secrets[4], secrets[5], strings.Repeat(rolled, 20)} {
			c, err := w.service.UpdateConfig(t.Context(), "alpha", keys(key))
			tell(c, err)
			v, err := w.service.ValidateCredentials(t.Context(), payments.Test, key)
			tell(v, err)
		}
		for _, outage := range outages {
			if outage.fault.Stall {
				continue
			}
			outage.fault.Times = -1
			s.account.Fail(outage.fault)
			_, err := s.checkout("bob", payments.CheckoutRequest{PriceID: "price_1"})
			tell(nil, err)
			_, err = s.cancel("alice", false)
			tell(nil, err)
			tell(nil, s.deliver(s.event(fmt.Sprint("evt_", len(told)), "invoice.paid", "in_1")))
			tell(nil, w.service.HandleWebhook(t.Context(), "alpha", payments.Test, []byte(s.key), stripetest.Sign([]byte(s.key), s.secret, w.stripe.Now())))
			time.Sleep(time.Minute) //nolint:forbidigo // the bubble's time: it passes when all the workers wait
			s.account.StopFailing()
		}
		pending, err := w.service.PendingSyncs(t.Context(), "alpha", payments.Test, 100)
		tell(pending, err)
		projects, err := w.service.Projects(t.Context(), "dev")
		tell(projects, err)
		tell(w.service, nil)
		if err := w.service.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		findSecrets(t, "the log", w.log.String(), secrets)
		findSecrets(t, "an answer or error", strings.Join(told, "\n"), secrets)
		if !strings.Contains(w.log.String(), "sync failed") || len(told) < 30 {
			t.Errorf("too little happened: %d told, log %s", len(told), w.log.String())
		}
		w.findInFiles(secrets)
	})
}

// findInFiles looks into the database, its log and whatever else lies beside it.
func (w *world) findInFiles(secrets []string) {
	w.t.Helper()
	files, err := filepath.Glob(filepath.Join(filepath.Dir(w.path), "*"))
	if err != nil || len(files) == 0 {
		w.t.Fatalf("%v, %v", files, err)
	}
	size := 0
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			w.t.Fatal(err)
		}
		size += len(content)
		findSecrets(w.t, file, string(content), secrets)
	}
	if size < 10<<10 {
		w.t.Errorf("only %d bytes in %v", size, files)
	}
}

// A ciphertext that is copied to another row or field must open nothing there.
func TestCiphertextsCannotBeMovedBetweenRows(t *testing.T) {
	w := newWorld(t)
	victim, thief := w.newShop("alpha"), w.newShop("beta")
	stolen := must(w.store.Config(t.Context(), "alpha"))(t)
	c := must(w.store.Config(t.Context(), "beta"))(t)
	c.Version++
	c.Test.SecretKey = stolen.Test.SecretKey
	c.Test.WebhookSecret = stolen.Test.WebhookSecret
	c.Live.SecretKey, c.Live.WebhookSecret = c.Test.SecretKey, must(w.store.Config(t.Context(), "beta"))(t).Test.WebhookSecret
	if err := w.store.PutConfig(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	before := len(w.stripe.Requests())
	body := thief.event("evt_1", "customer.subscription.updated", "sub_1")
	for _, mode := range []payments.Mode{payments.Test, payments.Live} {
		for _, secret := range []string{victim.secret, thief.secret} {
			err := w.service.HandleWebhook(t.Context(), "beta", mode, body, stripetest.Sign(body, secret, w.stripe.Now()))
			wantKind(t, err, payments.ErrUnavailable, "a webhook")
		}
		_, err := w.service.CreateCheckout(t.Context(), "beta", mode, "alice", payments.CheckoutRequest{PriceID: "price_1", SuccessURL: successURL, CancelURL: cancelURL})
		wantKind(t, err, payments.ErrUnavailable, "a checkout")
	}
	if n := len(w.stripe.Requests()) - before; n != 0 {
		t.Errorf("Stripe was asked %d times with somebody's key", n)
	}
	if events := thief.events(); len(events) != 0 {
		t.Errorf("%v", events)
	}
}
