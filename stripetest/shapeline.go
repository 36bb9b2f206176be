package stripetest

// What a line bills moved in 2025-03-31.basil: the price to pricing, where it comes from to parent.
var (
	lineRemoved = []string{
		"price", "plan", "type", "subscription_item", "invoice_item", "proration", "proration_details",
		"tax_amounts", "tax_rates", "amount_excluding_tax", "unit_amount_excluding_tax",
	}
	invoiceItemRemoved = []string{"price", "plan", "subscription", "subscription_item", "unit_amount", "unit_amount_decimal"}
)

func lineAdds(line object, _ func(name, id string) object) {
	details := object{
		"invoice_item": line["invoice_item"], "proration": line.bool("proration"),
		"proration_details": line["proration_details"], "subscription": line["subscription"],
	}
	parent := object{"type": "invoice_item_details", "invoice_item_details": details, "subscription_item_details": nil}
	if line.str("type") == "subscription" {
		details["subscription_item"] = line["subscription_item"]
		parent = object{"type": "subscription_item_details", "invoice_item_details": nil, "subscription_item_details": details}
	}
	line.addTo("parent", parent)
	line.addTo("pricing", pricingOf(line))
	line.addTo("taxes", taxesOf(line, "tax_amounts"))
}

func invoiceItemAdds(item object, _ func(name, id string) object) {
	var parent any
	if id := item.reference("subscription"); id != nil {
		parent = object{"type": "subscription_details", "subscription_details": object{
			"subscription": id, "subscription_item": item["subscription_item"],
		}}
	}
	item.addTo("parent", parent)
	item.addTo("pricing", pricingOf(item))
}

// pricingOf is null for a line without a price.
func pricingOf(line object) any {
	price := line.hash("price")
	if price == nil {
		return nil
	}
	return object{
		"type": "price_details", "unit_amount_decimal": price["unit_amount_decimal"],
		"price_details": object{"price": price.id(), "product": price.reference("product")},
	}
}
