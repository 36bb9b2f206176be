package stripetest_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stripe/stripe-go/v76"

	"github.com/manytenants/payments/stripetest"
)

// shapeVersions is one version of each shape, the oldest first.
var shapeVersions = []string{
	"2023-10-16", "2024-06-20", "2024-09-30.acacia", "2025-03-31.basil", "2025-09-30.clover", "2026-03-25.dahlia", "2026-10-28.endive",
}

// fieldVersions tells in which versions a field is shown: in all, or up to the one before removed.
var fieldVersions = []struct {
	object, field string
	removed       string // empty for never
}{
	{"subscription", "current_period_start", "2025-03-31.basil"},
	{"subscription", "current_period_end", "2025-03-31.basil"},
	{"subscription", "discount", "2025-03-31.basil"},
	{"subscription", "discounts", ""},
	{"subscription", "items.data.current_period_end", ""},
	{"subscription", "items.data.price.id", ""},
	{"subscription", "plan", ""},
	{"item", "current_period_start", ""},
	{"invoice", "subscription", "2025-03-31.basil"},
	{"invoice", "subscription_details", "2025-03-31.basil"},
	{"invoice", "parent.subscription_details.subscription", ""},
	{"invoice", "parent.subscription_details.metadata", ""},
	{"invoice", "payment_intent", "2025-03-31.basil"},
	{"invoice", "charge", "2025-03-31.basil"},
	{"invoice", "paid", "2025-03-31.basil"},
	{"invoice", "paid_out_of_band", "2025-03-31.basil"},
	{"invoice", "tax", "2025-03-31.basil"},
	{"invoice", "total_tax_amounts", "2025-03-31.basil"},
	{"invoice", "total_taxes", ""},
	{"invoice", "status", ""},
	{"invoice", "lines.data.price", "2025-03-31.basil"},
	{"invoice", "lines.data.plan", "2025-03-31.basil"},
	{"invoice", "lines.data.proration", "2025-03-31.basil"},
	{"invoice", "lines.data.type", "2025-03-31.basil"},
	{"invoice", "lines.data.pricing.price_details.price", ""},
	{"invoice", "lines.data.parent.subscription_item_details.proration", ""},
	{"invoice", "lines.data.parent.subscription_item_details.subscription", ""},
	{"intent", "invoice", "2025-03-31.basil"},
	{"intent", "payment_details.order_reference", ""},
	{"charge", "invoice", "2025-03-31.basil"},
	{"session", "shipping_details", "2025-03-31.basil"},
	{"session", "collected_information.shipping_details", ""},
}

func TestFieldsMoveFromVersionToVersion(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	paths := s.onePaidSubscription()
	for _, version := range shapeVersions {
		shown := map[string]map[string]any{}
		for name, path := range paths {
			shown[name] = s.get(path, version)
		}
		for _, f := range fieldVersions {
			want := f.removed == "" || version < f.removed
			if _, present := at(shown[f.object], f.field); present != want {
				t.Errorf("%s: %s.%s is shown: %v", version, f.object, f.field, present)
			}
		}
	}
}

// onePaidSubscription returns where the objects of a subscription checkout are found.
func (s *shop) onePaidSubscription() map[string]string {
	s.t.Helper()
	session := s.session("subscription", s.price(1000, "month"))
	if err := s.account.CompleteCheckout(session.ID, stripetest.CardVisa); err != nil {
		s.t.Fatal(err)
	}
	sub := s.get("/v1/checkout/sessions/"+session.ID+"?expand[]=subscription.latest_invoice.payment_intent", "2023-10-16")
	find := func(path string) string {
		id, _ := at(sub, path)
		return id.(string)
	}
	return map[string]string{
		"session":      "/v1/checkout/sessions/" + session.ID,
		"subscription": "/v1/subscriptions/" + find("subscription.id"),
		"item":         "/v1/subscription_items/" + find("subscription.items.data.id"),
		"invoice":      "/v1/invoices/" + find("subscription.latest_invoice.id"),
		"intent":       "/v1/payment_intents/" + find("subscription.latest_invoice.payment_intent.id"),
		"charge":       "/v1/charges/" + find("subscription.latest_invoice.payment_intent.latest_charge"),
	}
}

func TestValuesAreTheSameInTheirNewPlaces(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	paths := s.onePaidSubscription()
	for _, same := range []struct{ object, old, new string }{
		{"subscription", "current_period_start", "items.data.current_period_start"},
		{"subscription", "current_period_end", "items.data.current_period_end"},
		{"invoice", "subscription", "parent.subscription_details.subscription"},
		{"invoice", "lines.data.price.id", "lines.data.pricing.price_details.price"},
		{"invoice", "lines.data.price.product", "lines.data.pricing.price_details.product"},
		{"invoice", "lines.data.subscription_item", "lines.data.parent.subscription_item_details.subscription_item"},
		{"intent", "invoice", "payment_details.order_reference"},
	} {
		document := s.get(paths[same.object], "2023-10-16")
		was, _ := at(document, same.old)
		if is, _ := at(document, same.new); is != was || was == nil {
			t.Errorf("%s.%s is %v, %s is %v", same.object, same.old, was, same.new, is)
		}
	}
}

func TestPaymentsOfAnInvoiceAreShownWhenExpandedSinceBasil(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	paths := s.onePaidSubscription()
	for _, version := range shapeVersions {
		basil := version >= "2025-03-31.basil"
		if _, shown := at(s.get(paths["invoice"], version), "payments"); shown {
			t.Errorf("%s: payments are shown without being expanded", version)
		}
		for expand, can := range map[string]bool{
			"payments": basil, "payments.data.payment.payment_intent": basil, "parent.subscription_details.subscription": basil,
			"payment_intent": !basil, "subscription": !basil, "charge": !basil, "customer": true,
		} {
			status, document := s.ask(http.MethodGet, paths["invoice"]+"?expand[]="+expand, version, nil)
			if (status == http.StatusOK) != can {
				t.Errorf("%s: expanding %s: %d", version, expand, status)
			}
			if expand == "payments.data.payment.payment_intent" && basil {
				intent, _ := at(document, expand)
				if amount, _ := at(intent, "amount_received"); amount != 1000.0 {
					t.Errorf("%s: expanded %v", version, intent)
				}
				if _, shown := at(intent, "invoice"); shown {
					t.Errorf("%s: the expanded intent is of an old version", version)
				}
			}
		}
	}
}

func TestModesOfCheckoutHaveNewNamesSinceDahlia(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	price := s.price(500, "")
	for _, test := range []struct{ version, sent, shown string }{
		{"2025-09-30.clover", "", "hosted"},
		{"2025-09-30.clover", "hosted", "hosted"},
		{"2025-09-30.clover", "hosted_page", ""},
		{"2026-03-25.dahlia", "", "hosted_page"},
		{"2026-03-25.dahlia", "hosted_page", "hosted_page"},
		{"2026-03-25.dahlia", "hosted", ""},
	} {
		form := url.Values{
			"mode": {"payment"}, "success_url": {"https://shop.example/"},
			"line_items[0][price]": {price}, "line_items[0][quantity]": {"1"},
		}
		if test.sent != "" {
			form.Set("ui_mode", test.sent)
		}
		status, session := s.ask(http.MethodPost, "/v1/checkout/sessions", test.version, form)
		if shown, _ := session["ui_mode"].(string); shown != test.shown || (status == http.StatusOK) != (test.shown != "") {
			t.Errorf("%s: %q is answered %d %q", test.version, test.sent, status, shown)
		}
	}
}

func TestWebhooksHaveTheEndpointsVersionElseTheAccounts(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	pinned, _ := s.listen("2025-03-31.basil", "customer.subscription.updated")
	following, _ := s.listen("", "customer.subscription.updated")
	sub := s.subscribe(stripetest.CardVisa)
	s.account.UpgradeAPIVersion("2025-09-30.clover")
	must(s.api.Subscriptions.Update(sub.ID, &stripe.SubscriptionParams{Metadata: map[string]string{"k": "v"}}))(t)

	for name, test := range map[string]struct {
		body    map[string]any
		version string
		period  bool
	}{
		"pinned":            {last(pinned.got(s)), "2025-03-31.basil", false},
		"before an upgrade": {following.got(s)[0], "2023-10-16", true},
		"after an upgrade":  {last(following.got(s)), "2025-09-30.clover", false},
	} {
		_, period := at(test.body, "data.object.current_period_end")
		_, items := at(test.body, "data.object.items.data.current_period_end")
		if test.body["api_version"] != test.version || period != test.period || !items {
			t.Errorf("%s: %v with period at the top %v, at the items %v", name, test.body["api_version"], period, items)
		}
	}
}

func last[T any](all []T) T { return all[len(all)-1] }

func TestEventsAreListedInTheVersionTheyHappenedIn(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	sub := s.subscribe(stripetest.CardVisa)
	s.account.UpgradeAPIVersion("2025-03-31.basil")
	must(s.api.Subscriptions.Cancel(sub.ID, nil))(t)
	for _, asked := range []string{"2023-10-16", "2025-09-30.clover"} {
		for kind, top := range map[string]bool{"customer.subscription.created": true, "customer.subscription.deleted": false} {
			list := s.get("/v1/events?type="+kind, asked)
			if _, present := at(list, "data.data.object.current_period_end"); present != top {
				t.Errorf("asked in %s, %s has the period at the top: %v", asked, kind, present)
			}
		}
	}
}

func TestPreviousAttributesAreInTheEventsVersion(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	old, _ := s.listen("2023-10-16", "customer.subscription.updated")
	basil, _ := s.listen("2025-03-31.basil", "customer.subscription.updated")
	s.subscribe(stripetest.CardVisa)
	s.server.Advance(month)
	for _, test := range []struct {
		name string
		body map[string]any
		top  bool
	}{{"old", last(old.got(s)), true}, {"basil", last(basil.got(s)), false}} {
		was, _ := at(test.body, "data.previous_attributes")
		_, top := at(was, "current_period_end")
		end, items := at(was, "items.data.current_period_end")
		now, _ := at(test.body, "data.object.items.data.current_period_end")
		if top != test.top || !items || end == now {
			t.Errorf("%s: previous_attributes %v", test.name, slices.Sorted(mapKeys(was)))
		}
	}
}

func mapKeys(v any) func(func(string) bool) {
	return func(yield func(string) bool) {
		for name := range v.(map[string]any) {
			if !yield(name) {
				return
			}
		}
	}
}

func TestSubscriptionIsActiveFromTheStartSinceBasil(t *testing.T) {
	want := strings.Join(strings.Fields(`customer.created charge.succeeded checkout.session.completed
		customer.subscription.created payment_intent.succeeded payment_intent.created invoice.created
		invoice.finalized invoice.updated invoice.paid invoice.payment_succeeded invoice_payment.paid`), " ")
	for name, versions := range map[string][2]string{ // of the account and of the request
		"an account's sessions": {"2025-03-31.basil", ""},
		"one session":           {"2023-10-16", "2025-09-30.clover"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, stripetest.Options{APIVersion: versions[0]})
			form := url.Values{
				"mode": {"subscription"}, "success_url": {"https://shop.example/"},
				"line_items[0][price]": {s.price(1000, "month")}, "line_items[0][quantity]": {"1"},
			}
			all, _ := s.listen("2025-03-31.basil")
			_, session := s.ask(http.MethodPost, "/v1/checkout/sessions", versions[1], form)
			if err := s.account.CompleteCheckout(session["id"].(string), stripetest.CardVisa); err != nil {
				t.Fatal(err)
			}
			if kinds := all.kinds(s); kinds != want {
				t.Errorf("events\n got %s\nwant %s", kinds, want)
			}
			for _, e := range all.got(s) {
				if status, _ := at(e, "data.object.status"); e["type"] == "customer.subscription.created" && status != "active" {
					t.Errorf("the subscription is made %v", status)
				}
			}
		})
	}
}

func TestPaymentOfAnInvoiceIsToldWhereItIsKnown(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	s.subscribe(stripetest.CardVisa)
	if list := s.get("/v1/events?type=invoice_payment.*", ""); len(list["data"].([]any)) != 0 {
		t.Error("an account of 2023-10-16 tells of an invoice's payment, though nobody knows such events")
	}
	old, _ := s.listen("2023-10-16")
	basil, _ := s.listen("2025-05-28.basil", "invoice.paid", "invoice_payment.paid")
	s.subscribe(stripetest.CardVisa)
	if strings.Contains(old.kinds(s), "invoice_payment") {
		t.Error("an endpoint of 2023-10-16 was told of an invoice's payment")
	}
	if got := basil.kinds(s); got != "invoice.paid invoice_payment.paid" {
		t.Fatalf("the endpoint of basil got %s", got)
	}
	paid, payment := basil.got(s)[0], basil.got(s)[1]
	id, _ := at(payment, "data.object.invoice")
	intent, _ := at(payment, "data.object.payment.payment_intent")
	if want, _ := at(paid, "data.object.id"); id != want || !strings.HasPrefix(intent.(string), "pi_") {
		t.Errorf("the payment links %v to %v", intent, id)
	}
}
