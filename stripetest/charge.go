package stripetest

var chargeOperations = map[string]operation{
	"POST /v1/charges":                  createCharge,
	"GET /v1/charges":                   list("charge", "customer", "payment_intent", "transfer_group"),
	"GET /v1/charges/{charge}":          retrieve("charge"),
	"POST /v1/charges/{charge}":         updateCharge,
	"POST /v1/charges/{charge}/capture": captureCharge,
}

// newCharge stores the charge of an attempt, failed or not.
func (a *Account) newCharge(intent, method object, failed *Error) object {
	amount, id := intent.int("amount"), a.newID("ch")
	charge := newObject("charge", object{
		"id": id, "amount": amount, "amount_captured": amount, "amount_refunded": 0,
		"billing_details": method["billing_details"], "calculated_statement_descriptor": "STRIPETEST", "captured": true,
		"created": a.now(), "currency": intent.str("currency"), "customer": intent["customer"], "description": intent["description"],
		"disputed": false, "fraud_details": object{}, "invoice": intent["invoice"], "livemode": a.livemode,
		"metadata": intent["metadata"], "paid": true, "payment_intent": intent["id"], "payment_method": method.id(), "refunded": false,
		"receipt_email": intent["receipt_email"], "receipt_url": a.server.base + "/receipt/" + id, "shipping": intent["shipping"], "status": "succeeded",
		"statement_descriptor": intent["statement_descriptor"], "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
		"transfer_group": intent["transfer_group"], "payment_method_details": chargedWith(method, amount), "_number": method["_number"],
		"outcome": object{
			"network_status": "approved_by_network", "reason": nil, "risk_level": "normal", "risk_score": 20,
			"seller_message": "Payment complete.", "type": "authorized",
		},
	})
	delete(charge, "refunds") // left out unless expanded
	if failed != nil {
		failCharge(charge, failed)
	}
	return a.add(charge)
}

func failCharge(charge object, failed *Error) {
	var reason any
	if failed.DeclineCode != "" {
		reason = failed.DeclineCode
	}
	charge.merge(object{
		"amount_captured": 0, "captured": false, "paid": false, "status": "failed",
		"receipt_url": nil, "failure_code": failed.Code, "failure_message": failed.Message,
		"outcome": object{
			"network_status": "declined_by_network", "reason": reason, "risk_level": "normal", "risk_score": 20,
			"seller_message": "The bank did not return any further details with this decline.", "type": "issuer_declined",
		},
	})
}

// chargedWith tells of the method what a charge keeps.
func chargedWith(method object, amount int64) object {
	kind := method.str("type")
	from := method.hash(kind)
	details := object{"fingerprint": from["fingerprint"], "last4": from["last4"]}
	switch kind {
	case "sepa_debit":
		details.merge(object{"bank_code": from["bank_code"], "branch_code": "", "country": from["country"], "mandate": nil})
	case "us_bank_account":
		details.merge(object{
			"account_holder_type": from["account_holder_type"], "account_type": from["account_type"],
			"bank_name": from["bank_name"], "routing_number": from["routing_number"],
		})
	default:
		details.merge(object{
			"amount_authorized": amount, "brand": from["brand"], "checks": from["checks"], "country": "US",
			"exp_month": from["exp_month"], "exp_year": from["exp_year"], "funding": from["funding"],
			"installments": nil, "mandate": nil, "network": from["brand"], "three_d_secure": nil, "wallet": nil,
		})
	}
	return object{"type": kind, kind: details}
}

func updateCharge(c *call) (object, error) {
	charge, err := c.lookup("charge", c.pathID(), "")
	if err != nil {
		return nil, err
	}
	if charge["customer"] != nil && c.has("customer") && c.get("customer") != charge["customer"] {
		return nil, badParameter("", "customer", "The charge already belongs to a customer.")
	}
	c.change(charge, "charge.updated", func() {
		c.copyTo(charge, "customer", "description", "receipt_email", "shipping", "transfer_group")
		c.hash("fraud_details").copyTo(charge.hash("fraud_details"), "user_report")
		c.metadataTo(charge)
	})
	return charge, nil
}
