package stripetest

// scheduleCancel sets or lifts a cancellation to come. At the period's end Stripe shows both the
// flag and the date.
func (c *call) scheduleCancel(s object) {
	details := c.hash("cancellation_details")
	details.copyTo(s.hash("cancellation_details"), "comment", "feedback")
	switch {
	case c.has("cancel_at_period_end") && c.bool("cancel_at_period_end"):
		s["cancel_at_period_end"], s["cancel_at"] = true, s.int("current_period_end")
	case c.has("cancel_at") && c.int("cancel_at") > 0:
		s["cancel_at_period_end"], s["cancel_at"] = false, c.int("cancel_at")
	case c.flexible && !c.has("cancel_at") && !s.bool("cancel_at_period_end"):
		return // the flag doesn't lift what was scheduled by date alone
	case c.has("cancel_at_period_end") || c.has("cancel_at"):
		s["cancel_at_period_end"], s["cancel_at"], s["canceled_at"] = false, nil, nil
		s.hash("cancellation_details")["reason"] = nil
		return
	default:
		return
	}
	s["canceled_at"] = c.now()
	s.hash("cancellation_details")["reason"] = "cancellation_requested"
}

// cancelSubscription ends one at once. One that has ended is missing to Stripe. Prorations that were
// pending are dropped, unless invoice_now bills them; prorate credits the unused time.
func cancelSubscription(c *call) (object, error) {
	s, err := c.lookup("subscription", c.pathID(), "")
	if err != nil {
		return nil, err
	}
	if ended(s) {
		return nil, missingObject("subscription", s.id(), "")
	}
	c.hash("cancellation_details").copyTo(s.hash("cancellation_details"), "comment", "feedback")
	var credit []object
	if status := s.str("status"); c.bool("prorate") && (status == "active" || status == "past_due") {
		credit = c.unused(s, c.now())
	}
	if !c.bool("invoice_now") {
		c.dropProrations(s)
	}
	s["canceled_at"] = c.now()
	c.end(s, "cancellation_requested")
	for _, item := range credit {
		c.addInvoiceItem(item)
	}
	if c.bool("invoice_now") {
		c.invoicePending(s)
	}
	return s, nil
}

func (a *Account) dropProrations(s object) {
	for _, item := range a.pendingItems(s.str("customer"), s, s.str("currency")) {
		if item.bool("proration") && item.str("subscription") == s.id() {
			a.remove(item)
			a.emit("invoiceitem.deleted", item, nil)
		}
	}
}
