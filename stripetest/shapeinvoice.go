package stripetest

// invoiceRemoved moved in 2025-03-31.basil: what an invoice is for to parent, how it was paid to the
// payments list, which an answer leaves out unless expanded, and taxes to total_taxes.
var invoiceRemoved = []string{
	"subscription", "subscription_details", "subscription_proration_date", "quote",
	"payment_intent", "charge", "paid", "paid_out_of_band", "application_fee_amount", "transfer_data",
	"tax", "total_tax_amounts", "discount",
}

func invoiceAdds(invoice object, _ func(name, id string) object) {
	var parent any
	if id := invoice.reference("subscription"); id != nil {
		details := object{"subscription": id, "metadata": invoice.hash("subscription_details")["metadata"]}
		if at := invoice["subscription_proration_date"]; at != nil {
			details["subscription_proration_date"] = at
		}
		parent = object{"type": "subscription_details", "quote_details": nil, "subscription_details": details}
	}
	invoice.addTo("parent", parent)
	invoice.addTo("total_taxes", taxesOf(invoice, "total_tax_amounts"))
}

// taxesOf is a list of tax amounts as basil shows it.
func taxesOf(o object, field string) []object {
	out := []object{}
	for _, tax := range o.data(field) {
		behavior := "exclusive"
		if tax.bool("inclusive") {
			behavior = "inclusive"
		}
		out = append(out, object{
			"amount": tax["amount"], "tax_behavior": behavior, "taxability_reason": tax["taxability_reason"],
			"taxable_amount": tax["taxable_amount"], "type": "tax_rate_details",
			"tax_rate_details": object{"tax_rate": tax.reference("tax_rate")},
		})
	}
	return out
}
