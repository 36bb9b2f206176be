package storetest

import (
	"fmt"

	"github.com/manytenants/payments"
)

// uuid is one that no other row of the program has.
func (p *program) uuid(of string) string { return uuid(of, p.step, len(p.tickets)) }

// synced is what a fetch may bring to a place: mostly one row, with more beside it now and then.
func (p *program) synced(where place) payments.Synced {
	s := payments.Synced{Now: p.now(), Notify: p.random.IntN(2) == 0, ChangeID: p.uuid("change"), Gone: p.random.IntN(9) == 0}
	switch p.random.IntN(5) {
	case 0, 1:
		s.Subscription = p.subscription(where)
	case 2, 3:
		s.Payment = p.payment(where)
	}
	switch user := p.user(); p.random.IntN(12) {
	case 0:
		customer := withID(newCustomer(where, user), fmt.Sprint("cus_", user, p.random.IntN(3)))
		s.Customer = &customer
	case 1:
		s.DeletedCustomer = fmt.Sprint("cus_", user, p.random.IntN(3))
	case 2:
		s.Requests = []payments.Object{where.object(payments.KindInvoice, "x_9")}
	}
	return s
}

// subscription is the stored one again, or one that differs from it at least in its plan's name.
func (p *program) subscription(where place) *payments.Subscription {
	n := p.random.IntN(6)
	s := newSubscription(where, n)
	if stored, err := p.model.Subscription(p.ctx, where.project, where.mode, s.SubscriptionID); err == nil && p.random.IntN(3) == 0 {
		stored.ID = p.uuid("rewrite")
		return &stored
	}
	s.ID, s.CreatedAt = p.uuid("subscription"), at(p.random.IntN(3))
	s.User = pick[payments.UserID](p, "u1", "u2", "u3", "")
	s.PlanName, s.Currency = fmt.Sprint("plan ", p.step), pick(p, "usd", "eur", "jpy")
	s.Status, s.MRR = p.subscriptionStatus(), 0
	if s.Status == payments.StatusActive || s.Status == payments.StatusPastDue {
		s.MRR = p.random.Int64N(5000)
	}
	return &s
}

// subscriptionStatus is seldom one that ends, because nothing happens to a subscription any more after that.
func (p *program) subscriptionStatus() string {
	if p.random.IntN(20) == 0 {
		return pick(p, payments.StatusCanceled, payments.StatusIncompleteExpired)
	}
	return pick(p, payments.StatusActive, payments.StatusActive, payments.StatusPastDue, payments.StatusTrialing, payments.StatusPaused, "to_come")
}

// payment is the stored one again, or one that differs from it at least in its amount.
func (p *program) payment(where place) *payments.Payment {
	paid := newPayment(where, p.random.IntN(8))
	if stored, err := p.model.Payment(p.ctx, where.project, where.mode, paid.Source); err == nil && p.random.IntN(3) == 0 {
		stored.ID, stored.SubscriptionRecord = p.uuid("rewrite"), ""
		return &stored
	}
	paid.ID, paid.CreatedAt = p.uuid("payment"), at(p.random.IntN(3))
	paid.User = pick[payments.UserID](p, "u1", "u2", "u3", "")
	paid.SubscriptionID, paid.Currency = fmt.Sprint("sub_", p.random.IntN(7)), pick(p, "usd", "eur", "jpy")
	paid.Amount, paid.RefundedAmount = 100000+int64(p.step), 0
	paid.Status = pick(p, payments.PaymentSucceeded, payments.PaymentFailed, payments.PaymentPending, payments.PaymentRefunded)
	paid.Collected = paid.Status == payments.PaymentSucceeded || paid.Status == payments.PaymentRefunded
	if paid.Status == payments.PaymentRefunded {
		paid.RefundedAmount = 1 + p.random.Int64N(paid.Amount)
	}
	return &paid
}

// query asks both for some part of one of the lists.
func (p *program) query() {
	scope := scope(p.place(), p.place())
	f := payments.Filter{Status: pick(p, "", "", payments.StatusActive, payments.PaymentSucceeded, "to_come"), User: pick[payments.UserID](p, "", "", "u1", "u2")}
	if p.random.IntN(3) == 0 {
		f.After, f.Before = at(p.random.IntN(3)), at(1+p.random.IntN(3))
	}
	w := payments.Window{Limit: p.random.IntN(7), Offset: p.random.IntN(3)}
	if p.random.IntN(2) == 0 {
		w.Key = payments.Keyset{CreatedAt: at(p.random.IntN(3)), ID: uuid("any", p.random.IntN(9))}
	}
	p.querySubscriptions(scope, f, w)
	p.queryPayments(scope, f, w)
}

func (p *program) querySubscriptions(scope payments.Scope, f payments.Filter, w payments.Window) {
	got, gotErr := p.Subscriptions(p.ctx, scope, f, w)
	want, wantErr := p.model.Subscriptions(p.ctx, scope, f, w)
	p.same(fmt.Sprintf("Subscriptions %+v %+v %+v", scope, f, w), got, gotErr, want, wantErr)
	count, gotErr := p.CountSubscriptions(p.ctx, scope, f)
	wantCount, wantErr := p.model.CountSubscriptions(p.ctx, scope, f)
	p.same(fmt.Sprintf("CountSubscriptions %+v %+v", scope, f), count, gotErr, wantCount, wantErr)
}

func (p *program) queryPayments(scope payments.Scope, f payments.Filter, w payments.Window) {
	got, gotErr := p.Payments(p.ctx, scope, f, w)
	want, wantErr := p.model.Payments(p.ctx, scope, f, w)
	p.same(fmt.Sprintf("Payments %+v %+v %+v", scope, f, w), got, gotErr, want, wantErr)
	count, gotErr := p.CountPayments(p.ctx, scope, f)
	wantCount, wantErr := p.model.CountPayments(p.ctx, scope, f)
	p.same(fmt.Sprintf("CountPayments %+v %+v", scope, f), count, gotErr, wantCount, wantErr)
}
