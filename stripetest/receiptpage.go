package stripetest

import (
	"fmt"
	"net/http"
	"time"
)

// receiptPage shows what a charge's receipt_url leads to.
func receiptPage(v *visit) screen {
	a, charge := v.server.accountOf("charge", v.id)
	if charge == nil || charge["receipt_url"] == nil {
		return noPage()
	}
	details := charge.hash("payment_method_details")
	state := map[bool]string{true: "paid", false: "authorized"}[charge.bool("captured")]
	text := fmt.Sprintf("%s %s on %s with the %s ending in %s.", money(charge.int("amount"), charge.str("currency")), state,
		time.Unix(charge.int("created"), 0).UTC().Format("January 2, 2006"), spoken(details.str("type")), details.hash(details.str("type")).str("last4"))
	if refunded := charge.int("amount_refunded"); refunded > 0 {
		text += " " + money(refunded, charge.str("currency")) + " refunded."
	}
	return a.closed(http.StatusOK, "Receipt", text, "", "")
}

// spoken is what people call a type of payment method.
func spoken(kind string) string {
	if kind == "card" {
		return "card"
	}
	return "bank account"
}
