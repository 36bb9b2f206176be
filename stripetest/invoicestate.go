package stripetest

import (
	"fmt"
	"time"
)

// draftTime is how long a renewal's invoice stays a draft.
const draftTime = time.Hour

// advanceLater finalizes and collects a draft by itself once its draft time is over.
func (a *Account) advanceLater(invoice object) {
	a.timers[invoice.id()] = a.server.at(a.server.clock.now().Add(draftTime), func() {
		if invoice.str("status") != "draft" || !invoice.bool("auto_advance") || a.holdPaused(invoice) {
			return
		}
		_ = a.collectNow(invoice, scheduled)
	})
}

// scheduled is how the clock collects.
var scheduled = attempt{automatic: true, offSession: true}

// collectNow finalizes a draft, then charges it, sends it, or leaves its payment for somebody to
// confirm. It returns why a charge failed, which the objects tell too.
func (a *Account) collectNow(invoice object, try attempt) *Error {
	if a.holdPaused(invoice) {
		return nil
	}
	a.finalize(invoice)
	switch {
	case invoice.str("status") != "open":
		return nil
	case invoice.str("collection_method") == "send_invoice":
		a.intentFor(invoice)
		a.emit("invoice.sent", invoice, nil)
		return nil
	case try.deferred:
		a.intentFor(invoice)
		a.awaitPayment(invoice)
		return nil
	}
	return a.attempt(invoice, try)
}

// finalize opens a draft: it gets its number, uses up the customer's credit, and can be paid. One
// with nothing to pay is paid.
func (a *Account) finalize(invoice object) {
	a.timers[invoice.id()].cancel()
	customer := a.find("customer", invoice.str("customer"))
	sequence := customer.int("next_invoice_sequence")
	customer["next_invoice_sequence"] = sequence + 1
	starting := customer.int("balance")
	left := starting + invoice.int("total")
	due := max(left, 0)
	invoice.hash("status_transitions")["finalized_at"] = a.now()
	invoice.merge(object{
		"status": "open", "number": fmt.Sprintf("%s-%04d", customer.str("invoice_prefix"), sequence), "effective_at": a.now(),
		"starting_balance": starting, "ending_balance": left - due, "amount_due": due, "amount_remaining": due,
		"hosted_invoice_url": a.server.base + "/invoice/" + invoice.id(),
		"invoice_pdf":        a.server.base + "/invoice/" + invoice.id() + "/pdf",
	})
	if s := a.find("subscription", invoice.str("subscription")); s != nil {
		s["_latest_finalized"] = invoice.id()
	}
	a.setDueDate(invoice)
	a.emit("invoice.finalized", invoice, nil)
	a.rebalance(customer, left-due)
	if due == 0 {
		a.settle(invoice, a.find("subscription", invoice.str("subscription")))
	}
}

// rebalance sets a customer's balance; one that was deleted has none.
func (a *Account) rebalance(customer object, balance int64) {
	if customer == nil {
		return
	}
	a.change(customer, "customer.updated", func() { customer["balance"] = balance })
}

// setDueDate gives an invoice that is sent its term; a subscription whose invoice is overdue is past
// due.
func (a *Account) setDueDate(invoice object) {
	if invoice.str("collection_method") != "send_invoice" {
		return
	}
	if invoice["due_date"] == nil {
		invoice["due_date"] = a.now() + invoice.int("_days_until_due")*24*60*60
	}
	due := time.Unix(invoice.int("due_date"), 0)
	a.server.at(due, func() { a.overdue(invoice) })
	a.server.at(due.Add(overdueTime), func() { a.writeOff(invoice) })
}

// void takes back an open invoice, and gives back the credit it used.
func (a *Account) void(invoice object) {
	a.close(invoice, "void", "voided_at")
	a.emit("invoice.voided", invoice, nil)
	customer := a.find("customer", invoice.str("customer"))
	a.rebalance(customer, customer.int("balance")+invoice.int("starting_balance")-invoice.int("ending_balance"))
	a.dropIntent(invoice)
}

// close ends the collection of an open invoice without payment.
func (a *Account) close(invoice object, status, transition string) {
	a.timers[invoice.id()].cancel()
	invoice.hash("status_transitions")[transition] = a.now()
	invoice.merge(object{"status": status, "auto_advance": false, "next_payment_attempt": nil})
}

// dropIntent ends the payment of an invoice that needs none any more.
func (a *Account) dropIntent(invoice object) {
	intent := a.find("payment_intent", invoice.str("payment_intent"))
	if intent != nil && intent.str("status") != "succeeded" && intent.str("status") != "canceled" {
		a.cancelIntent(intent, "void_invoice")
	}
}
