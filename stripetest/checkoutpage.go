package stripetest

import (
	"net/http"
	"net/mail"
	"net/url"
	"strings"
)

// checkoutPage is where a Checkout Session's customer pays.
func checkoutPage(v *visit) screen {
	a, session := v.server.accountOf("checkout.session", v.id)
	if session == nil {
		return noPage()
	}
	switch status := session.str("status"); {
	case status == "expired":
		return a.closed(http.StatusGone, "This payment page has expired", "Nothing was paid. Go back and begin again.",
			session.str("cancel_url"), "Back to "+a.name)
	case status == "complete" && v.post(): // sent twice
		return goTo(successURL(session))
	case status == "complete":
		return a.closed(http.StatusOK, "This payment is complete", "There is nothing left to pay here.", successURL(session), "Continue to "+a.name)
	case v.post():
		return a.checkOut(v, session)
	}
	return a.checkoutScreen(session, v.form, refusedBefore(session))
}

// checkOut pays what the form sends, by way of the bank's page for a card that asks for
// authentication.
func (a *Account) checkOut(v *visit, session object) screen {
	delete(session, "_refused")
	delete(session, "_entered")
	email, wrong := a.typedEmail(session, v.form)
	card, wrongCard := readCard(v.form, v.server.clock.now())
	if wrong == nil {
		wrong = wrongCard
	}
	session["_email"] = email
	if _, err := a.openSession(session.id()); wrong == nil && err != nil {
		wrong = problemOf(err, "")
	}
	if wrong == nil && card.asks() {
		a.askPayer(session, payer{card: card, email: email}, v.server.baseURL(v.http))
		return goTo(v.root + "authenticate/" + session.id())
	}
	if wrong == nil {
		wrong = problemOf(a.pay(session.id(), card, email), cardField(v.form))
	}
	if wrong == nil {
		return goTo(successURL(session))
	}
	return a.checkoutScreen(session, v.form, wrong)
}

// cardField is the input a card came from.
func cardField(form url.Values) string {
	if form.Get("card") == "other" {
		return "number"
	}
	return "card"
}

// typedEmail is the address the receipt goes to. A session whose customer is known needs none.
func (a *Account) typedEmail(session object, form url.Values) (string, *problem) {
	if known := a.knownEmail(session); known != "" {
		return known, nil
	}
	email := strings.TrimSpace(form.Get("email"))
	if email == "" && !emailRequired(session) {
		return "", nil
	}
	if email == "" {
		return "", formProblem("email", "Enter your e-mail address.")
	}
	if address, err := mail.ParseAddress(email); err != nil || address.Address != email {
		return "", formProblem("email", "Enter a complete e-mail address, such as "+payerEmail+".")
	}
	return email, nil
}

// knownEmail is what the merchant has told. A customer that an earlier card of this session made has
// typed theirs, and may type another.
func (a *Account) knownEmail(session object) string {
	if email := session.str("customer_email"); email != "" {
		return email
	}
	if session["customer_creation"] != nil {
		return ""
	}
	return a.find("customer", session.str("customer")).str("email")
}

// emailRequired tells a session that knows no customer yet.
func emailRequired(session object) bool {
	return session["customer"] == nil || session["customer_creation"] != nil
}

// refusedBefore is why the session's last authentication failed, for the page the customer comes
// back to.
func refusedBefore(session object) *problem {
	if text := session.str("_refused"); text != "" {
		return &problem{Text: text}
	}
	return nil
}
