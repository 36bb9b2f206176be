package stripetest

import "strings"

// closed tells a dispute that has its outcome.
func closed(dispute object) bool {
	switch dispute.str("status") {
	case "needs_response", "under_review", "warning_needs_response", "warning_under_review":
		return false
	}
	return true
}

func isInquiry(dispute object) bool { return strings.HasPrefix(dispute.str("status"), "warning_") }

func updateDispute(c *call) (object, error) {
	dispute, err := c.lookup("dispute", c.pathID(), "")
	if err != nil {
		return nil, err
	}
	evidence := c.hash("evidence")
	answered := len(evidence.values) > 0
	if closed(dispute) && answered {
		return nil, badRequest("This dispute is already closed")
	}
	submit := answered && c.unlessFalse("submit")
	c.change(dispute, "charge.dispute.updated", func() {
		c.metadataTo(dispute)
		for name := range evidence.values {
			evidence.copyTo(dispute.hash("evidence"), name)
		}
		details := dispute.hash("evidence_details")
		details["has_evidence"] = details.bool("has_evidence") || answered
		if submit {
			details["submission_count"] = details.int("submission_count") + 1
			dispute["status"] = strings.Replace(dispute.str("status"), "needs_response", "under_review", 1)
		}
	})
	if submit {
		c.judge(dispute)
	}
	return dispute, nil
}

// judge does what Stripe's test mode does with these words in the evidence.
func (a *Account) judge(dispute object) {
	status := map[string]string{"winning_evidence": "won", "losing_evidence": "lost"}[dispute.hash("evidence").str("uncategorized_text")]
	escalates := dispute.hash("evidence").str("uncategorized_text") == "escalate_inquiry_evidence"
	if isInquiry(dispute) && status != "" {
		status = "warning_closed"
	}
	if status == "" && !escalates {
		return
	}
	a.server.at(a.server.clock.now(), func() {
		switch {
		case closed(dispute):
		case !escalates:
			a.closeDispute(dispute, status)
		case isInquiry(dispute):
			a.escalate(dispute)
		}
	})
}

// acceptDispute gives a dispute up.
func acceptDispute(c *call) (object, error) {
	dispute, err := c.lookup("dispute", c.pathID(), "")
	if err != nil {
		return nil, err
	}
	switch {
	case closed(dispute):
		return nil, badRequest("This dispute is already closed")
	case isInquiry(dispute):
		c.closeDispute(dispute, "warning_closed")
	default:
		c.closeDispute(dispute, "lost")
	}
	return dispute, nil
}

// CloseDispute ends a dispute with the status "won", which gives the money back, or "lost"; an
// inquiry with "warning_closed". "prevented", a status of newer API versions, ends either without
// taking money.
func (a *Account) CloseDispute(disputeID, status string) error {
	return a.onDispute(disputeID, func(dispute object) error {
		inquiry := isInquiry(dispute)
		if status != "prevented" && (inquiry || status != "won" && status != "lost") && (!inquiry || status != "warning_closed") {
			return badParameter("", "status", "A dispute with a status of "+dispute.str("status")+" can't end as "+status+".")
		}
		a.closeDispute(dispute, status)
		return nil
	})
}

// EscalateInquiry makes an inquiry a dispute, which takes the money.
func (a *Account) EscalateInquiry(disputeID string) error {
	return a.onDispute(disputeID, func(dispute object) error {
		if !isInquiry(dispute) {
			return badRequest("This dispute has a status of " + dispute.str("status") + ": it is no inquiry.")
		}
		a.escalate(dispute)
		return nil
	})
}

func (a *Account) onDispute(disputeID string, do func(object) error) error {
	a.server.tick()
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	dispute, err := a.lookup("dispute", disputeID, "")
	if err != nil {
		return err
	}
	if closed(dispute) {
		return badRequest("This dispute is already closed")
	}
	return do(dispute)
}

func (a *Account) escalate(dispute object) {
	due := a.server.clock.now().Add(evidenceTime)
	a.timers[dispute.id()].cancel()
	a.timers[dispute.id()] = a.server.at(due, func() { a.evidenceDue(dispute) })
	a.change(dispute, "charge.dispute.updated", func() {
		dispute.merge(object{"status": "needs_response", "is_charge_refundable": false})
		details := dispute.hash("evidence_details")
		details["due_by"], details["past_due"] = due.Unix(), false
	})
	a.withdraw(dispute, a.find("charge", dispute.str("charge")))
}

// closeDispute ends a dispute. The fee is not given back.
func (a *Account) closeDispute(dispute object, status string) {
	a.timers[dispute.id()].cancel()
	charge := a.find("charge", dispute.str("charge"))
	dispute.merge(object{"status": status, "is_charge_refundable": status != "lost"})
	if charge.bool("_charged_back") && status != "lost" {
		charge["_charged_back"] = false
		t := a.book(dispute, dispute.int("amount"), 0, object{"type": "adjustment", "reporting_category": "dispute_reversal", "description": "Chargeback reversal for " + charge.id()})
		dispute["balance_transactions"] = normalize(append(dispute.data("balance_transactions"), t.public()))
		a.emit("charge.dispute.funds_reinstated", dispute, nil)
	}
	a.emit("charge.dispute.closed", dispute, nil)
}

// closeInquiry ends the inquiry about a charge that was refunded.
func (a *Account) closeInquiry(charge object) {
	if dispute := a.find("dispute", charge.str("_dispute")); dispute != nil && !closed(dispute) && isInquiry(dispute) {
		a.closeDispute(dispute, "warning_closed")
	}
}
