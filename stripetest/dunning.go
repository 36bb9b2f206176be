package stripetest

import "time"

// Exhausted is what becomes of a subscription whose renewal is not paid after the last retry.
type Exhausted string

// The choices Stripe's Dashboard offers. Canceling is the default.
const (
	ExhaustedCancel  Exhausted = "canceled" // the subscription ends
	ExhaustedUnpaid  Exhausted = "unpaid"   // it stays, and its further invoices remain drafts
	ExhaustedPastDue Exhausted = "past_due" // it stays as it is, and further invoices are tried
)

// AfterRetries chooses what becomes of the account's subscriptions whose renewal is not paid after
// the last retry. A renewal is tried four times: at once, and 3, 5 and 7 days after the try before.
func (a *Account) AfterRetries(outcome Exhausted) {
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	a.exhausted = outcome
}

// retryWaits are the times between the attempts to collect an invoice.
var retryWaits = []time.Duration{3 * 24 * time.Hour, 5 * 24 * time.Hour, 7 * 24 * time.Hour}

// overdueTime is how long after its due date a sent invoice is written off.
const overdueTime = 30 * 24 * time.Hour

// unpaid takes note of a failed attempt and plans the next. A first invoice has none: its
// subscription stays incomplete. Attempts that a request makes don't move the schedule once it has
// begun.
func (a *Account) unpaid(invoice object) {
	s := a.find("subscription", invoice.str("subscription"))
	first := invoice.str("billing_reason") == "subscription_create" && s.str("status") == "incomplete"
	attempts := max(1, invoice.int("_attempt"))
	counts := attempts > invoice.int("attempt_count")
	a.change(invoice, "invoice.updated", func() {
		invoice.merge(object{"attempted": true, "attempt_count": attempts})
		if counts {
			invoice["next_payment_attempt"] = a.nextAttempt(invoice, attempts, first)
		}
	})
	a.emit("invoice.payment_failed", invoice, nil)
	if intent := a.find("payment_intent", invoice.str("payment_intent")); intent.str("status") == "requires_action" {
		a.emit("invoice.payment_action_required", invoice, nil)
	}
	if first {
		return
	}
	a.awaitPayment(invoice)
	if counts && attempts > int64(len(retryWaits)) {
		a.giveUp(s)
	}
}

// nextAttempt plans the retry after that many attempts, and tells when it will be; nil is never.
func (a *Account) nextAttempt(invoice object, attempts int64, first bool) any {
	if first || !invoice.bool("auto_advance") || attempts > int64(len(retryWaits)) {
		return nil
	}
	next := a.server.clock.now().Add(retryWaits[attempts-1])
	a.timers[invoice.id()].cancel()
	a.timers[invoice.id()] = a.server.at(next, func() {
		if invoice.str("status") == "open" {
			_ = a.attempt(invoice, scheduled)
		}
	})
	return next.Unix()
}

// awaitPayment puts a subscription in arrears, unless it is already, or ended.
func (a *Account) awaitPayment(invoice object) {
	s := a.find("subscription", invoice.str("subscription"))
	if s.str("status") == "active" && s.str("_latest_finalized") == invoice.id() {
		a.change(s, "customer.subscription.updated", func() { s["status"] = "past_due" })
	}
}

// giveUp does with a subscription in arrears what the account chose.
func (a *Account) giveUp(s object) {
	if s == nil || s.str("status") != "past_due" {
		return
	}
	switch a.exhausted {
	case ExhaustedPastDue:
	case ExhaustedUnpaid:
		a.change(s, "customer.subscription.updated", func() { s["status"] = "unpaid" })
	default:
		a.end(s, "payment_failed")
	}
}

func (a *Account) overdue(invoice object) {
	if invoice.str("status") == "open" {
		a.awaitPayment(invoice)
	}
}

func (a *Account) writeOff(invoice object) {
	if invoice.str("status") == "open" {
		a.giveUp(a.find("subscription", invoice.str("subscription")))
	}
}
