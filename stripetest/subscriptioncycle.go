package stripetest

import "time"

// trialNotice is how long before its end a trial is announced.
const trialNotice = 3 * 24 * time.Hour

// schedule sets the subscription's timer to the next thing due: its scheduled cancellation, the end
// of its trial or of its period.
func (a *Account) schedule(s object) {
	a.timers[s.id()].cancel()
	if s.str("status") == "canceled" {
		return
	}
	next := s.int("current_period_end")
	if at := s.int("cancel_at"); at > 0 {
		next = min(next, at)
	}
	a.timers[s.id()] = a.server.at(time.Unix(next, 0), func() { a.periodEnds(s) })
}

func (a *Account) scheduleTrialNotice(s object) {
	end := s.int("trial_end")
	if end == 0 {
		return
	}
	a.server.at(time.Unix(end, 0).Add(-trialNotice), func() {
		if s.str("status") == "trialing" && s.int("trial_end") == end {
			a.emit("customer.subscription.trial_will_end", s, nil)
		}
	})
}

func (a *Account) periodEnds(s object) {
	if at := s.int("cancel_at"); at > 0 && at <= a.now() {
		a.end(s, "cancellation_requested")
		return
	}
	a.renew(s)
}

// renew begins the next period. The period moves before anything is paid; the invoice stays a draft
// for an hour, as Stripe leaves it for late items.
func (a *Account) renew(s object) {
	start := s.int("current_period_end")
	a.change(s, "customer.subscription.updated", func() {
		s["current_period_start"], s["current_period_end"] = start, periodEnd(s, start)
		if s.str("status") == "trialing" {
			s["status"] = "active"
		}
	})
	a.schedule(s)
	var lines []object
	for _, item := range s.data("items") {
		lines = append(lines, a.itemLine(s, item))
	}
	invoice := a.newInvoice(s, "subscription_cycle", lines)
	a.timers[invoice.id()] = a.server.at(a.server.clock.now().Add(draftTime), func() { a.collect(invoice) })
}

// end cancels a subscription for good.
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
}
