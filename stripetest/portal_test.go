package stripetest_test

import (
	"net/http"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/client"

	"github.com/manytenants/payments/stripetest"
)

// portal opens the billing portal of the subscription's customer.
func (s *shop) portal(api *client.API, customer string) *stripe.BillingPortalSession {
	s.t.Helper()
	portal := must(api.BillingPortalSessions.New(&stripe.BillingPortalSessionParams{
		Customer: &customer, ReturnURL: stripe.String("https://shop.example/account"),
	}))(s.t)
	s.events()
	return portal
}

func TestPortalSessionIsOfADefaultConfiguration(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	sub := s.subscribe(stripetest.CardVisa)
	params := &stripe.BillingPortalSessionParams{Customer: &sub.Customer.ID, Locale: stripe.String("de")}
	portal := must(s.api.BillingPortalSessions.New(params))(t)
	s.wantEvents("billing_portal.session.created")
	if portal.URL != s.web.URL+"/portal/"+portal.ID || portal.Customer != sub.Customer.ID || portal.Locale != "de" || portal.Flow != nil {
		t.Errorf("session %+v", portal)
	}
	params.AddExpand("configuration")
	again := must(s.api.BillingPortalSessions.New(params))(t)
	if again.Configuration.ID != portal.Configuration.ID || !again.Configuration.IsDefault || !again.Configuration.Features.SubscriptionCancel.Enabled {
		t.Errorf("configuration %+v", again.Configuration)
	}
	_, err := s.api.BillingPortalSessions.New(&stripe.BillingPortalSessionParams{Customer: stripe.String("cus_none")})
	wantError(t, err, http.StatusBadRequest, stripe.ErrorCodeResourceMissing, "customer")
}

func TestPortalCancelsAtThePeriodsEndAndUndoes(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	sub := s.subscribe(stripetest.CardVisa)
	b := s.browser().open(s.portal(s.api, sub.Customer.ID).URL)
	b.shows(http.StatusOK, "Pro active $10.00 per month Renews on Feb 15, 2024", "Visa ···· 4242")
	b.press("Cancel plan", "feedback=too_expensive").shows(http.StatusOK, "Ends on Feb 15, 2024")
	s.wantEvents("customer.subscription.updated")
	got := must(s.api.Subscriptions.Get(sub.ID, nil))(t)
	if !got.CancelAtPeriodEnd || got.CancelAt != sub.CurrentPeriodEnd || got.CancellationDetails.Feedback != "too_expensive" {
		t.Errorf("subscription %+v", got)
	}
	b.press("Don't cancel").shows(http.StatusOK, "Renews on Feb 15, 2024")
	s.wantEvents("customer.subscription.updated")
	if got = must(s.api.Subscriptions.Get(sub.ID, nil))(t); got.CancelAtPeriodEnd || got.CancelAt != 0 {
		t.Errorf("subscription %+v", got)
	}
	b.follow("← Return to Test business").leads("https://shop.example/account")
}

func TestPortalOfFlexibleBillingCancelsByDateAlone(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	account, _ := s.server.NewAccount(stripetest.AccountOptions{TestKey: "sk_test_flexible", Name: "Flex", FlexibleBilling: true})
	api := s.client("sk_test_flexible")
	flexible := &shop{t: t, server: s.server, web: s.web, account: account, api: api}
	sub := flexible.subscribe(stripetest.CardVisa)
	portal := s.portal(api, sub.Customer.ID)
	s.browser().open(portal.URL).press("Cancel plan").shows(http.StatusOK, "Ends on Feb 15, 2024")
	if got := must(api.Subscriptions.Get(sub.ID, nil))(t); got.CancelAtPeriodEnd || got.CancelAt != sub.CurrentPeriodEnd || got.CanceledAt == 0 {
		t.Errorf("subscription %+v", got)
	}
	params := &stripe.SubscriptionParams{CancelAtPeriodEnd: stripe.Bool(false)}
	if got := must(api.Subscriptions.Update(sub.ID, params))(t); got.CancelAt != sub.CurrentPeriodEnd {
		t.Errorf("the flag lifted a cancellation by date: %+v", got)
	}
	params = &stripe.SubscriptionParams{}
	params.AddExtra("cancel_at", "")
	if got := must(api.Subscriptions.Update(sub.ID, params))(t); got.CancelAt != 0 || got.CanceledAt != 0 {
		t.Errorf("subscription %+v", got)
	}
	for _, act := range []func(string, string) error{account.PortalCancel, account.PortalResume, account.PortalCancel} {
		if err := act(portal.ID, sub.ID); err != nil {
			t.Error(err)
		}
	}
	s.server.Advance(31 * 24 * time.Hour)
	if got := must(api.Subscriptions.Get(sub.ID, nil))(t); got.Status != "canceled" || got.EndedAt != sub.CurrentPeriodEnd {
		t.Errorf("subscription %s ended at %d", got.Status, got.EndedAt)
	}
}

func TestPortalChangesThePlanWithProrations(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	sub := s.subscribe(stripetest.CardVisa)
	team := s.price(4000, "month")
	euro := must(s.api.Prices.New(&stripe.PriceParams{
		Currency: stripe.String("eur"), UnitAmount: stripe.Int64(1), Product: &sub.Items.Data[0].Price.Product.ID,
		Recurring: &stripe.PriceRecurringParams{Interval: stripe.String("month")},
	}))(t).ID
	portal := s.portal(s.api, sub.Customer.ID)
	if err := s.account.PortalSwitch(portal.ID, sub.ID, euro); err == nil {
		t.Error("switched to a price of another currency")
	}
	s.browser().open(portal.URL).press("Change plan", "price="+team).shows(http.StatusOK, "$40.00 per month")
	s.wantEvents("customer.subscription.updated invoiceitem.created invoiceitem.created")
	if got := must(s.api.Subscriptions.Get(sub.ID, nil))(t); got.Items.Data[0].Price.ID != team || len(got.Items.Data) != 1 {
		t.Errorf("items %+v", got.Items.Data)
	}
}

func TestPortalSavesAnotherCard(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	sub := s.subscribe(stripetest.CardVisa)
	b := s.browser().open(s.portal(s.api, sub.Customer.ID).URL)
	b.press("Save card", "card=4000000000000002").shows(http.StatusPaymentRequired, "Your card was declined.", "4242, expires")
	b.press("Save card", "card=other", "number=4242424242424242", "expiry=12/20", "cvc=123").shows(http.StatusBadRequest, "in the past")
	if b.wrong() != "expiry" {
		t.Errorf("the fields %q are marked", b.wrong())
	}
	s.wantEvents("")
	b.press("Save card", "card=4000002500003155").press("Fail authentication").shows(http.StatusOK, "unable to authenticate", "4242, expires")
	s.wantEvents("")
	b.press("Save card", "card=4000002500003155").press("Complete authentication").shows(http.StatusOK, "Your card has been saved.", "3155, expires")
	s.wantEvents("payment_method.attached customer.updated customer.subscription.updated")
}

func TestPortalShowsInvoicesAndPaysOne(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	sub := s.subscribe(stripetest.CardVisa)
	if err := s.account.UseCard(sub.Customer.ID, stripetest.CardFailsLater); err != nil {
		t.Fatal(err)
	}
	s.server.Advance(31*24*time.Hour + 2*time.Hour)
	invoices := s.account.Objects("invoice")
	number := invoices[len(invoices)-1]["number"].(string)
	b := s.browser().open(s.portal(s.api, sub.Customer.ID).URL).shows(http.StatusOK, "past due", "Payment failed", "Paid")
	b.follow(number).shows(http.StatusOK, "Pay this invoice").press("Pay $10.00").shows(http.StatusOK, "Paid").hides("Pay this invoice")
}

func TestPortalFlowHasOneActionAndItsEnd(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	sub := s.subscribe(stripetest.CardVisa)
	team := s.price(4000, "month")
	flow := func(kind string, after *stripe.BillingPortalSessionFlowDataAfterCompletionParams) *browser {
		data := &stripe.BillingPortalSessionFlowDataParams{Type: &kind, AfterCompletion: after}
		switch kind {
		case "subscription_cancel":
			data.SubscriptionCancel = &stripe.BillingPortalSessionFlowDataSubscriptionCancelParams{Subscription: &sub.ID}
		case "subscription_update":
			data.SubscriptionUpdate = &stripe.BillingPortalSessionFlowDataSubscriptionUpdateParams{Subscription: &sub.ID}
		}
		session := must(s.api.BillingPortalSessions.New(&stripe.BillingPortalSessionParams{Customer: &sub.Customer.ID, FlowData: data}))(t)
		if string(session.Flow.Type) != kind {
			t.Errorf("flow %+v", session.Flow)
		}
		return s.browser().open(session.URL).shows(http.StatusOK).hides("Invoice history")
	}
	flow("payment_method_update", nil).hides("Cancel plan", "Change plan").press("Save card").shows(http.StatusOK, "Your card has been saved.", "Invoice history")
	flow("subscription_update", &stripe.BillingPortalSessionFlowDataAfterCompletionParams{
		Type: stripe.String("hosted_confirmation"), HostedConfirmation: &stripe.BillingPortalSessionFlowDataAfterCompletionHostedConfirmationParams{CustomMessage: stripe.String("Enjoy <i>Team</i>.")},
	}).hides("Cancel plan", "Save card").press("Change plan", "price="+team).shows(http.StatusOK, "All done", "Enjoy <i>Team</i>.")
	flow("subscription_cancel", &stripe.BillingPortalSessionFlowDataAfterCompletionParams{
		Type: stripe.String("redirect"), Redirect: &stripe.BillingPortalSessionFlowDataAfterCompletionRedirectParams{ReturnURL: stripe.String("https://app.example/bye")},
	}).hides("Change plan", "Save card").press("Cancel plan").leads("https://app.example/bye")
}

func TestPortalFlowThatCannotBeIsRefused(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	sub, other := s.subscribe(stripetest.CardVisa), s.subscribe(stripetest.CardVisa)
	if err := s.account.PortalCancel(s.portal(s.api, sub.Customer.ID).ID, other.ID); err == nil {
		t.Error("another customer's subscription was canceled")
	}
	if err := s.account.PortalCancel(s.portal(s.api, other.Customer.ID).ID, other.ID); err != nil {
		t.Fatal(err)
	}
	cancel := func(id string) *stripe.BillingPortalSessionFlowDataParams {
		return &stripe.BillingPortalSessionFlowDataParams{
			Type: stripe.String("subscription_cancel"), SubscriptionCancel: &stripe.BillingPortalSessionFlowDataSubscriptionCancelParams{Subscription: &id},
		}
	}
	retention := cancel(sub.ID)
	retention.SubscriptionCancel.Retention = &stripe.BillingPortalSessionFlowDataSubscriptionCancelRetentionParams{
		Type: stripe.String("coupon_offer"), CouponOffer: &stripe.BillingPortalSessionFlowDataSubscriptionCancelRetentionCouponOfferParams{Coupon: stripe.String("x")},
	}
	for _, c := range []struct {
		customer string
		flow     *stripe.BillingPortalSessionFlowDataParams
		param    string
		code     stripe.ErrorCode
	}{
		{sub.Customer.ID, cancel(other.ID), "flow_data[subscription_cancel][subscription]", ""},
		{other.Customer.ID, cancel(other.ID), "flow_data[subscription_cancel][subscription]", ""},
		{sub.Customer.ID, retention, "flow_data[subscription_cancel][retention]", ""},
		{sub.Customer.ID, &stripe.BillingPortalSessionFlowDataParams{Type: stripe.String("subscription_update")}, "flow_data[subscription_update][subscription]", stripe.ErrorCodeParameterMissing},
		{sub.Customer.ID, &stripe.BillingPortalSessionFlowDataParams{Type: stripe.String("subscription_update_confirm")}, "flow_data[type]", ""},
	} {
		_, err := s.api.BillingPortalSessions.New(&stripe.BillingPortalSessionParams{Customer: &c.customer, FlowData: c.flow})
		wantError(t, err, http.StatusBadRequest, c.code, c.param)
	}
}

func TestPortalSessionWorksForAnHour(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	sub := s.subscribe(stripetest.CardVisa)
	portal := s.portal(s.api, sub.Customer.ID)
	b := s.browser().open(portal.URL)
	s.server.Advance(time.Hour - time.Second)
	b.open(portal.URL).shows(http.StatusOK, "Manage your billing")
	s.server.Advance(time.Second)
	b.press("Cancel plan").shows(http.StatusGone, "This page has expired").follow("Return to Test business").leads("https://shop.example/account")
	if err := s.account.PortalCancel(path.Base(portal.URL), sub.ID); err == nil {
		t.Error("an expired portal canceled")
	}
	s.browser().open(s.web.URL + "/portal/bps_none").shows(http.StatusNotFound)
	gone := s.portal(s.api, sub.Customer.ID)
	must(s.api.Customers.Del(sub.Customer.ID, nil))(t)
	s.browser().open(gone.URL).shows(http.StatusGone)
}

func TestPortalConfigurationDecidesWhatThePortalDoes(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	sub := s.subscribe(stripetest.CardVisa)
	listed, unlisted := s.price(4000, "month"), s.price(5000, "month")
	product := must(s.api.Prices.Get(listed, nil))(t).Product.ID
	s.events()
	params := &stripe.BillingPortalConfigurationParams{
		BusinessProfile: &stripe.BillingPortalConfigurationBusinessProfileParams{Headline: stripe.String("Your membership")},
		Features: &stripe.BillingPortalConfigurationFeaturesParams{
			SubscriptionCancel: &stripe.BillingPortalConfigurationFeaturesSubscriptionCancelParams{Enabled: stripe.Bool(true), Mode: stripe.String("immediately")},
			SubscriptionUpdate: &stripe.BillingPortalConfigurationFeaturesSubscriptionUpdateParams{
				Enabled: stripe.Bool(true), DefaultAllowedUpdates: stripe.StringSlice([]string{"price"}), ProrationBehavior: stripe.String("none"),
				Products: []*stripe.BillingPortalConfigurationFeaturesSubscriptionUpdateProductParams{{Product: &product, Prices: []*string{&listed}}},
			},
		},
	}
	params.AddMetadata("plan", "a")
	configuration := must(s.api.BillingPortalConfigurations.New(params))(t)
	s.wantEvents("billing_portal.configuration.created")
	portal := must(s.api.BillingPortalSessions.New(&stripe.BillingPortalSessionParams{Customer: &sub.Customer.ID, Configuration: &configuration.ID}))(t)
	b := s.browser().open(portal.URL).shows(http.StatusOK, "Your membership", "$40.00").hides("$50.00", "Save card", "Invoice history")
	if err := s.account.PortalSwitch(portal.ID, sub.ID, unlisted); err == nil {
		t.Error("switched to a price that isn't offered")
	}
	s.events()
	b.press("Change plan", "price="+listed)
	s.wantEvents("customer.subscription.updated")
	b.press("Cancel plan").shows(http.StatusOK, "There is no subscription.")
	s.wantEvents("customer.subscription.deleted")

	change := &stripe.BillingPortalConfigurationParams{
		Active: stripe.Bool(false),
		Features: &stripe.BillingPortalConfigurationFeaturesParams{SubscriptionCancel: &stripe.BillingPortalConfigurationFeaturesSubscriptionCancelParams{
			CancellationReason: &stripe.BillingPortalConfigurationFeaturesSubscriptionCancelCancellationReasonParams{Enabled: stripe.Bool(true)},
		}},
	}
	updated := must(s.api.BillingPortalConfigurations.Update(configuration.ID, change))(t)
	s.wantEvents("billing_portal.configuration.updated")
	if updated.Active || !updated.Features.SubscriptionCancel.Enabled || updated.Metadata["plan"] != "a" {
		t.Errorf("configuration %+v", updated)
	}
	_, err := s.api.BillingPortalSessions.New(&stripe.BillingPortalSessionParams{Customer: &sub.Customer.ID, Configuration: &configuration.ID})
	wantError(t, err, http.StatusBadRequest, "", "configuration")
}

func TestPortalConfigurationsAreListed(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	customer := must(s.api.Customers.New(nil))(t)
	s.portal(s.api, customer.ID) // makes the default one
	params := &stripe.BillingPortalConfigurationParams{
		BusinessProfile: &stripe.BillingPortalConfigurationBusinessProfileParams{},
		Features: &stripe.BillingPortalConfigurationFeaturesParams{
			InvoiceHistory: &stripe.BillingPortalConfigurationFeaturesInvoiceHistoryParams{Enabled: stripe.Bool(true)},
			CustomerUpdate: &stripe.BillingPortalConfigurationFeaturesCustomerUpdateParams{Enabled: stripe.Bool(true), AllowedUpdates: stripe.StringSlice([]string{"email"})},
		},
	}
	params.BusinessProfile.Headline = stripe.String("Mine")
	own := must(s.api.BillingPortalConfigurations.New(params))(t)
	log := s.account.Requests()
	if ignored := strings.Join(log[len(log)-1].Ignored, " "); ignored != "features[customer_update][allowed_updates][0] features[customer_update][enabled]" {
		t.Errorf("ignored %q: the page has no form for the customer's details", ignored)
	}
	var ids []string
	list := s.api.BillingPortalConfigurations.List(&stripe.BillingPortalConfigurationListParams{IsDefault: stripe.Bool(false)})
	for list.Next() {
		ids = append(ids, list.BillingPortalConfiguration().ID)
	}
	if !slices.Equal(ids, []string{own.ID}) {
		t.Errorf("listed %v, want %s (%v)", ids, own.ID, list.Err())
	}
	all := s.account.Objects("billing_portal.configuration")
	_, err := s.api.BillingPortalConfigurations.Update(all[0]["id"].(string), &stripe.BillingPortalConfigurationParams{Active: stripe.Bool(false)})
	wantError(t, err, http.StatusBadRequest, "", "active")
	params.Features.SubscriptionUpdate = &stripe.BillingPortalConfigurationFeaturesSubscriptionUpdateParams{
		Enabled: stripe.Bool(true), DefaultAllowedUpdates: stripe.StringSlice([]string{"price"}),
		Products: []*stripe.BillingPortalConfigurationFeaturesSubscriptionUpdateProductParams{{Product: stripe.String("prod_none"), Prices: stripe.StringSlice([]string{"price_none"})}},
	}
	_, err = s.api.BillingPortalConfigurations.New(params)
	wantError(t, err, http.StatusBadRequest, stripe.ErrorCodeResourceMissing, "features[subscription_update][products][0][product]")
}
