package stripetest

// Since 2025-09-30.clover a discount, and a promotion code, names its coupon without including it.
func discountAdds(discount object, _ func(name, id string) object) {
	discount.addTo("source", couponSource(discount))
}

func promotionAdds(code object, _ func(name, id string) object) {
	code.addTo("promotion", couponSource(code))
}

func couponSource(o object) object {
	return object{"type": "coupon", "coupon": o.reference("coupon")}
}
