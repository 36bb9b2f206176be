package stripetest_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/manytenants/payments/stripetest"
)

func TestAParameterThatWouldMatterIsRefused(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	price, monthly := s.price(1000, ""), s.price(1000, "month")
	customer := s.makes("/v1/customers", "payment_method=pm_card_visa invoice_settings[default_payment_method]=pm_card_visa")["id"].(string)
	sessions := len(s.account.Objects("event"))
	session := "mode=payment success_url=https://shop.example line_items[0][quantity]=1 line_items[0][price]=" + price + " "
	subscription := "customer=" + customer + " items[0][price]=" + monthly + " "
	for _, wrong := range [][3]string{
		{"/v1/checkout/sessions", session + "discounts[0][coupon]=half", "discounts"},
		{"/v1/checkout/sessions", session + "automatic_tax[enabled]=true", "automatic_tax"},
		{"/v1/checkout/sessions", session + "shipping_options[0][shipping_rate]=shr_1", "shipping_options"},
		{"/v1/checkout/sessions", session + "invoice_creation[enabled]=true", "invoice_creation"},
		{"/v1/checkout/sessions", session + "ui_mode=embedded", "ui_mode"},
		{"/v1/checkout/sessions", session + "line_items[0][tax_rates][0]=txr_1", "line_items[0][tax_rates]"},
		{"/v1/checkout/sessions", session + "payment_intent_data[application_fee_amount]=5", "payment_intent_data[application_fee_amount]"},
		{"/v1/checkout/sessions", session + "payment_intent_data[transfer_data][destination]=acct_1", "payment_intent_data[transfer_data]"},
		{"/v1/checkout/sessions", session + "custom_fields[0][key]=a custom_fields[0][type]=text custom_fields[0][label][type]=custom custom_fields[0][label][custom]=A", "custom_fields"},
		{"/v1/subscriptions", subscription + "coupon=half", "coupon"},
		{"/v1/subscriptions", subscription + "promotion_code=promo_1", "promotion_code"},
		{"/v1/subscriptions", subscription + "backdate_start_date=1", "backdate_start_date"},
		{"/v1/subscriptions", subscription + "billing_thresholds[amount_gte]=5000", "billing_thresholds"},
		{"/v1/subscriptions", subscription + "on_behalf_of=acct_1", "on_behalf_of"},
		{"/v1/customers", "test_clock=clock_1", "test_clock"},
		{"/v1/payment_intents", "amount=500 currency=usd application_fee_amount=5", "application_fee_amount"},
		{"/v1/payment_intents", "amount=500 currency=usd payment_method_options[card][request_three_d_secure]=any", "payment_method_options"},
		{"/v1/prices", "currency=usd billing_scheme=tiered tiers_mode=graduated product_data[name]=A", ""},
		{"/v1/prices", "currency=usd unit_amount=5 product_data[name]=A transform_quantity[divide_by]=5 transform_quantity[round]=up", "transform_quantity"},
		{"/v1/prices", "currency=usd unit_amount=5 product_data[name]=A lookup_key=a transfer_lookup_key=true", "transfer_lookup_key"},
	} {
		status, document := s.ask("POST", wrong[0], "", fields(wrong[1]))
		message, _ := at(document, "error.message")
		param, _ := at(document, "error.param")
		if text, _ := message.(string); status != 400 || !strings.HasPrefix(text, "stripetest has no ") || wrong[2] != "" && param != wrong[2] {
			t.Errorf("%s %s answers %d %v %q", wrong[0], wrong[1], status, param, text)
		}
	}
	if left := len(s.account.Objects("event")) - sessions; left != 0 {
		t.Errorf("%d events of refused requests", left)
	}
}

func TestAParameterThatSaysItsDefaultPasses(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	s.makes("/v1/checkout/sessions", "mode=payment success_url=https://shop.example line_items[0][quantity]=1 line_items[0][price]="+s.price(1000, "")+
		" automatic_tax[enabled]=false invoice_creation[enabled]=false ui_mode=hosted"+
		" phone_number_collection[enabled]=true line_items[0][adjustable_quantity][enabled]=true locale=de submit_type=pay"+
		" consent_collection[promotions]=auto metadata[coupon]=half payment_intent_data[metadata][discounts]=none")
	s.makes("/v1/prices", "currency=usd unit_amount=5 billing_scheme=per_unit transfer_lookup_key=false product_data[name]=A")
	s.makes("/v1/subscriptions", "customer="+s.makes("/v1/customers", "coupon=")["id"].(string)+
		" items[0][price]="+s.price(1000, "month")+" coupon= default_tax_rates= trial_from_plan=false trial_period_days=3")
}

// harmless are the parameters that are accepted without effect: texts, consents, what a page looks
// like, and the fields of kinds of payment that no page here offers.
var harmless = strings.Fields("account_holder_name address_city address_country address_line1 address_line2 address_state address_zip adjustable_quantity " +
	"amount_tax_display carrier consent_collection customer_update default_alipay_account evidence height instructions_email ip_address length mandate_data " +
	"payment_method_data radar_options rendering rendering_options tax tracking_number validate_location value weight width")

// namesIn are the names that the string literals of a file hold, of dotted paths the last.
func namesIn(t *testing.T, file string) []string {
	t.Helper()
	var names []string
	for _, literal := range regexp.MustCompile(`"[a-z_0-9. ]+"`).FindAllString(string(must(os.ReadFile(file))(t)), -1) {
		for word := range strings.FieldsSeq(strings.Trim(literal, `"`)) {
			names = append(names, word[strings.LastIndex(word, ".")+1:])
		}
	}
	return names
}

// TestEveryParameterIsReadRefusedOrHarmless keeps a parameter of Stripe's description from being dropped
// without a thought: its name must be somewhere in the server's code, in what it refuses, or in the list.
func TestEveryParameterIsReadRefusedOrHarmless(t *testing.T) {
	settled := append(namesIn(t, "unsupported.go"), harmless...) // with all that is inside them
	var read []string
	for _, file := range must(filepath.Glob("*.go"))(t) {
		if !strings.HasSuffix(file, "_test.go") {
			read = append(read, namesIn(t, file)...)
		}
	}
	for _, file := range must(filepath.Glob("spec/parameters/*.txt"))(t) {
		operation, inside := "", 0
		for line := range strings.Lines(string(must(os.ReadFile(file))(t))) {
			depth := (len(line) - len(strings.TrimLeft(line, " "))) / 2
			word, _, _ := strings.Cut(strings.TrimSpace(line), " ")
			name := strings.TrimSuffix(word, "!")
			switch {
			case name == "", inside > 0 && depth > inside:
				continue
			case depth == 0:
				operation = strings.TrimSpace(line)
			}
			inside = 0
			switch {
			case depth == 0, !strings.HasPrefix(operation, "POST "), operation == "POST /v1/payment_methods": // refuses the types it hasn't
			case slices.Contains(settled, name):
				inside = depth
			case !slices.Contains(read, name):
				t.Errorf("%s: nothing knows %s", operation, name)
			}
		}
	}
}
