package stripetest

import (
	"fmt"
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
	if email == "" && session["customer"] != nil {
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

func (a *Account) knownEmail(session object) string {
	if email := session.str("customer_email"); email != "" {
		return email
	}
	return a.find("customer", session.str("customer")).str("email")
}

// refusedBefore is why the session's last authentication failed, for the page the customer comes
// back to.
func refusedBefore(session object) *problem {
	if text := session.str("_refused"); text != "" {
		return &problem{Field: "card", Text: text}
	}
	return nil
}

// checkoutView is what the payment page shows.
type checkoutView struct {
	Heading, Back string
	Total, Then   string
	Lines, Sums   []amountLine
	Due           string
	Email         string
	Locked        bool // the e-mail is the customer's, and not to be typed
	EmailRequired bool
	Card          cardForm
	Button        string
}

// amountLine is a name with an amount of money.
type amountLine struct{ Name, Detail, Amount string }

func (a *Account) checkoutScreen(session object, sent url.Values, wrong *problem) screen {
	email := a.knownEmail(session)
	view := checkoutView{
		Back: session.str("cancel_url"), Email: email, Locked: email != "", EmailRequired: session["customer"] == nil,
		Card: newCardForm(session.strings("payment_method_types"), sent, wrong),
	}
	if email == "" {
		view.Email = sent.Get("email")
		view.Card.Focus = "email"
	}
	a.priceView(&view, session)
	shown := screen{document: "checkout", title: view.Heading, business: a.name, view: view, targets: []string{session.str("success_url")}}
	if wrong != nil {
		shown.status, shown.title = wrong.status, "Error: "+view.Heading
	}
	return shown
}

// priceView fills in what is paid, now and later.
func (a *Account) priceView(view *checkoutView, session object) {
	currency, total := session.str("currency"), session.int("amount_total")
	var recurring int64
	first := session.data("_line_items")[0]
	for _, line := range session.data("_line_items") {
		price := line.hash("price")
		view.Lines = append(view.Lines, amountLine{line.str("description"), lineDetail(line), money(line.int("amount_subtotal"), currency)})
		if price.hash("recurring") != nil {
			recurring += line.int("amount_total")
			first = line
		}
	}
	for _, sum := range []struct{ field, name string }{{"amount_discount", "Discount"}, {"amount_tax", "Tax"}, {"amount_shipping", "Shipping"}} {
		if n := session.hash("total_details").int(sum.field); n > 0 {
			view.Sums = append(view.Sums, amountLine{Name: sum.name, Amount: money(n, currency)})
		}
	}
	view.Total, view.Due = money(total, currency), money(total, currency)
	if session.str("mode") == "payment" {
		view.Heading, view.Button = "Pay "+a.name, submitText(session)+" "+view.Due
		return
	}
	a.subscriptionView(view, session, first, recurring)
}

// lineDetail tells how a line's amount comes about, where that isn't plain.
func lineDetail(line object) string {
	price := line.hash("price")
	if line.int("quantity") > 1 || price.hash("recurring") != nil {
		return manyOf(line.int("quantity"), price)
	}
	return ""
}

// submitText is the button's verb, as the session's submit_type asks.
func submitText(session object) string {
	switch session.str("submit_type") {
	case "book":
		return "Book for"
	case "donate":
		return "Donate"
	}
	return "Pay"
}

// subscriptionView says what recurs, from when.
func (a *Account) subscriptionView(view *checkoutView, session, line object, recurring int64) {
	view.Heading, view.Button = "Subscribe to "+line.str("description"), "Subscribe"
	price := line.hash("price")
	again := money(recurring, session.str("currency")) + interval(price)
	view.Then = strings.TrimSpace(interval(price))
	if recurring != session.int("amount_total") {
		view.Then = "due today, then " + again
	}
	trial := a.trialEnd(session.hash("_subscription_data"))
	if trial == 0 {
		return
	}
	view.Heading, view.Button = "Try "+line.str("description"), "Start trial"
	view.Total, view.Then = fmt.Sprintf("%d days free", (trial-a.now()+86399)/86400), "then "+again
	view.Due = money(session.int("amount_total")-recurring, session.str("currency"))
}
