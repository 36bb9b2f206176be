package stripetest

import (
	"maps"
	"slices"
	"strings"
)

// unsupported are the parameters that would change an amount or what happens, and that this server has
// no effect for: to accept them would make a test pass that fails live. Below each operation stand
// dotted paths without the indexes of lists; those of the empty name are refused of every operation,
// wherever they end a path. What isn't here and has no effect is a text, a consent or a look of a page,
// and is told in Request.Ignored.
var unsupported = map[string][]string{
	"": {
		"discounts", "coupon", "promotion_code",
		"automatic_tax", "tax_rates", "default_tax_rates", "dynamic_tax_rates", "subscription_default_tax_rates", "tax_id_data", "account_tax_ids",
		"application_fee", "application_fee_amount", "application_fee_percent", "transfer_data", "destination", "on_behalf_of",
		"refund_application_fee", "reverse_transfer",
		"billing_scheme", "tiers", "tiers_mode", "transform_quantity", "custom_unit_amount", "currency_options", "transfer_lookup_key",
		"backdate_start_date", "billing_cycle_anchor_config", "billing_thresholds", "pending_invoice_item_interval", "trial_from_plan", "clear_usage",
		"default_source", "payment_method_configuration", "payment_method_options", "test_clock", "cash_balance",
	},
	"POST /v1/billing_portal/sessions": {"flow_data.subscription_cancel.retention"},
	"POST /v1/checkout/sessions": {
		"after_expiration", "custom_fields", "invoice_creation", "redirect_on_completion", "setup_intent_data", "shipping_address_collection",
		"shipping_options", "subscription_data.billing_cycle_anchor", "subscription_data.proration_behavior", "tax_id_collection", "ui_mode",
	},
	"POST /v1/customers":                  {"invoice_prefix", "next_invoice_sequence"},
	"POST /v1/customers/{customer}":       {"invoice_prefix", "next_invoice_sequence"},
	"POST /v1/invoiceitems":               {"unit_amount_decimal"},
	"POST /v1/invoiceitems/{invoiceitem}": {"unit_amount_decimal"},
	"POST /v1/invoices":                   {"effective_at", "from_invoice", "payment_settings", "shipping_cost"},
	"POST /v1/invoices/{invoice}":         {"effective_at", "payment_settings", "shipping_cost"},
	"POST /v1/invoices/{invoice}/pay":     {"forgive", "source"},
	"GET /v1/invoices/upcoming":           unsupportedInPreviews,
	"GET /v1/invoices/upcoming/lines":     unsupportedInPreviews,
	"POST /v1/payment_intents/{intent}/capture": {
		"final_capture",
	},
	"POST /v1/charges/{charge}/refunds": {"origin"},
	"POST /v1/refunds":                  {"origin"},
	"GET /v1/setup_intents":             {"attach_to_self"},
	"POST /v1/setup_intents":            {"attach_to_self", "flow_directions", "single_use"},
	"POST /v1/setup_intents/{intent}":   {"attach_to_self", "flow_directions"},
	"POST /v1/webhook_endpoints":        {"connect"},
}

var unsupportedInPreviews = []string{
	"customer_details", "invoice_items", "schedule", "subscription_cancel_at", "subscription_cancel_at_period_end", "subscription_cancel_now",
	"subscription_resume_at", "subscription_start_date", "subscription_trial_from_plan",
}

// defaults are the values that say what happens anyway, apart from false, which does so unless it is
// not among those named here.
var defaults = map[string][]any{
	"billing_scheme":         {"per_unit"},
	"final_capture":          {true},
	"flow_directions":        {"inbound"},
	"proration_behavior":     {"create_prorations"},
	"redirect_on_completion": {"always"},
	"request_three_d_secure": {"automatic"},
	"ui_mode":                {"hosted", "hosted_page"},
	"verification_method":    {"automatic"},
}

// refuseUnsupported refuses an operation's parameter that is unsupported and says something else than
// its default.
func refuseUnsupported(operation string, values map[string]any) error {
	return refuseInside(operation, values, "", "")
}

// refuseInside looks at one level of the parameters; path is as Stripe writes it, dotted as the table.
func refuseInside(operation string, value any, path, dotted string) error {
	switch value := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			inner, at, name := value[name], join(path, name), strings.TrimPrefix(dotted+"."+name, ".")
			if isUnsupported(operation, name) && !isDefault(name, inner) {
				return badParameter("", at, "stripetest has no "+at+": it would be without effect here, and isn't at Stripe.")
			}
			if err := refuseInside(operation, inner, at, name); err != nil {
				return err
			}
		}
	case []any:
		for i, inner := range value {
			if err := refuseInside(operation, inner, indexed(path, i), dotted); err != nil {
				return err
			}
		}
	}
	return nil
}

// isUnsupported tells nothing of metadata, where names are free.
func isUnsupported(operation, dotted string) bool {
	last := dotted[strings.LastIndex(dotted, ".")+1:]
	if slices.Contains(strings.Split(strings.TrimSuffix(dotted, "."+last), "."), "metadata") {
		return false
	}
	return slices.Contains(unsupported[""], last) || slices.Contains(unsupported[operation], dotted)
}

// isDefault tells a value that asks for nothing: one that is empty, its default, or made of such.
func isDefault(dotted string, value any) bool {
	switch value := value.(type) {
	case map[string]any:
		for name, inner := range value {
			if !isDefault(name, inner) {
				return false
			}
		}
		return true
	case []any:
		return !slices.ContainsFunc(value, func(inner any) bool { return !isDefault(dotted, inner) })
	}
	named, ok := defaults[dotted[strings.LastIndex(dotted, ".")+1:]]
	return value == "" || slices.Contains(named, value) || !ok && value == false
}
