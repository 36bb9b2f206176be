package stripetest

import (
	"fmt"
	"net/url"
	"strings"
)

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
		Back: linkable(session.str("cancel_url")), Email: email, Locked: email != "", EmailRequired: emailRequired(session),
		Card: newCardForm(session.strings("payment_method_types"), sent, wrong),
	}
	if email == "" {
		view.Email, view.Card.Focus = sent.Get("email"), "email"
		if view.Email == "" {
			view.Email = session.str("_email")
		}
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
