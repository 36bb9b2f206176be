package stripetest

import "time"

// trialNotice is how long before its end a trial is announced.
const trialNotice = 3 * 24 * time.Hour

// noticeTrial announces the end of the subscription's trial: three days before, or at once when less
// is left.
func (a *Account) noticeTrial(s object) {
	end := s.int("trial_end")
	if s.str("status") != "trialing" {
		return
	}
	notice := time.Unix(end, 0).Add(-trialNotice)
	if !notice.After(a.server.clock.now()) {
		a.emit("customer.subscription.trial_will_end", s, nil)
		return
	}
	a.timers[s.id()+" trial"].cancel()
	a.timers[s.id()+" trial"] = a.server.at(notice, func() {
		if s.str("status") == "trialing" && s.int("trial_end") == end {
			a.emit("customer.subscription.trial_will_end", s, nil)
		}
	})
}

// endsUnpayable ends or pauses a subscription whose trial is over and that has nothing to charge, if
// its trial_settings say so.
func (a *Account) endsUnpayable(s object) bool {
	if s.str("collection_method") != "charge_automatically" || a.methodFor(nil, s) != nil {
		return false
	}
	switch s.hash("trial_settings").hash("end_behavior").str("missing_payment_method") {
	case "cancel":
		a.end(s, "payment_failed")
	case "pause":
		a.timers[s.id()].cancel()
		a.change(s, "customer.subscription.updated", func() { s["status"] = "paused" })
		a.schedule(s)
		a.emit("customer.subscription.paused", s, nil)
	default:
		return false
	}
	return true
}
