package main

import (
	"context"
	"fmt"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/client"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/stripetest"
)

// price is a price that the demo's projects sell.
type price struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	once bool
}

// plan describes a price before it exists. Amounts are for currencies with two decimals.
type plan struct {
	name     string
	amount   int64
	interval string // "" = one-time
}

var plans = []plan{
	{"Starter", 900, "month"},
	{"Pro", 2900, "month"},
	{"Pro yearly", 29000, "year"},
	{"Lifetime extras", 4900, ""},
}

// seed makes 90 days of history, all through the library and Stripe's API as users would, by moving Stripe's clock.
func (a *app) seed(ctx context.Context) error {
	api := map[payments.ProjectID]*client.API{}
	for _, p := range a.directory.projects() {
		api[p.id] = a.client(p)
		if err := a.makePrices(ctx, api[p.id], p); err != nil {
			return err
		}
	}
	for day := range 90 {
		for _, p := range a.directory.projects() {
			if err := a.live(ctx, api[p.id], p, day); err != nil {
				return fmt.Errorf("%s, day %d: %w", p.id, day, err)
			}
		}
		if err := a.journal.advance(24 * time.Hour); err != nil {
			return err
		}
		if err := a.settle(ctx); err != nil {
			return err
		}
	}
	return a.journal.do(entry{Seeded: true}, func() error { return nil })
}

// live is what a project's users do on one day of the history. Alex and Blake only look.
func (a *app) live(ctx context.Context, api *client.API, p project, day int) error {
	prices := a.prices[p.id]
	switch day {
	case 0:
		return a.buy(ctx, p, "mia", prices[1])
	case 12:
		return a.buy(ctx, p, "noah", prices[0])
	case 20:
		return a.buy(ctx, p, "noah", prices[3])
	case 31:
		return a.buy(ctx, p, "zoe", prices[0])
	case 33:
		return a.refundLast(ctx, api, p, "noah")
	case 50:
		_, err := a.service.UpdateSubscription(ctx, p.id, payments.Test, "noah", payments.SubscriptionUpdate{PriceID: prices[1].ID})
		return err
	case 70:
		_, err := a.service.CancelSubscription(ctx, p.id, payments.Test, "zoe", false)
		return err
	}
	return nil
}

// buy opens a checkout and pays on its page.
func (a *app) buy(ctx context.Context, p project, id payments.UserID, what price) error {
	r := payments.CheckoutRequest{
		PriceID: what.ID, SuccessURL: a.url + "/", CancelURL: a.url + "/",
		Email: string(id) + "@" + string(p.id) + ".example",
	}
	if what.once {
		r.Mode = payments.CheckoutPayment
	}
	session, err := a.service.CreateCheckout(ctx, p.id, payments.Test, id, r)
	if err != nil {
		return err
	}
	if err := a.journal.pay(a.keys.Stripe[p.id].TestSecretKey, session.ID, stripetest.CardVisa); err != nil {
		return err
	}
	return a.settle(ctx)
}

// refundLast gives a user's newest one-time payment back, as a developer would in Stripe's dashboard.
func (a *app) refundLast(ctx context.Context, api *client.API, p project, id payments.UserID) error {
	page, err := a.service.UserPayments(ctx, p.id, payments.Test, id, payments.PageRequest{})
	if err != nil {
		return err
	}
	for _, payment := range page.Items {
		if payment.Type == payments.TypeOneTime {
			params := &stripe.RefundParams{PaymentIntent: &payment.PaymentIntentID}
			params.Context = ctx
			_, err := api.Refunds.New(params)
			return err
		}
	}
	return fmt.Errorf("%s has no one-time payment", id)
}

// settle waits until what happened has arrived: every webhook delivered, every object fetched.
func (a *app) settle(ctx context.Context) error {
	if err := a.stripe.WaitDelivered(ctx); err != nil {
		return err
	}
	return a.service.Process(ctx)
}

// client is stripe-go on the Stripe inside, as a project's developer would use it.
func (a *app) client(p project) *client.API {
	backend := stripe.GetBackendWithConfig(stripe.APIBackend, &stripe.BackendConfig{
		URL: stripe.String(a.stripeURL), EnableTelemetry: stripe.Bool(false),
		LeveledLogger: &stripe.LeveledLogger{Level: stripe.LevelError},
	})
	return client.New(a.keys.Stripe[p.id].TestSecretKey, &stripe.Backends{API: backend})
}

func (a *app) makePrices(ctx context.Context, api *client.API, p project) error {
	for _, plan := range plans {
		params := &stripe.PriceParams{
			Currency:    stripe.String(p.currency),
			UnitAmount:  stripe.Int64(plan.amount),
			Nickname:    stripe.String(plan.name),
			ProductData: &stripe.PriceProductDataParams{Name: stripe.String(p.name + " " + plan.name)},
		}
		if plan.interval != "" {
			params.Recurring = &stripe.PriceRecurringParams{Interval: stripe.String(plan.interval)}
		}
		params.Context = ctx
		if _, err := api.Prices.New(params); err != nil {
			return err
		}
	}
	a.listPrices(p)
	return nil
}

// listPrices reads what a project sells from the Stripe inside.
func (a *app) listPrices(p project) {
	a.prices[p.id] = nil
	for _, o := range a.journal.account[a.keys.Stripe[p.id].TestSecretKey].Objects("price") {
		id, _ := o["id"].(string)
		name, _ := o["nickname"].(string)
		a.prices[p.id] = append(a.prices[p.id], price{ID: id, Name: name, once: o["type"] == "one_time"})
	}
}
