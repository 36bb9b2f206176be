package stripetest_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/manytenants/payments/stripetest"
)

func TestPaymentBehaviorDecidesAboutADeclinedFirstPayment(t *testing.T) {
	for behavior, want := range map[string]stripe.SubscriptionStatus{"allow_incomplete": "incomplete", "error_if_incomplete": "", "default_incomplete": "incomplete"} {
		s := newShop(t, stripetest.Options{})
		params := subscriptionParams(s.customer(stripetest.CardFailsLater), s.price(1000, "month"))
		params.PaymentBehavior = stripe.String(behavior)
		sub, err := s.api.Subscriptions.New(params)
		if want == "" {
			wantError(t, err, http.StatusPaymentRequired, "card_declined", "")
			if n := len(s.account.Objects("subscription")); n != 0 {
				t.Errorf("%s: %d subscriptions were made", behavior, n)
			}
			continue
		}
		if err != nil || sub.Status != want || sub.LatestInvoice.Status != "open" {
			t.Errorf("%s: status %s (%v)", behavior, sub.Status, err)
		}
		if attempts := sub.LatestInvoice.AttemptCount; (attempts == 0) != (behavior == "default_incomplete") {
			t.Errorf("%s: %d attempts", behavior, attempts)
		}
	}
}

func TestDefaultIncompleteWaitsForItsPaymentIntent(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	sub := s.start(stripetest.CardVisa, func(p *stripe.SubscriptionParams) { p.PaymentBehavior = stripe.String("default_incomplete") })
	s.wantEvents(created + "payment_intent.created")
	card := s.account.Object(sub.Customer.ID)["invoice_settings"].(map[string]any)["default_payment_method"].(string)
	confirm := &stripe.PaymentIntentConfirmParams{PaymentMethod: stripe.String(card)}
	must(s.api.PaymentIntents.Confirm(sub.LatestInvoice.PaymentIntent.ID, confirm))(t)
	s.wantEvents("charge.succeeded payment_intent.succeeded " + updated + paid)
	if got := must(s.api.Subscriptions.Get(sub.ID, nil))(t); got.Status != "active" {
		t.Errorf("status %s", got.Status)
	}
}

func TestFirstPaymentMayWantAuthentication(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	sub := s.start(stripetest.CardAlwaysAuthenticates, nil)
	s.wantEvents(created + "payment_intent.created payment_intent.requires_action invoice.payment_action_required")
	if sub.Status != "incomplete" || sub.LatestInvoice.PaymentIntent.Status != "requires_action" {
		t.Errorf("status %s, intent %s", sub.Status, sub.LatestInvoice.PaymentIntent.Status)
	}
	if err := s.account.CompleteAuthentication(sub.LatestInvoice.PaymentIntent.ID); err != nil {
		t.Fatal(err)
	}
	if got := must(s.api.Subscriptions.Get(sub.ID, nil))(t); got.Status != "active" {
		t.Errorf("status %s", got.Status)
	}
}

func TestIncompleteSubscriptionIsPaidThroughItsInvoiceOrExpires(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	first, second := s.start(stripetest.CardFailsLater, nil), s.start(stripetest.CardFailsLater, nil)
	s.use(first.Customer.ID, stripetest.CardVisa)
	if in := must(s.api.Invoices.Pay(first.LatestInvoice.ID, nil))(t); in.Status != "paid" || in.BillingReason != "subscription_create" {
		t.Errorf("invoice %s for %s", in.Status, in.BillingReason)
	}
	s.server.Advance(30 * day)
	for sub, want := range map[*stripe.Subscription]stripe.SubscriptionStatus{first: "active", second: "incomplete_expired"} {
		if got := must(s.api.Subscriptions.Get(sub.ID, nil))(t); got.Status != want {
			t.Errorf("status %s, want %s", got.Status, want)
		}
	}
	if in := must(s.api.Invoices.Get(second.LatestInvoice.ID, nil))(t); in.Status != "void" {
		t.Errorf("the invoice that was never paid is %s", in.Status)
	}
}

func TestSentInvoiceDoesNotHoldUpItsSubscription(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	sub := s.start("", func(p *stripe.SubscriptionParams) {
		p.CollectionMethod, p.DaysUntilDue = stripe.String("send_invoice"), stripe.Int64(10)
	})
	if sub.Status != "active" || sub.LatestInvoice.Status != "draft" {
		t.Errorf("status %s, invoice %s", sub.Status, sub.LatestInvoice.Status)
	}
	s.wantEvents("customer.subscription.created invoice.created")
	s.server.Advance(time.Hour)
	s.wantEvents("invoice.finalized payment_intent.created invoice.sent")
	s.server.Advance(10 * day)
	s.wantEvents(updated)
	params := &stripe.InvoicePayParams{PaidOutOfBand: stripe.Bool(true)}
	in := must(s.api.Invoices.Pay(sub.LatestInvoice.ID, params))(t)
	if !in.PaidOutOfBand || in.Charge != nil || in.DueDate != start.Add(10*day+time.Hour).Unix() {
		t.Errorf("invoice %+v", in)
	}
	s.wantEvents("payment_intent.canceled " + paid + updated)
}

func TestSubscriptionsThatCannotBeBilledAreRefused(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	customer, bare := s.customer(stripetest.CardVisa), s.customer("")
	monthly, yearly, once := s.price(1000, "month"), s.price(9000, "year"), s.price(50, "")
	for name, test := range map[string]struct {
		customer, param string
		code            stripe.ErrorCode
		edit            func(*stripe.SubscriptionParams)
	}{
		"no card":     {bare, "", "resource_missing", func(*stripe.SubscriptionParams) {}},
		"no customer": {"cus_none", "customer", "resource_missing", func(*stripe.SubscriptionParams) {}},
		"one-time":    {customer, "items[0][price]", "", func(p *stripe.SubscriptionParams) { p.Items[0].Price = stripe.String(once) }},
		"two intervals": {customer, "items", "", func(p *stripe.SubscriptionParams) {
			p.Items = append(p.Items, &stripe.SubscriptionItemsParams{Price: &yearly})
		}},
		"twice": {customer, "items", "", func(p *stripe.SubscriptionParams) { p.Items = append(p.Items, p.Items[0]) }},
		"trial twice": {customer, "trial_end", "", func(p *stripe.SubscriptionParams) {
			p.TrialEnd, p.TrialPeriodDays = stripe.Int64(start.Add(day).Unix()), stripe.Int64(3)
		}},
		"trial in the past": {customer, "trial_end", "", func(p *stripe.SubscriptionParams) { p.TrialEnd = stripe.Int64(start.Unix()) }},
		"term for a card":   {customer, "days_until_due", "", func(p *stripe.SubscriptionParams) { p.DaysUntilDue = stripe.Int64(3) }},
		"foreign card": {bare, "default_payment_method", "resource_missing", func(p *stripe.SubscriptionParams) {
			p.DefaultPaymentMethod = stripe.String(s.account.Objects("payment_method")[0]["id"].(string))
		}},
	} {
		params := subscriptionParams(test.customer, monthly)
		test.edit(params)
		_, err := s.api.Subscriptions.New(params)
		if err == nil {
			t.Errorf("%s was accepted", name)
			continue
		}
		wantError(t, err, http.StatusBadRequest, test.code, test.param)
	}
}

func TestMeteredItemHasNoQuantityAndCostsNothing(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	product := must(s.api.Products.New(&stripe.ProductParams{Name: stripe.String("Calls")}))(t)
	price := must(s.api.Prices.New(&stripe.PriceParams{
		Currency: stripe.String("usd"), Product: stripe.String(product.ID), UnitAmount: stripe.Int64(7),
		Recurring: &stripe.PriceRecurringParams{Interval: stripe.String("month"), UsageType: stripe.String("metered")},
	}))(t)
	sub := must(s.api.Subscriptions.New(subscriptionParams(s.customer(""), price.ID)))(t)
	if sub.Status != "active" || sub.LatestInvoice.Total != 0 {
		t.Errorf("status %s, total %d", sub.Status, sub.LatestInvoice.Total)
	}
	if item := s.account.Object(sub.Items.Data[0].ID); item["quantity"] != nil {
		t.Errorf("quantity %v", item["quantity"])
	}
}

func TestPeriodBeforeAnAnchorCostsItsShare(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	anchor := time.Date(2024, 2, 1, 12, 0, 0, 0, time.UTC) // 17 of January's 31 days
	sub := s.start(stripetest.CardVisa, func(p *stripe.SubscriptionParams) { p.BillingCycleAnchor = stripe.Int64(anchor.Unix()) })
	if got := sub.LatestInvoice.Total; got != 548 || sub.CurrentPeriodEnd != anchor.Unix() {
		t.Errorf("total %d until %d", got, sub.CurrentPeriodEnd)
	}
	s.server.Advance(30 * day)
	if got := must(s.api.Subscriptions.Get(sub.ID, nil))(t); got.CurrentPeriodEnd != anchor.AddDate(0, 1, 0).Unix() {
		t.Errorf("the next period ends at %d", got.CurrentPeriodEnd)
	}
}
