package stripetest

import "time"

// incompleteTime is how long the first payment of a subscription may take.
const incompleteTime = 23 * time.Hour

// schedule sets the subscription's timer to the next thing due: the end of its chance to be paid at
// all, its scheduled cancellation, the end of its trial or of its period.
func (a *Account) schedule(s object) {
	a.timers[s.id()].cancel()
	next, run := s.int("current_period_end"), func() { a.renew(s) }
	switch s.str("status") {
	case "canceled", "incomplete_expired":
		return
	case "incomplete":
		next, run = time.Unix(s.int("created"), 0).Add(incompleteTime).Unix(), func() { a.giveUpFirst(s) }
	case "paused":
		next = 0
	}
	if at := s.int("cancel_at"); at > 0 && (next == 0 || at <= next) {
		next, run = at, func() { a.endAsPlanned(s) }
	}
	if next > 0 {
		a.timers[s.id()] = a.server.at(time.Unix(next, 0), run)
	}
}

// renew begins the next period. The period moves before anything is paid; the invoice stays a draft
// for an hour, as Stripe leaves it for late items.
func (a *Account) renew(s object) {
	trialing := s.str("status") == "trialing"
	if trialing && a.endsUnpayable(s) {
		return
	}
	start, was := s.int("current_period_end"), s.int("current_period_start")
	invoiceID := a.newID("in")
	a.change(s, "customer.subscription.updated", func() {
		s.merge(object{"current_period_start": start, "current_period_end": periodEnd(s, start), "latest_invoice": invoiceID})
		if trialing {
			s["status"] = "active"
		}
		if s.bool("cancel_at_period_end") {
			s["cancel_at"] = s["current_period_end"]
		}
	})
	a.schedule(s)
	draft := a.draftInvoice(s, "subscription_cycle", a.itemLines(s))
	draft.id, draft.periodStart = invoiceID, was
	draft.fields = object{"auto_advance": s.str("status") != "unpaid", "next_payment_attempt": a.firstAttempt(s)}
	invoice := a.newInvoice(draft)
	if !a.holdPaused(invoice) {
		a.advanceLater(invoice)
	}
}

// firstAttempt is when the invoice of a renewal that happens now will be charged, nil for never.
func (a *Account) firstAttempt(s object) any {
	if s.str("collection_method") != "charge_automatically" || s.str("status") == "unpaid" || s.hash("pause_collection") != nil {
		return nil
	}
	return a.server.clock.now().Add(draftTime).Unix()
}

// giveUpFirst ends a subscription whose first invoice was not paid in time.
func (a *Account) giveUpFirst(s object) {
	a.timers[s.id()].cancel()
	a.change(s, "customer.subscription.updated", func() {
		s.merge(object{"status": "incomplete_expired", "ended_at": a.now()})
	})
	if invoice := a.find("invoice", s.str("latest_invoice")); invoice.str("status") == "open" {
		a.void(invoice)
	}
}

// endAsPlanned ends a subscription at the moment it was to be canceled at. What was still to be
// billed is collected then.
func (a *Account) endAsPlanned(s object) {
	a.end(s, "cancellation_requested")
	a.invoicePending(s)
}

// invoicePending bills a subscription's pending items now, if there are any.
func (a *Account) invoicePending(s object) {
	draft := a.draftInvoice(s, "subscription_update", nil)
	if len(draft.pending) > 0 {
		_ = a.collectNow(a.newInvoice(draft), scheduled)
	}
}

// end cancels a subscription for good. Its invoices are no longer collected by themselves.
func (a *Account) end(s object, reason string) {
	a.timers[s.id()].cancel()
	if s["canceled_at"] == nil {
		s["canceled_at"] = a.now()
	}
	s.merge(object{"status": "canceled", "ended_at": a.now()})
	if s.hash("cancellation_details")["reason"] == nil {
		s.hash("cancellation_details")["reason"] = reason
	}
	a.emit("customer.subscription.deleted", s, nil)
	a.stopCollecting(s)
}

func (a *Account) stopCollecting(s object) {
	for _, id := range a.order["invoice"] {
		invoice := a.objects[id]
		status := invoice.str("status")
		if invoice.str("subscription") != s.id() || status != "draft" && status != "open" {
			continue
		}
		a.timers[id].cancel()
		a.change(invoice, "invoice.updated", func() {
			invoice["auto_advance"], invoice["next_payment_attempt"] = false, nil
		})
	}
}
