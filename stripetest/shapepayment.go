package stripetest

// Since 2025-03-31.basil an intent doesn't name its invoice, which may have several payments. The
// intent of a subscription's invoice keeps the id as its order reference.
func intentAdds(intent object, _ func(name, id string) object) {
	if invoice := intent.reference("invoice"); invoice != nil {
		intent.addTo("payment_details", object{"customer_reference": nil, "order_reference": invoice})
	}
}
