package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/stripetest"
)

// liveKey reports whether an Authorization header carries a live mode key.
func liveKey(authorization string) (string, bool) {
	key := strings.TrimPrefix(authorization, "Bearer ")
	return key, strings.HasPrefix(key, "sk_live_") || strings.HasPrefix(key, "rk_live_")
}

// openStripe starts the Stripe inside, or says where Stripe is. It returns the changes to replay.
func (a *app) openStripe(out io.Writer) (entries []entry, err error) {
	a.url = browserURL(a.listener.Addr())
	a.stripeURL = a.settings.stripeURL
	if !a.inside() {
		return nil, nil
	}
	a.stripeURL = a.url + "/stripe"
	if a.journal, entries, err = openJournal(a.db + ".stripe"); err != nil {
		return nil, err
	}
	if len(entries) > 0 && !seeded(entries) {
		return nil, errors.New("the demo's history was cut short when it was made; start once with -reset")
	}
	if len(entries) == 0 {
		fmt.Fprintln(out, "Making 90 days of history...")
	}
	a.stripe = stripetest.New(&stripetest.Options{Seed: a.journal.Seed, Now: a.journal.now, BaseURL: a.stripeURL})
	a.journal.server = a.stripe
	for _, p := range a.directory.projects() {
		a.openAccount(p)
	}
	return entries, nil
}

func seeded(entries []entry) bool {
	for _, e := range entries {
		if e.Seeded {
			return true
		}
	}
	return false
}

// openAccount makes a project's Stripe account, with the webhook endpoints that its developer would register.
func (a *app) openAccount(p project) {
	k := a.keys.Stripe[p.id]
	test, live := a.stripe.NewAccount(stripetest.AccountOptions{Name: p.name, TestKey: k.TestSecretKey, LiveKey: k.LiveSecretKey})
	a.journal.account[k.TestSecretKey], a.journal.account[k.LiveSecretKey] = test, live
	hooks := a.url + "/api/v1/payments/stripe/webhooks/" + string(p.id)
	k.TestWebhookSecret = test.AddWebhookEndpoint(hooks + "/test")
	k.LiveWebhookSecret = live.AddWebhookEndpoint(hooks + "/live")
}

// fill configures the projects at the first start, and gives the Stripe inside its history: made at the first
// start, replayed at later ones.
func (a *app) fill(ctx context.Context, entries []entry, out io.Writer) error {
	if err := a.configure(ctx); err != nil {
		return err
	}
	if a.stripe == nil {
		return nil
	}
	if len(entries) > 0 {
		fmt.Fprintln(out, "Bringing the Stripe inside back to where it was...")
		if err := a.journal.replay(ctx, entries); err != nil {
			return err
		}
		return a.stripe.WaitDelivered(ctx)
	}
	if err := a.seed(ctx); err != nil {
		return fmt.Errorf("making the history: %w", err)
	}
	return nil
}

// configure stores the projects' keys, unless a developer has made a configuration already. With a key of a
// real account it is the first project's.
func (a *app) configure(ctx context.Context) error {
	if a.secretKey != "" {
		_, err := a.service.UpdateConfig(ctx, a.directory.projects()[0].id, payments.ConfigUpdate{
			Test: credentials(a.secretKey, a.hookSecret), AllowAccountChange: true,
		})
		return err
	}
	var projects errgroup.Group // at once: each asks Stripe, which may be slow to say that it isn't there yet
	for _, p := range a.directory.projects() {
		projects.Go(func() error { return a.configureProject(ctx, p) })
	}
	return projects.Wait()
}

func (a *app) configureProject(ctx context.Context, p project) error {
	_, err := a.service.Config(ctx, p.id)
	if !errors.Is(err, payments.ErrNotFound) {
		return err
	}
	k := a.keys.Stripe[p.id]
	_, err = a.service.UpdateConfig(ctx, p.id, payments.ConfigUpdate{
		Test: credentials(k.TestSecretKey, k.TestWebhookSecret),
		Live: credentials(k.LiveSecretKey, k.LiveWebhookSecret),
	})
	return err
}

func credentials(secretKey, webhookSecret string) payments.CredentialsUpdate {
	u := payments.CredentialsUpdate{SecretKey: payments.SetSecret(secretKey)}
	if webhookSecret != "" {
		u.WebhookSecret = payments.SetSecret(webhookSecret)
	}
	return u
}
