package stripetest

import "strings"

// undocumentedOperations are what Stripe's own tools ask for and its API description doesn't tell:
// the page of a Checkout Session, as the Stripe CLI opens and confirms it. Their parameters are
// described by hand, under spec/undocumented.
var undocumentedOperations = map[string]operation{
	"GET /v1/payment_pages/{session}":          getPaymentPage,
	"POST /v1/payment_pages/{session}/confirm": confirmPaymentPage,
}

func getPaymentPage(c *call) (object, error) {
	session, err := c.lookup("checkout.session", c.pathID(), "")
	if err != nil {
		return nil, err
	}
	return paymentPage(session), nil
}

// paymentPage is how the page shows its session.
func paymentPage(session object) object {
	return object{
		"id": "ppage_" + strings.TrimPrefix(session.id(), "cs_"), "object": "checkout.session", "session_id": session.id(),
		"currency": session["currency"], "livemode": session["livemode"], "mode": session["mode"], "payment_status": session["payment_status"],
		"status": session["status"], "total_summary": object{"due": session["amount_total"], "subtotal": session["amount_subtotal"], "total": session["amount_total"]},
	}
}

// confirmPaymentPage pays the session with a payment method made before.
func confirmPaymentPage(c *call) (object, error) {
	session, err := c.lookup("checkout.session", c.pathID(), "")
	if err != nil {
		return nil, err
	}
	method, err := c.methodNamed(c.str("payment_method"), "payment_method")
	if err != nil {
		return nil, err
	}
	if c.has("expected_amount") && c.int("expected_amount") != session.int("amount_total") {
		return nil, badParameter("checkout_amount_mismatch", "expected_amount", "The amount expected by the page is not the session's.")
	}
	email := method.hash("billing_details").str("email")
	if email == "" {
		email = payerEmail
	}
	if err := c.payAs(session.id(), payer{card: cardOf(method), email: email, method: method}); err != nil {
		return nil, err
	}
	return paymentPage(session), nil
}
