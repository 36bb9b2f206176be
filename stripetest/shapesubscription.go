package stripetest

// Since 2025-03-31.basil each item has a billing period of its own, and the subscription none.
func subscriptionAdds(s object, _ func(name, id string) object) {
	for _, item := range s.data("items") {
		addPeriod(item, s)
	}
	discounts := []any{}
	if discount := s.hash("discount"); discount != nil {
		discounts = append(discounts, discount.id())
	}
	s.addTo("discounts", discounts)
	s.addTo("billing_mode", object{"type": "classic"})
}

// itemAdds gives an item that is shown alone the period of its subscription.
func itemAdds(item object, find func(name, id string) object) {
	if s := find("subscription", item.str("subscription")); s != nil {
		addPeriod(item, s)
	}
	item.addTo("discounts", []any{})
}

func addPeriod(item, s object) {
	for _, field := range []string{"current_period_start", "current_period_end"} {
		if at, ok := s[field]; ok {
			item.addTo(field, at)
		}
	}
}
