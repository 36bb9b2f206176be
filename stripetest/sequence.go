package stripetest

import "slices"

// withheldEvent is an event that waits for its place in a sequence.
type withheldEvent struct {
	kind          string
	about, before object
}

// paidCheckout is the order in which the events of a subscription checkout happen for a session made
// in 2025-03-31.basil or later: Stripe then makes the subscription after the payment, so that it is
// active from its first event. Kinds that are not listed keep their order at the end.
var paidCheckout = []string{
	"customer.created", "payment_method.attached", "charge.succeeded", "checkout.session.completed",
	"customer.subscription.created", "payment_intent.succeeded", "payment_intent.created",
	"invoice.created", "invoice.finalized", "invoice.updated", "invoice.paid", "invoice.payment_succeeded",
	"invoice_payment.paid",
}

// paysFirst tells a session whose subscription is made after its payment.
func paysFirst(session object) bool {
	made, ok := releaseOf(session.str("_version"))
	return session.str("mode") == "subscription" && ok && made >= basil
}

// withhold keeps back what is emitted until the returned function emits it in order. What an object
// goes through in between is not told: each event shows it as it is in the end.
func (a *Account) withhold(order []string) (emit func()) {
	events := &[]withheldEvent{}
	a.withheld = events
	return func() {
		a.withheld = nil
		slices.SortStableFunc(*events, func(x, y withheldEvent) int { return place(order, x.kind) - place(order, y.kind) })
		for _, e := range *events {
			if e.kind != "customer.subscription.updated" {
				a.emit(e.kind, e.about, e.before)
			}
		}
	}
}

func place(order []string, kind string) int {
	if at := slices.Index(order, kind); at >= 0 {
		return at
	}
	return len(order)
}
