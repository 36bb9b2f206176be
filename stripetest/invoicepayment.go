package stripetest

// invoicePayment is the payment of an invoice as 2025-03-31.basil tells it, nil for an invoice that has
// none or was paid outside Stripe. It is made of the invoice each time: the server's invoices have one
// payment at most.
func (a *Account) invoicePayment(invoice object) object {
	intent := invoice.reference("payment_intent")
	if intent == nil || invoice.bool("paid_out_of_band") {
		return nil
	}
	payment := object{
		"id": "inpay_" + invoice.id()[len("in_"):], "object": "invoice_payment", "amount_paid": nil,
		"amount_requested": invoice.int("amount_due"), "created": invoice.int("created"), "currency": invoice.str("currency"),
		"invoice": invoice.id(), "is_default": true, "livemode": invoice.bool("livemode"), "status": "open",
		"payment":            object{"type": "payment_intent", "payment_intent": intent},
		"status_transitions": object{"canceled_at": nil, "paid_at": nil},
	}
	switch invoice.str("status") {
	case "paid":
		payment.merge(object{"status": "paid", "amount_paid": invoice.int("amount_paid")})
		payment["status_transitions"] = object{"canceled_at": nil, "paid_at": invoice.hash("status_transitions")["paid_at"]}
	case "void":
		payment["status"] = "canceled"
	}
	return payment.clone()
}

// invoicePayments is the list an invoice leaves out unless it is expanded. The invoice may have lost
// its payment's id to its shape, so the stored one is asked.
func invoicePayments(a *Account, invoice object) object {
	var payments []object
	if stored := a.find("invoice", invoice.id()); stored != nil {
		if payment := a.invoicePayment(stored); payment != nil {
			payments = append(payments, payment)
		}
	}
	return listOf("/v1/invoice_payments?invoice="+invoice.id(), payments)
}

// tellPayment emits invoice_payment.paid after the events of an invoice that was paid, where anyone can
// understand it: in an account, or for an endpoint, of basil or later.
func (a *Account) tellPayment(invoice object) {
	if payment := a.invoicePayment(invoice); payment != nil && a.knows(basil) {
		a.emit("invoice_payment.paid", payment, nil)
	}
}

// knows tells whether the account, or an endpoint that is pinned, is of the release or later.
func (a *Account) knows(since release) bool {
	if mustRelease(a.version) >= since {
		return true
	}
	for _, e := range a.endpoints {
		if e.version != "" && mustRelease(e.version) >= since {
			return true
		}
	}
	return false
}
