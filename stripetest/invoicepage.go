package stripetest

import (
	"net/http"
	"strings"
	"time"
)

// invoicePage shows a finalized invoice, takes the payment of an open one, and below it answers the
// invoice as a PDF.
func invoicePage(v *visit) screen {
	id, part, _ := strings.Cut(v.id, "/")
	a, invoice := v.server.accountOf("invoice", id)
	if invoice == nil || invoice.str("status") == "draft" || part != "" && part != "pdf" {
		return noPage()
	}
	switch {
	case part == "pdf":
		return screen{file: a.invoicePDF(invoice), kind: "application/pdf"}
	case v.post() && payable(invoice):
		return a.payHosted(v, invoice)
	case v.post(): // sent twice
		return goTo(id)
	}
	return a.invoiceScreen(v, invoice, refusedBefore(invoice))
}

func payable(invoice object) bool {
	status := invoice.str("status")
	return status == "open" || status == "uncollectible"
}

// payHosted charges the invoice to the card its customer enters.
func (a *Account) payHosted(v *visit, invoice object) screen {
	delete(invoice, "_refused")
	card, wrong := readCard(v.form, v.server.clock.now())
	if _, known := cards[card]; wrong == nil && (!known || card.kind() != "card") {
		wrong = &problem{Field: cardField(v.form), Text: Card("").charge(false).Message, status: http.StatusPaymentRequired}
	}
	if wrong != nil {
		return a.invoiceScreen(v, invoice, wrong)
	}
	method := a.newPaymentMethod(card, nil, billingOf(a.find("customer", invoice.str("customer"))))
	if failed := a.attempt(invoice, attempt{method: method, base: v.server.baseURL(v.http)}); failed != nil {
		return a.invoiceScreen(v, invoice, problemOf(failed, cardField(v.form)))
	}
	if intent := a.find("payment_intent", invoice.str("payment_intent")); intent.str("status") == "requires_action" {
		intent["_page"] = "invoice/" + invoice.id()
		return goTo(v.root + "authenticate/" + intent.id())
	}
	return goTo(invoice.id())
}

// invoiceView is what an invoice's page shows.
type invoiceView struct {
	Number, Status, State string
	To, Due, Issued, Paid string
	Lines                 []amountLine
	Sums                  []amountLine
	Amount                string
	PDF                   string
	Open                  bool
	Card                  cardForm
}

func (a *Account) invoiceScreen(v *visit, invoice object, wrong *problem) screen {
	view := a.invoiceView(invoice)
	view.PDF, view.Open = invoice.id()+"/pdf", payable(invoice)
	view.Card = newCardForm([]string{"card"}, v.form, wrong)
	shown := screen{document: "invoice", title: "Invoice " + view.Number, business: a.name, view: view}
	if wrong != nil {
		shown.status, shown.title = wrong.status, "Error: "+shown.title
	}
	return shown
}

func (a *Account) invoiceView(invoice object) invoiceView {
	currency := invoice.str("currency")
	view := invoiceView{
		Number: invoice.str("number"), Status: invoiceStatus(invoice), State: invoiceState(invoice), To: invoice.str("customer_email"),
		Issued: day(invoice.hash("status_transitions").int("finalized_at")), Amount: money(invoice.int("amount_due"), currency),
	}
	if due := invoice.int("due_date"); due > 0 && payable(invoice) {
		view.Due = day(due)
	}
	if paid := invoice.hash("status_transitions").int("paid_at"); paid > 0 {
		view.Paid = day(paid)
	}
	for _, line := range invoice.data("lines") {
		detail := ""
		if period := line.hash("period"); period.int("end") > period.int("start") {
			detail = day(period.int("start")) + " – " + day(period.int("end"))
		}
		view.Lines = append(view.Lines, amountLine{line.str("description"), detail, money(line.int("amount"), currency)})
	}
	view.Sums = invoiceSums(invoice)
	return view
}

// invoiceSums are the lines below an invoice's own: what comes off, and what is left.
func invoiceSums(invoice object) []amountLine {
	currency := invoice.str("currency")
	var out []amountLine
	for _, discount := range invoice.data("total_discount_amounts") {
		out = append(out, amountLine{Name: "Discount", Amount: money(-discount.int("amount"), currency)})
	}
	if n := invoice.int("tax"); n != 0 {
		out = append(out, amountLine{Name: "Tax", Amount: money(n, currency)})
	}
	out = append(out, amountLine{Name: "Total", Amount: money(invoice.int("total"), currency)})
	if n := invoice.int("ending_balance") - invoice.int("starting_balance"); n > 0 {
		out = append(out, amountLine{Name: "Applied balance", Amount: money(-n, currency)})
	}
	return append(out, amountLine{Name: "Amount due", Amount: money(invoice.int("amount_remaining"), currency)})
}

// invoiceState is an invoice's status as the stylesheet names it: what failed is told from what is open.
func invoiceState(invoice object) string {
	if status := invoice.str("status"); status != "open" || invoice.int("attempt_count") == 0 {
		return status
	}
	return "failed"
}

// invoiceStatus is an invoice's status in words for its customer.
func invoiceStatus(invoice object) string {
	state := invoiceState(invoice)
	if state == "failed" {
		return "Payment failed"
	}
	return strings.ToUpper(state[:1]) + state[1:]
}

// day writes the date of a moment as people read it.
func day(at int64) string { return time.Unix(at, 0).UTC().Format("Jan 2, 2006") }
