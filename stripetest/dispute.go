package stripetest

import "time"

var disputeOperations = map[string]operation{
	"GET /v1/disputes":                  list("dispute", "charge", "payment_intent"),
	"GET /v1/disputes/{dispute}":        retrieve("dispute"),
	"POST /v1/disputes/{dispute}":       updateDispute,
	"POST /v1/disputes/{dispute}/close": acceptDispute,
}

// Disputes nobody answers are lost when their evidence is due; an inquiry that its bank doesn't
// pursue ends by itself.
const (
	evidenceTime = 9 * 24 * time.Hour
	inquiryTime  = 120 * 24 * time.Hour
)

// Dispute has the customer dispute a paid charge, for a reason such as "fraudulent", and takes the
// money from the account's balance. It returns the id of the dispute.
func (a *Account) Dispute(chargeID, reason string) (string, error) {
	return a.disputed(chargeID, reason, false)
}

// Inquire has the customer's bank inquire about a paid charge: a dispute with a status of
// "warning_needs_response" that takes no money. EscalateInquiry makes it a dispute.
func (a *Account) Inquire(chargeID, reason string) (string, error) {
	return a.disputed(chargeID, reason, true)
}

func (a *Account) disputed(chargeID, reason string, inquiry bool) (string, error) {
	a.server.tick()
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	charge, err := a.lookup("charge", chargeID, "")
	if err != nil {
		return "", err
	}
	switch {
	case !charge.bool("paid") || !charge.bool("captured") || charge.bool("refunded"):
		return "", badRequest("Charge " + chargeID + " has no money of a customer to dispute.")
	case charge.bool("disputed"):
		return "", badRequest("Charge " + chargeID + " is or was disputed already.")
	}
	return a.openDispute(charge, reason, inquiry).id(), nil
}

// disputeLater disputes the charge of a card made for it, once what it pays for has been told.
func (a *Account) disputeLater(charge object) {
	card := cards[cardOf(charge)]
	if card.dispute == "" {
		return
	}
	a.server.at(a.server.clock.now(), func() {
		if !charge.bool("refunded") && !charge.bool("disputed") {
			a.openDispute(charge, card.dispute, card.inquiry)
		}
	})
}

func (a *Account) openDispute(charge object, reason string, inquiry bool) object {
	due := a.server.clock.now().Add(evidenceTime)
	status := "needs_response"
	if inquiry {
		status = "warning_needs_response"
	}
	dispute := newObject("dispute", object{
		"id": a.newID("du"), "amount": charge.int("amount") - charge.int("amount_refunded"), "charge": charge.id(), "created": a.now(),
		"currency": charge.str("currency"), "is_charge_refundable": inquiry, "livemode": a.livemode, "metadata": object{},
		"payment_intent": charge["payment_intent"], "reason": reason, "status": status,
		"evidence_details": object{"due_by": due.Unix(), "has_evidence": false, "past_due": false, "submission_count": 0},
	})
	if card := charge.hash("payment_method_details").hash("card"); card != nil {
		dispute.merge(object{"payment_method_details": object{"type": "card", "card": object{"brand": card.str("brand"), "network_reason_code": networkReasons[reason]}}})
	}
	dispute = a.add(dispute)
	charge.merge(object{"disputed": true, "_dispute": dispute.id()})
	a.emit("charge.dispute.created", dispute, nil)
	if !inquiry {
		a.withdraw(dispute, charge)
	}
	a.timers[dispute.id()] = a.server.at(due, func() { a.evidenceDue(dispute) })
	return dispute
}

// networkReasons are Visa's codes of the reasons.
var networkReasons = map[string]any{
	"fraudulent": "10.4", "product_not_received": "13.1", "product_unacceptable": "13.3", "subscription_canceled": "13.2",
	"duplicate": "12.6", "credit_not_processed": "13.6", "unrecognized": "10.4", "general": "10.4",
}

// withdraw takes the disputed money and the fee.
func (a *Account) withdraw(dispute, charge object) {
	charge["_charged_back"] = true
	t := a.book(dispute, -dispute.int("amount"), disputeFee, object{"type": "adjustment", "reporting_category": "dispute", "description": "Chargeback withdrawal for " + charge.id(), "_fee": "Dispute fee"})
	dispute["balance_transactions"] = normalize(append(dispute.data("balance_transactions"), t.public()))
	a.emit("charge.dispute.funds_withdrawn", dispute, nil)
}

// evidenceDue loses a dispute that has no answer, and gives an inquiry the time it has left.
func (a *Account) evidenceDue(dispute object) {
	switch dispute.str("status") {
	case "needs_response":
		dispute.hash("evidence_details")["past_due"] = true
		a.closeDispute(dispute, "lost")
	case "warning_needs_response", "warning_under_review":
		dispute.hash("evidence_details")["past_due"] = dispute.str("status") == "warning_needs_response"
		a.timers[dispute.id()] = a.server.at(a.server.clock.now().Add(inquiryTime-evidenceTime), func() {
			if !closed(dispute) {
				a.closeDispute(dispute, "warning_closed")
			}
		})
	}
}
