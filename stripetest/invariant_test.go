package stripetest

import (
	"reflect"
	"slices"
)

// check holds after every step.
func (p *program) check() {
	for _, o := range p.account.Objects("subscription") {
		p.checkSubscription(o)
	}
	received := map[string]int64{}
	for _, o := range p.account.Objects("charge") {
		if charge := object(o); charge.bool("paid") {
			received[charge.str("invoice")] += charge.int("amount")
		}
	}
	for _, o := range p.account.Objects("invoice") {
		p.checkInvoice(o, received[o["id"].(string)])
	}
}

func (p *program) checkSubscription(s object) {
	now := p.server.Now().Unix()
	running := slices.Contains([]string{"active", "trialing", "past_due", "unpaid"}, s.str("status"))
	if running && (s.int("current_period_end") <= now || s.int("current_period_start") > now) {
		p.t.Errorf("%s is %s in a period from %d to %d, at %d", s.id(), s.str("status"), s.int("current_period_start"), s.int("current_period_end"), now)
	}
	if ended(s) != (s["ended_at"] != nil) {
		p.t.Errorf("%s is %s, ended_at %v", s.id(), s.str("status"), s["ended_at"])
	}
	for _, item := range s.data("items") {
		if stored := p.account.Object(item.id()); !reflect.DeepEqual(stored, map[string]any(item)) {
			p.t.Errorf("%s shows the item\n%v, which is\n%v", s.id(), item, stored)
		}
	}
}

// checkInvoice adds up: the lines are the total, and what is due is what the balance leaves of it; what was
// received is what was paid.
func (p *program) checkInvoice(in object, received int64) {
	var sum int64
	for _, line := range in.data("lines") {
		sum += line.int("amount")
	}
	due := max(in.int("total")+in.int("starting_balance"), 0)
	if in.int("total") != sum || in.int("amount_due") != due {
		p.t.Errorf("%s: lines of %d, total %d, due %d", in.id(), sum, in.int("total"), in.int("amount_due"))
	}
	if in.bool("paid_out_of_band") {
		received += in.int("amount_due")
	}
	switch in.str("status") {
	case "paid":
		if in.int("amount_paid") != due || received != due || in.int("amount_remaining") != 0 || in.int("ending_balance") != in.int("total")+in.int("starting_balance")-due {
			p.t.Errorf("%s is paid %d of %d, charged %d", in.id(), in.int("amount_paid"), due, received)
		}
	default:
		if received != 0 || in.bool("paid") || in.int("amount_remaining") != due {
			p.t.Errorf("%s is %s and charged %d", in.id(), in.str("status"), received)
		}
	}
}

// checkPeriods reads the events: each period begins where the last one ended, or at the moment a
// change reset it, and nothing leads out of an end.
func (p *program) checkPeriods() {
	last := map[string]object{}
	for _, e := range p.account.Objects("event") {
		s := object(e).hash("data").hash("object")
		if s.name() != "subscription" {
			continue
		}
		was, known := last[s.id()]
		last[s.id()] = s
		start, created := s.int("current_period_start"), object(e).int("created")
		if !known {
			continue
		}
		if start != was.int("current_period_start") && start != was.int("current_period_end") && start != created {
			p.t.Errorf("%s: a period to %d is followed by one from %d", s.id(), was.int("current_period_end"), start)
		}
		if ended(was) && was.str("status") != s.str("status") {
			p.t.Errorf("%s was %s and is %s", s.id(), was.str("status"), s.str("status"))
		}
	}
}

func (p *program) checkSchemas() {
	for _, name := range []string{"subscription", "subscription_item", "invoice", "invoiceitem", "customer", "charge", "payment_intent"} {
		seen := map[string]bool{}
		for _, o := range p.account.Objects(name) {
			for _, problem := range disagreements(p.t, o) {
				if !seen[problem] {
					p.t.Error(problem)
				}
				seen[problem] = true
			}
		}
	}
}
