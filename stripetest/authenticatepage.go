package stripetest

import (
	"errors"
	"net/http"
	"net/url"
)

// notYou is what a customer reads whose bank didn't know them.
const notYou = "We are unable to authenticate your payment method. Please choose a different payment method and try again."

// authenticatePage stands for the page of the customer's bank. Its form says how the authentication
// of a Checkout Session's card ends, of a portal session's, or of an intent.
func authenticatePage(v *visit) screen {
	if a, session := v.server.accountOf("checkout.session", v.id); session != nil {
		return a.authenticateSession(v, session)
	}
	if a, session := v.server.accountOf("billing_portal.session", v.id); session != nil {
		return a.authenticatePortal(v, session)
	}
	for _, kind := range []string{"payment_intent", "setup_intent"} {
		if a, intent := v.server.accountOf(kind, v.id); intent != nil {
			return a.authenticateIntent(v, intent)
		}
	}
	return noPage()
}

func (v *visit) passed() bool { return v.form.Get("result") == "complete" }

// askScreen is the bank's question; target is where an answer leads.
func (a *Account) askScreen(asks string, card Card, target string) screen {
	return screen{document: "authenticate", title: "Authentication", business: a.name, targets: []string{target},
		view: a.name + " " + asks + " the card that ends in " + last4(card) + "."}
}

func (a *Account) authenticateSession(v *visit, session object) screen {
	back := v.root + "pay/" + session.id()
	entered := session.hash("_entered")
	switch {
	case session.str("status") == "complete" && v.post(): // sent twice
		return goTo(successURL(session))
	case session.str("status") != "open" || entered == nil:
		return goTo(back)
	case !v.post():
		amount := money(session.int("amount_total"), session.str("currency"))
		return a.askScreen("asks for "+amount+" from", Card(entered.str("card")), session.str("success_url"))
	}
	if err := a.answerSession(session, v.passed()); err != nil {
		session["_refused"] = refusal(err)
		return goTo(back)
	}
	return goTo(successURL(session))
}

// refusal is the text for the customer about an authentication that failed, or a payment after it.
func refusal(err error) string {
	var failed *Error
	if errors.As(err, &failed) && failed.Code == "payment_intent_authentication_failure" {
		return notYou
	}
	return problemOf(err, "").Text
}

// authenticatePortal saves the card that waits in a portal session.
func (a *Account) authenticatePortal(v *visit, session object) screen {
	card := Card(session.str("_card"))
	back := v.root + "portal/" + session.id()
	switch {
	case card == "" || a.portalExpired(session):
		return goTo(back)
	case !v.post():
		return a.askScreen("asks to save", card, "")
	}
	delete(session, "_card")
	if !v.passed() {
		session["_refused"] = notYou
		return goTo(back)
	}
	if err := a.useCard(a.find("customer", session.str("customer")), card); err != nil {
		session["_refused"] = refusal(err)
		return goTo(back)
	}
	return a.portalDone(v, session, "card")
}

// authenticateIntent answers the next action of an intent.
func (a *Account) authenticateIntent(v *visit, intent object) screen {
	switch {
	case intent.str("_session") != "":
		return goTo(v.root + "authenticate/" + intent.str("_session"))
	case intent.str("status") != "requires_action" && intent.str("_page") != "":
		return goTo(v.root + intent.str("_page"))
	case intent.str("status") != "requires_action":
		return a.closed(http.StatusNotFound, "There is nothing to authenticate", "This "+intent.name()+" requires no action.", "", "")
	case !v.post():
		asks := "asks to save"
		if intent.name() == "payment_intent" {
			asks = "asks for " + money(intent.int("amount"), intent.str("currency")) + " from"
		}
		return a.askScreen(asks, cardOf(a.find("payment_method", intent.str("payment_method"))), intent.str("_return_url"))
	}
	err := a.authenticate(intent.id(), v.passed())
	if err == nil && !v.passed() {
		err = notAuthenticated("payment_intent")
	}
	return a.intentDone(v, intent, err)
}

// intentDone goes back to the page of this server that began an authentication, or to the intent's
// return_url.
func (a *Account) intentDone(v *visit, intent object, err error) screen {
	result := "succeeded"
	if err != nil {
		result = "failed"
	}
	target := intent.str("_return_url")
	switch {
	case intent.str("_page") != "":
		if err != nil {
			a.find("invoice", intent.str("invoice"))["_refused"] = refusal(err)
		}
		return goTo(v.root + intent.str("_page"))
	case target == "":
		return a.closed(http.StatusOK, "Done", "You can close this page.", "", "")
	}
	return goTo(withQuery(target, url.Values{
		intent.name(): {intent.id()}, intent.name() + "_client_secret": {intent.str("client_secret")}, "redirect_status": {result},
	}))
}

// withQuery adds to the query of a link that may have one.
func withQuery(link string, query url.Values) string {
	u, err := url.Parse(link)
	if err != nil {
		return link
	}
	all := u.Query()
	for name, values := range query {
		all[name] = values
	}
	u.RawQuery = all.Encode()
	return u.String()
}
