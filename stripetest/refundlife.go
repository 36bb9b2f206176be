package stripetest

import "time"

// refundTime is when a refund that doesn't end at once succeeds or fails.
const refundTime = time.Hour

// refund gives money of a captured charge back. The bank's reference comes after the fact, which is
// the update that Stripe tells of each refund.
func (a *Account) refund(charge, refund object) object {
	later := cards[cardOf(charge)].refunds
	card := charge.hash("payment_method_details").str("type") == "card"
	kind := "payment_refund"
	if card {
		kind = "refund"
		refund.merge(object{"destination_details": object{"type": "card", "card": object{"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"}}})
	}
	if later == "succeeded" || !card {
		refund["status"] = "pending"
	}
	amount := refund.int("amount")
	refund["balance_transaction"] = a.book(refund, -amount, 0, object{"type": kind, "reporting_category": "refund", "description": "REFUND FOR CHARGE"}).id()
	a.emit("refund.created", refund, nil)
	a.change(charge, "charge.refunded", func() {
		charge["amount_refunded"] = charge.int("amount_refunded") + amount
		charge["refunded"] = charge.int("amount_refunded") == charge.int("amount")
	})
	if card && later != "succeeded" {
		a.changeRefund(refund, func() { a.referTo(refund) })
	}
	if later == "failed" || refund.str("status") == "pending" {
		a.timers[refund.id()] = a.server.at(a.server.clock.now().Add(refundTime), func() { a.refundEnds(refund, later == "failed") })
	}
	if charge.bool("refunded") {
		a.closeInquiry(charge)
	}
	return refund
}

// referTo gives a card's refund the number its bank knows it by.
func (a *Account) referTo(refund object) {
	if card := refund.hash("destination_details").hash("card"); card != nil {
		card["reference"], card["reference_status"] = a.server.random(16), "available"
	}
}

// changeRefund edits a refund and tells it twice, under its new name and its old.
func (a *Account) changeRefund(refund object, edit func()) {
	before := refund.public()
	edit()
	if was := previous(before, refund.public()); len(was) > 0 {
		a.emit("refund.updated", refund, was)
		a.emit("charge.refund.updated", refund, was)
	}
}

func (a *Account) refundEnds(refund object, failed bool) {
	if failed {
		a.failRefund(refund)
		return
	}
	a.changeRefund(refund, func() {
		refund["status"] = "succeeded"
		a.referTo(refund)
	})
}

// FailRefund has the bank return a refund that succeeded or is pending: the money goes back to the
// account's balance, and the charge counts as not refunded by it.
func (a *Account) FailRefund(refundID string) error {
	a.server.tick()
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	refund, err := a.lookup("refund", refundID, "")
	if err != nil {
		return err
	}
	if status := refund.str("status"); status != "succeeded" && status != "pending" || refund["balance_transaction"] == nil {
		return badRequest("This refund has a status of " + status + ", or gave back what was only authorized: it can't fail.")
	}
	a.failRefund(refund)
	return nil
}

func (a *Account) failRefund(refund object) {
	a.timers[refund.id()].cancel()
	before := refund.public()
	charge := a.find("charge", refund.str("charge"))
	amount := refund.int("amount")
	t := a.book(refund, amount, 0, object{"type": "refund_failure", "reporting_category": "refund_failure", "description": "REFUND FAILURE"})
	refund.merge(object{"status": "failed", "failure_reason": "unknown", "failure_balance_transaction": t.id()})
	charge.merge(object{"amount_refunded": charge.int("amount_refunded") - amount, "refunded": false})
	was := previous(before, refund.public())
	a.emit("refund.failed", refund, was)
	a.emit("charge.refund.updated", refund, was)
}
