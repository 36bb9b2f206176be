package stripetest

import (
	"cmp"
	"crypto/sha256"
)

// newPaymentMethod stores a card or bank account, attached to the customer when there is one: then
// the customer was there, and has authenticated for payments to come.
func (a *Account) newPaymentMethod(card Card, customer any, billing object) object {
	method := newObject("payment_method", object{
		"id": a.newID("pm"), "billing_details": billing, "created": a.now(), "customer": customer, "livemode": a.livemode,
		"metadata": object{}, "type": card.kind(), "_number": string(card), "_set_up": customer != nil,
	})
	switch card.kind() {
	case "sepa_debit":
		method.merge(object{"sepa_debit": object{
			"bank_code": string(card[4:9]), "branch_code": "", "country": string(card[:2]), "fingerprint": a.fingerprint(card),
			"generated_from": object{"charge": nil, "setup_attempt": nil}, "last4": last4(card),
		}})
	case "us_bank_account":
		method.merge(object{"us_bank_account": object{
			"account_holder_type": "individual", "account_type": "checking", "bank_name": "STRIPE TEST BANK", "financial_connections_account": nil,
			"fingerprint": a.fingerprint(card), "last4": last4(card), "routing_number": "110000000", "status_details": object{},
			"networks": object{"preferred": "ach", "supported": []string{"ach"}},
		}})
	default:
		method.merge(object{"card": a.cardFields(card)})
	}
	return a.add(method)
}

func (a *Account) cardFields(card Card) object {
	brand, funding := cmp.Or(cards[card].brand, "unknown"), cmp.Or(cards[card].funding, "credit")
	return object{
		"brand": brand, "country": "US", "exp_month": 12, "exp_year": a.server.clock.now().Year() + 3, "fingerprint": a.fingerprint(card),
		"funding": funding, "generated_from": nil, "last4": last4(card), "wallet": nil,
		"checks":               object{"address_line1_check": nil, "address_postal_code_check": nil, "cvc_check": "pass"},
		"networks":             object{"available": []string{brand}, "preferred": nil},
		"three_d_secure_usage": object{"supported": true},
	}
}

// fingerprint is the same for each payment method of a number, as Stripe's tells duplicates.
func (a *Account) fingerprint(card Card) string {
	out := make([]byte, 16)
	sum := sha256.Sum256([]byte(a.id + string(card)))
	for i := range out {
		out[i] = base62[int(sum[i])%len(base62)]
	}
	return string(out)
}

func last4(card Card) string { return string(card[max(0, len(card)-4):]) }

// cardOf is the number behind a payment method.
func cardOf(method object) Card { return Card(method.str("_number")) }

// UseCard gives a customer another card, as if entered in the customer portal: it becomes the
// default of the customer and of the customer's subscriptions, and the next charge takes it. The
// customer passes the authentication that the card asks for, so that it is set up for payments off
// session, which a card that was merely attached is not.
func (a *Account) UseCard(customerID string, card Card) error {
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	customer, err := a.lookup("customer", customerID, "customer")
	if err != nil {
		return err
	}
	return a.useCard(customer, card)
}

func (a *Account) useCard(customer object, card Card) error {
	if failed := card.store(); failed != nil {
		return failed
	}
	method := a.newPaymentMethod(card, customer.id(), billingOf(customer))
	a.emit("payment_method.attached", method, nil)
	a.change(customer, "customer.updated", func() {
		customer.hash("invoice_settings")["default_payment_method"] = method.id()
	})
	for _, id := range a.order["subscription"] {
		if s := a.objects[id]; s.str("customer") == customer.id() && s["default_payment_method"] != nil && s.str("status") != "canceled" {
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
