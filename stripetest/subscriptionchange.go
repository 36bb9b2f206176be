package stripetest

// subscriptionChange is a change of what a subscription costs and when, worked out before anything
// is touched, so that a preview and the update are one calculation.
type subscriptionChange struct {
	before, next object // the subscription as it is, and as it will be
	items        []object
	prorations   []object // invoice items, not stored yet
	once         []object // more of them, for what is paid once
	lines        []object // of an invoice for a period that begins now
	periodStart  int64    // of what the invoice covers
	at           int64    // the moment prorations count from
	prorate      string   // proration_behavior

	resets     bool // the period begins anew
	trialBegan bool
	trialEnded bool
	trialMoved bool
}

// invoiced tells whether an invoice is due now. A trial that begins makes one too: it is of nothing
// but credit.
func (ch *subscriptionChange) invoiced() bool {
	return ch.resets || ch.trialBegan || ch.prorate == "always_invoice" && len(ch.prorations) > 0
}

func (ch *subscriptionChange) newItems() []object {
	return append(ch.prorations[:len(ch.prorations):len(ch.prorations)], ch.once...)
}

// planChange works out items, trial and billing cycle. Parameters are named with the prefix that the
// preview of an invoice gives them.
func (c *call) planChange(s object, prefix string, changes []params) (*subscriptionChange, error) {
	ch := &subscriptionChange{
		before: s, next: s.clone(), prorate: c.str(prefix + "proration_behavior"), periodStart: s.int("current_period_start"),
		at: c.intOr(prefix+"proration_date", c.now()),
	}
	if c.has(prefix+"proration_date") && (ch.at < s.int("current_period_start") || ch.at > s.int("current_period_end")) {
		return nil, badParameter("", prefix+"proration_date", "Cannot specify a proration date outside of the current period.")
	}
	var err error
	if ch.items, err = c.changedItems(s.data("items"), s.id(), changes); err != nil {
		return nil, err
	}
	ch.next.hash("items")["data"] = normalize(ch.items)
	c.showPlan(ch.next)
	c.planTrial(ch, c.get(prefix+"trial_end"))
	c.planPeriod(ch, c.str(prefix+"billing_cycle_anchor") == "now")
	if ch.next.bool("cancel_at_period_end") {
		ch.next["cancel_at"] = ch.next["current_period_end"]
	}
	c.planInvoice(ch)
	return ch, nil
}

// planTrial ends a trial, moves its end, or begins one. A trial moves the anchor to its end.
func (c *call) planTrial(ch *subscriptionChange, end any) {
	trialing := ch.before.str("status") == "trialing"
	switch end := end.(type) {
	case string:
		if trialing {
			ch.trialEnded, ch.resets = true, true
			ch.next.merge(object{"status": "active", "trial_end": c.now()})
		}
	case int64:
		ch.trialMoved = true
		if !trialing {
			ch.trialBegan = true
			ch.next.merge(object{"status": "trialing", "trial_start": c.now(), "current_period_start": c.now()})
		}
		ch.next.merge(object{"trial_end": end, "billing_cycle_anchor": end, "current_period_end": end})
	}
}

// planPeriod begins the period anew when it gets another length, when a free subscription becomes a
// paid one or the other way round, when a trial ends, or on request.
func (c *call) planPeriod(ch *subscriptionChange, anchorNow bool) {
	status := ch.next.str("status")
	if status == "trialing" || status == "paused" || status == "incomplete" {
		return
	}
	interval, count := intervalOf(ch.before.data("items"))
	newInterval, newCount := intervalOf(ch.items)
	if interval != newInterval || count != newCount || anchorNow || free(ch.before.data("items")) != free(ch.items) {
		ch.resets = true
	}
	if ch.resets {
		ch.next.merge(object{"billing_cycle_anchor": c.now(), "current_period_start": c.now()})
		ch.next["current_period_end"] = periodEnd(ch.next, c.now())
	}
}

// free tells items whose prices are all zero.
func free(items []object) bool {
	for _, item := range items {
		if item.hash("price").int("unit_amount") > 0 {
			return false
		}
	}
	return true
}

// planInvoice works out what is credited and charged. A period that begins anew is paid in full, and
// all of the old one's rest is credited.
func (c *call) planInvoice(ch *subscriptionChange) {
	status := ch.before.str("status")
	prorates := ch.prorate != "none" && status != "trialing" && status != "paused" && status != "incomplete"
	if !ch.resets && !ch.trialBegan {
		if prorates {
			ch.prorations = c.prorations(ch.before, ch.items, ch.at)
		}
		return
	}
	if prorates {
		ch.prorations = c.unused(ch.before, ch.at)
	}
	ch.lines = c.itemLines(ch.next)
}
