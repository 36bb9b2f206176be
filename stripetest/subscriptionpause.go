package stripetest

import "time"

// pauseFields sets or lifts pause_collection on what the subscription will be.
func (c *call) pauseFields(s object) error {
	if !c.has("pause_collection") {
		return nil
	}
	if c.get("pause_collection") == "" {
		s["pause_collection"] = nil
		return nil
	}
	p := c.hash("pause_collection")
	if p.has("resumes_at") && p.int("resumes_at") <= c.now() {
		return badParameter("", join(p.path, "resumes_at"), "Invalid timestamp: must be an integer Unix timestamp in the future.")
	}
	pause := object{"behavior": p.str("behavior"), "resumes_at": nil}
	p.copyTo(pause, "resumes_at")
	s["pause_collection"] = map[string]any(pause)
	return nil
}

// schedulePause lifts a pause when its time has come.
func (a *Account) schedulePause(s object) {
	name := s.id() + " pause"
	a.timers[name].cancel()
	if at := s.hash("pause_collection").int("resumes_at"); at > 0 {
		a.timers[name] = a.server.at(time.Unix(at, 0), func() {
			if !ended(s) {
				a.change(s, "customer.subscription.updated", func() { s["pause_collection"] = nil })
			}
		})
	}
}

// holdPaused does with a draft what the pause of its subscription's collection says, and tells
// whether there is one.
func (a *Account) holdPaused(invoice object) bool {
	s := a.find("subscription", invoice.str("subscription"))
	pause := s.hash("pause_collection")
	if pause == nil || ended(s) {
		return false
	}
	if pause.str("behavior") == "keep_as_draft" {
		invoice["auto_advance"] = false
		return true
	}
	a.finalize(invoice)
	if invoice.str("status") != "open" {
		return true
	}
	if pause.str("behavior") == "void" {
		a.void(invoice)
		return true
	}
	a.writeDown(invoice)
	return true
}

// resumeSubscription takes up a subscription that was paused at the end of its trial.
func resumeSubscription(c *call) (object, error) {
	s, err := c.lookup("subscription", c.pathID(), "")
	if err != nil {
		return nil, err
	}
	if s.str("status") != "paused" {
		return nil, badRequest("Only paused subscriptions can be resumed. This subscription has a status of " + s.str("status") + ".")
	}
	invoiceID := c.newID("in")
	c.change(s, "customer.subscription.updated", func() {
		if c.str("billing_cycle_anchor") != "unchanged" {
			s["billing_cycle_anchor"] = c.now()
		}
		s["status"], s["latest_invoice"] = "active", invoiceID
		s["current_period_start"] = c.now()
		s["current_period_end"] = periodEnd(s, c.now())
	})
	c.emit("customer.subscription.resumed", s, nil)
	c.schedule(s)
	var lines []object
	if c.str("billing_cycle_anchor") != "unchanged" || c.str("proration_behavior") != "none" {
		lines = c.itemLines(s)
	}
	draft := c.draftInvoice(s, "subscription_update", lines)
	draft.id = invoiceID
	_ = c.collectNow(c.newInvoice(draft), scheduled)
	return s, nil
}
