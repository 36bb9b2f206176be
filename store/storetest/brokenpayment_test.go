package storetest

import (
	"context"
	"fmt"

	"github.com/manytenants/payments"
)

var brokenPayments = []brokenStore{
	{"stores the subscription record", "payment/a subscription record is not stored", func(m *model) payments.Store { return storesRecord{m} }},
	{"names no subscription record in lists", "payment/a payment names our subscription record", func(m *model) payments.Store { return listsNoRecord{m} }},
	{"names another place's subscription record", "payment/it names none while there is none", func(m *model) payments.Store { return namesAnyRecord{m} }},
	{"writes a row for each object of a payment", "payment/one payment has one row", changesSynced(rowForEach)},
	{"keeps a payment's first user", "payment/a user may appear and change", changesSynced(keepsPayer)},
	{"forgets a payment's user", "payment/a user stays where the new one isn't known", afterwards(forgetsPayer)},
	{"makes a refund final", "payment/no state of a payment is final", applies(finalRefund)},
	{"refuses amounts below zero", "payment/whole numbers are kept", applies(refusesNegative)},
	{"ignores the project in a read", "payment/the same Stripe ID may be in every place", func(m *model) payments.Store { return ignoresProject{m} }},
}

type storesRecord struct{ *model }

func (b storesRecord) Payment(ctx context.Context, project payments.ProjectID, mode payments.Mode, source string) (payments.Payment, error) {
	p, err := b.model.Payment(ctx, project, mode, source)
	if p.SubscriptionRecord == "" {
		p.SubscriptionRecord = uuid("bogus")
	}
	return p, err
}

type listsNoRecord struct{ *model }

func (b listsNoRecord) Payments(ctx context.Context, scope payments.Scope, f payments.Filter, w payments.Window) ([]payments.Payment, error) {
	rows, err := b.model.Payments(ctx, scope, f, w)
	for i := range rows {
		rows[i].SubscriptionRecord = ""
	}
	return rows, err
}

type namesAnyRecord struct{ *model }

func (b namesAnyRecord) Payment(ctx context.Context, project payments.ProjectID, mode payments.Mode, source string) (payments.Payment, error) {
	p, err := b.model.Payment(ctx, project, mode, source)
	for k, s := range b.subscriptions {
		if k.id == p.SubscriptionID {
			p.SubscriptionRecord = s.ID
		}
	}
	return p, err
}

func rowForEach(_ *model, s *payments.Synced) {
	if s.Payment != nil {
		row := *s.Payment
		row.Source = fmt.Sprint(s.Ticket.ID)
		s.Payment = &row
	}
}

func keepsPayer(m *model, s *payments.Synced) {
	if s.Payment == nil {
		return
	}
	if row := m.payments[key{place{s.Ticket.Project, s.Ticket.Mode}, s.Payment.Source}]; row.User != "" {
		s.Payment.User = row.User
	}
}

func forgetsPayer(m *model, s payments.Synced, _ bool) {
	if s.Payment == nil {
		return
	}
	k := key{place{s.Ticket.Project, s.Ticket.Mode}, s.Payment.Source}
	row := m.payments[k]
	row.User = s.Payment.User
	m.payments[k] = row
}

func finalRefund(ctx context.Context, m *model, s payments.Synced) (bool, error) {
	if m.payments[key{place{s.Ticket.Project, s.Ticket.Mode}, s.Payment.Source}].Status == payments.PaymentRefunded {
		s.Payment = nil
	}
	return m.ApplySync(ctx, s)
}

func refusesNegative(ctx context.Context, m *model, s payments.Synced) (bool, error) {
	if s.Payment.Amount < 0 {
		return false, payments.ErrConflict
	}
	return m.ApplySync(ctx, s)
}

type ignoresProject struct{ *model }

func (b ignoresProject) Payment(ctx context.Context, _ payments.ProjectID, mode payments.Mode, source string) (payments.Payment, error) {
	return b.model.Payment(ctx, home.project, mode, source)
}
