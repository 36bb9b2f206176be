package stripetest

// newPaymentMethod stores a card, attached to the customer when there is one.
func (a *Account) newPaymentMethod(card Card, customer any, billing object) object {
	year := a.server.clock.now().Year()
	return a.add(newObject("payment_method", object{
		"id": a.newID("pm"), "billing_details": billing, "created": a.now(), "customer": customer, "livemode": a.livemode,
		"metadata": object{}, "type": "card", "_number": string(card),
		"card": object{
			"brand": cards[card].brand, "country": "US", "exp_month": 12, "exp_year": year + 3, "fingerprint": a.server.random(16),
			"funding": "credit", "generated_from": nil, "last4": last4(card), "wallet": nil,
			"checks":               object{"address_line1_check": nil, "address_postal_code_check": nil, "cvc_check": "pass"},
			"networks":             object{"available": []string{cards[card].brand}, "preferred": nil},
			"three_d_secure_usage": object{"supported": true},
		},
	}))
}

func last4(card Card) string { return string(card[max(0, len(card)-4):]) }

// cardOf is the number behind a payment method.
func cardOf(method object) Card { return Card(method.str("_number")) }

// UseCard gives a customer another card, as if entered in the customer portal: it becomes the
// default of the customer and of the customer's subscriptions, and the next charge takes it.
func (a *Account) UseCard(customerID string, card Card) error {
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	customer, err := a.lookup("customer", customerID, "customer")
	if err != nil {
		return err
	}
	if failed := card.store(); failed != nil {
		return failed
	}
	method := a.newPaymentMethod(card, customer.id(), billingOf(customer))
	a.emit("payment_method.attached", method, nil)
	a.change(customer, "customer.updated", func() {
		customer.hash("invoice_settings")["default_payment_method"] = method.id()
	})
	for _, id := range a.order["subscription"] {
		if s := a.objects[id]; s.str("customer") == customerID && s["default_payment_method"] != nil && s.str("status") != "canceled" {
			a.change(s, "customer.subscription.updated", func() { s["default_payment_method"] = method.id() })
		}
	}
	return nil
}

func billingOf(customer object) object {
	return object{"address": noAddress(), "email": customer["email"], "name": customer["name"], "phone": customer["phone"]}
}

func noAddress() object {
	return object{"city": nil, "country": nil, "line1": nil, "line2": nil, "postal_code": nil, "state": nil}
}
