package stripeoracle

// unlisted are fields, by schema, that Stripe answers in 2023-10-16 though its description of that
// version doesn't list them. The first group is what later versions added: additions leak into old
// versions, removals don't. The second is what Stripe stopped documenting without taking it away.
var unlisted = map[string][]string{
	"charge":            {"payment_details"},
	"checkout.session":  {"adaptive_pricing", "collected_information", "discounts", "permissions"},
	"discount":          {"source"},
	"invoice":           {"parent", "total_taxes", "issuer"},
	"invoiceitem":       {"parent", "pricing"},
	"line_item":         {"parent", "plan", "pricing", "taxes"},
	"payment_intent":    {"payment_details"},
	"subscription_item": {"current_period_start", "current_period_end", "discounts", "plan"},

	"payment_pages_checkout_session_automatic_tax": {"liability"},
	"subscription_automatic_tax":                   {"liability"},
	"automatic_tax":                                {"liability"},

	"product":      {"attributes", "type"},
	"recurring":    {"trial_period_days"},
	"subscription": {"billing_mode", "discounts", "plan", "quantity"},
	"":             {"total_count"}, // of lists
}

// undocumented is a path that no description has; Stripe's own command line and hosted pages use it.
const undocumented = "/v1/payment_pages/"
