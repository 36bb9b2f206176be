package stripetest_test

import (
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/manytenants/payments/stripetest"
)

const day = 24 * time.Hour

// customer is one with a card of its own; an empty number leaves it without.
func (s *shop) customer(card stripetest.Card) string {
	s.t.Helper()
	id := must(s.api.Customers.New(&stripe.CustomerParams{Email: stripe.String("a@example.com")}))(s.t).ID
	if card != "" {
		if err := s.account.UseCard(id, card); err != nil {
			s.t.Fatal(err)
		}
	}
	s.events()
	return id
}

func subscriptionParams(customer, price string) *stripe.SubscriptionParams {
	params := &stripe.SubscriptionParams{
		Customer: stripe.String(customer), Items: []*stripe.SubscriptionItemsParams{{Price: stripe.String(price)}},
	}
	params.AddExpand("latest_invoice.payment_intent")
	return params
}

// start makes a monthly subscription of 10 dollars through the API.
func (s *shop) start(card stripetest.Card, edit func(*stripe.SubscriptionParams)) *stripe.Subscription {
	s.t.Helper()
	params := subscriptionParams(s.customer(card), s.price(1000, "month"))
	if edit != nil {
		edit(params)
	}
	s.events()
	return must(s.api.Subscriptions.New(params))(s.t)
}

func (s *shop) update(sub *stripe.Subscription, params *stripe.SubscriptionParams) *stripe.Subscription {
	s.t.Helper()
	params.AddExpand("latest_invoice.payment_intent")
	return must(s.api.Subscriptions.Update(sub.ID, params))(s.t)
}

// swap changes the subscription's first item to the price.
func swap(sub *stripe.Subscription, price, proration string) *stripe.SubscriptionParams {
	params := &stripe.SubscriptionParams{
		Items: []*stripe.SubscriptionItemsParams{{ID: stripe.String(sub.Items.Data[0].ID), Price: stripe.String(price)}},
	}
	if proration != "" {
		params.ProrationBehavior = stripe.String(proration)
	}
	return params
}

const (
	created  = "customer.subscription.created invoice.created invoice.finalized "
	updated  = "customer.subscription.updated "
	deleted  = "customer.subscription.deleted "
	charged  = "payment_intent.created charge.succeeded payment_intent.succeeded "
	declined = "payment_intent.created charge.failed payment_intent.payment_failed invoice.updated invoice.payment_failed "
	paid     = "invoice.updated invoice.paid invoice.payment_succeeded "
	invoiced = "invoice.created invoice.finalized "
)

func TestFlowsTellStripesSequences(t *testing.T) {
	trial := func(days int64) func(*stripe.SubscriptionParams) {
		return func(p *stripe.SubscriptionParams) { p.TrialPeriodDays = stripe.Int64(days) }
	}
	for name, flow := range map[string]struct {
		run  func(s *shop)
		want string
	}{
		"paid at once": {func(s *shop) { s.start(stripetest.CardVisa, nil) }, created + charged + updated + paid},
		"free": {func(s *shop) {
			s.start("", func(p *stripe.SubscriptionParams) { p.Items[0].Price = stripe.String(s.price(0, "month")); s.events() })
		}, created + paid},
		"declined":    {func(s *shop) { s.start(stripetest.CardFailsLater, nil) }, created + declined},
		"trial":       {func(s *shop) { s.start("", trial(14)) }, created + paid},
		"short trial": {func(s *shop) { s.start("", trial(2)) }, "customer.subscription.created customer.subscription.trial_will_end invoice.created invoice.finalized " + paid},
		"trial ended early": {func(s *shop) {
			sub := s.start(stripetest.CardVisa, trial(14))
			s.events()
			s.update(sub, &stripe.SubscriptionParams{TrialEndNow: stripe.Bool(true)})
		}, updated + "customer.subscription.trial_will_end " + invoiced + charged + paid},
		"upgrade": {func(s *shop) {
			sub, bigger := s.start(stripetest.CardVisa, nil), s.price(3000, "month")
			s.events()
			s.update(sub, swap(sub, bigger, ""))
		}, updated + "invoiceitem.created invoiceitem.created"},
		"upgrade invoiced": {func(s *shop) {
			sub, bigger := s.start(stripetest.CardVisa, nil), s.price(3000, "month")
			s.events()
			s.update(sub, swap(sub, bigger, "always_invoice"))
		}, updated + "invoiceitem.created invoiceitem.created " + invoiced + charged + paid},
		"to a year": {func(s *shop) {
			sub, yearly := s.start(stripetest.CardVisa, nil), s.price(10000, "year")
			s.events()
			s.update(sub, swap(sub, yearly, "none"))
		}, updated + invoiced + charged + paid},
		"renewal": {func(s *shop) {
			s.start(stripetest.CardVisa, nil)
			s.events()
			s.server.Advance(month + time.Hour)
		}, updated + invoiced + charged + paid},
		"failed renewal": {func(s *shop) {
			sub := s.start(stripetest.CardVisa, nil)
			s.use(sub.Customer.ID, stripetest.CardFailsLater)
			s.server.Advance(month + time.Hour)
		}, updated + invoiced + declined + updated},
		"cancel at period end": {func(s *shop) {
			sub := s.start(stripetest.CardVisa, nil)
			s.events()
			s.update(sub, &stripe.SubscriptionParams{CancelAtPeriodEnd: stripe.Bool(true)})
			s.server.Advance(2 * month)
		}, updated + deleted},
		"cancel now": {func(s *shop) {
			sub := s.start(stripetest.CardVisa, nil)
			s.events()
			must(s.api.Subscriptions.Cancel(sub.ID, nil))(s.t)
		}, deleted},
		"pause of collection": {func(s *shop) {
			sub := s.start(stripetest.CardVisa, nil)
			s.events()
			s.update(sub, &stripe.SubscriptionParams{PauseCollection: &stripe.SubscriptionPauseCollectionParams{
				Behavior: stripe.String("void"), ResumesAt: stripe.Int64(start.Add(40 * day).Unix()),
			}})
			s.server.Advance(40 * day)
		}, updated + updated + "invoice.created invoice.finalized invoice.voided " + updated},
		"never paid": {func(s *shop) {
			s.start(stripetest.CardFailsLater, nil)
			s.events()
			s.server.Advance(23 * time.Hour)
		}, updated + "invoice.voided payment_intent.canceled"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, stripetest.Options{})
			flow.run(s)
			s.wantEvents(flow.want)
		})
	}
}

// use gives the customer another card, and forgets the events of that.
func (s *shop) use(customer string, card stripetest.Card) {
	s.t.Helper()
	if err := s.account.UseCard(customer, card); err != nil {
		s.t.Fatal(err)
	}
	s.events()
}
