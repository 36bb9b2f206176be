package storetest

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/manytenants/payments"
)

// brokenApply is a store whose ApplySync does something else with the model.
type brokenApply struct {
	*model
	apply func(m *model, ctx context.Context, s payments.Synced) (bool, error)
}

func (b brokenApply) ApplySync(ctx context.Context, s payments.Synced) (bool, error) {
	return b.apply(b.model, ctx, s)
}

// applies opens a store that has another ApplySync.
func applies(apply func(m *model, ctx context.Context, s payments.Synced) (bool, error)) func(m *model) payments.Store {
	return func(m *model) payments.Store { return brokenApply{m, apply} }
}

// changesSynced opens a store that changes what it is given before it writes.
func changesSynced(edit func(m *model, s *payments.Synced)) func(m *model) payments.Store {
	return applies(func(m *model, ctx context.Context, s payments.Synced) (bool, error) {
		m.locked(func() { edit(m, &s) })
		return m.ApplySync(ctx, s)
	})
}

// afterwards opens a store that does something more once it has written.
func afterwards(then func(m *model, s payments.Synced, applied bool)) func(m *model) payments.Store {
	return applies(func(m *model, ctx context.Context, s payments.Synced) (bool, error) {
		applied, err := m.ApplySync(ctx, s)
		m.locked(func() { then(m, s, applied) })
		return applied, err
	})
}

var brokenApplies = []brokenStore{
	{"forgets the ticket guard", "sync/an older ticket writes nothing at all", applies(forgetsGuard)},
	{"writes with a ticket twice", "sync/a ticket writes once", applies(forgetsGuard)},
	{"lets many applies of a ticket through", "sync/one of 16 applies of a ticket writes", applies(forgetsGuard)},
	{"lets the last of many tickets stand", "sync/the newest of 16 tickets stands", applies(forgetsGuard)},
	{"requests with a stale ticket", "sync/an older ticket writes nothing at all", afterwards(requestsStale)},
	{"inserts a customer with a stale ticket", "sync/a ticket writes once", afterwards(customersStale)},
	{"clears errors with a stale ticket", "sync/an older ticket writes nothing at all", afterwards(clearsStale)},
	{"refuses a newer ticket", "sync/a newer ticket writes after an older", applies(refusesSecond)},
	{"reports a stale ticket as applied", "sync/a ticket writes once", applies(reportsApplied)},
	{"loses a request during a fetch", "sync/a request during a fetch keeps the object pending", afterwards(losesRequest)},
	{"keeps an applied object pending", "sync/an applied object is no longer pending", afterwards(staysPending)},
	{"keeps attempts after a success", "sync/a request during a fetch keeps the object pending", afterwards(keepsAttempts)},
	{"takes no ticket without a row", "sync/an apply with nothing to write counts", applies(needsRow)},
	{"drops further objects", "sync/further objects become due", changesSynced(func(_ *model, s *payments.Synced) { s.Requests = nil })},
	{"requests known objects only", "sync/further objects become due", changesSynced(requestsKnown)},
	{"overwrites a customer", "sync/a customer is inserted unless there", changesSynced(overwritesCustomer)},
	{"keeps a deleted customer", "sync/a deleted customer is forgotten", changesSynced(func(_ *model, s *payments.Synced) { s.DeletedCustomer = "" })},
	{"deletes a customer in every mode", "sync/a deleted customer is forgotten", afterwards(deletesEverywhere)},
	{"shares tickets between modes", "sync/tickets are of their place", afterwards(sharesTickets)},
	{"keeps the caller's pointers", "sync/a pointer's value is copied", applies(keepsPointers)},
	{"keeps what came before an error", "store/a cancelled call changes nothing", applies(keepsHalf)},
	{"keeps what came before an interruption", "store/a call cut short changes all or nothing", applies(keepsInterrupted)},
}

// forgetsGuard writes whatever the ticket.
func forgetsGuard(m *model, ctx context.Context, s payments.Synced) (bool, error) {
	m.locked(func() { m.objects[s.Ticket.Object].applied = 0 })
	return m.ApplySync(ctx, s)
}

func requestsStale(m *model, s payments.Synced, applied bool) {
	for _, o := range s.Requests {
		if !applied {
			m.request(s.Now, o)
		}
	}
}

func customersStale(m *model, s payments.Synced, applied bool) {
	if !applied && s.Customer != nil {
		m.insertCustomer(*s.Customer)
	}
}

func clearsStale(m *model, s payments.Synced, _ bool) {
	m.objects[s.Ticket.Object].LastError = ""
}

func refusesSecond(m *model, ctx context.Context, s payments.Synced) (bool, error) {
	if m.objects[s.Ticket.Object].applied > 0 {
		return false, nil
	}
	return m.ApplySync(ctx, s)
}

func reportsApplied(m *model, ctx context.Context, s payments.Synced) (bool, error) {
	_, err := m.ApplySync(ctx, s)
	return true, err
}

func losesRequest(m *model, s payments.Synced, applied bool) {
	if applied {
		m.objects[s.Ticket.Object].Pending = false
	}
}

func staysPending(m *model, s payments.Synced, _ bool) { m.objects[s.Ticket.Object].Pending = true }

func keepsAttempts(m *model, s payments.Synced, _ bool) {
	m.objects[s.Ticket.Object].Attempts = s.Ticket.Attempts
}

func needsRow(m *model, ctx context.Context, s payments.Synced) (bool, error) {
	if s.Subscription == nil && s.Payment == nil {
		return true, nil
	}
	return m.ApplySync(ctx, s)
}

func requestsKnown(m *model, s *payments.Synced) {
	var known []payments.Object
	for _, o := range s.Requests {
		if m.objects[o] != nil {
			known = append(known, o)
		}
	}
	s.Requests = known
}

func overwritesCustomer(m *model, s *payments.Synced) {
	if s.Customer != nil {
		delete(m.customers, customerKey(*s.Customer))
	}
}

func deletesEverywhere(m *model, s payments.Synced, _ bool) {
	for k, c := range m.customers {
		if c.CustomerID == s.DeletedCustomer && c.Project == s.Ticket.Project {
			delete(m.customers, k)
		}
	}
}

func sharesTickets(m *model, s payments.Synced, _ bool) {
	for o, p := range m.objects {
		if o.ID == s.Ticket.ID && o.Project == s.Ticket.Project {
			p.applied = max(p.applied, s.Ticket.Number)
		}
	}
}

// keepsPointers reads the subscription again after its caller has changed it.
func keepsPointers(m *model, ctx context.Context, s payments.Synced) (bool, error) {
	applied, err := m.ApplySync(ctx, s)
	requests := s.Requests
	m.locked(func() {
		for _, o := range requests {
			delete(m.objects, o)
		}
		m.objects[payments.Object{}] = &progress{}
	})
	return applied, err
}

// keepsHalf writes the rows before it looks whether it may.
func keepsHalf(m *model, ctx context.Context, s payments.Synced) (bool, error) {
	if ctx.Err() != nil {
		m.locked(func() { m.applyRows(s) })
	}
	return m.ApplySync(ctx, s)
}

// keepsInterrupted writes the rows, and is interrupted then.
func keepsInterrupted(m *model, ctx context.Context, s payments.Synced) (bool, error) {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < time.Minute {
		m.locked(func() { m.applyRows(s) })
		<-ctx.Done()
	}
	return m.ApplySync(ctx, s)
}

var brokenSubscriptions = []brokenStore{
	{"brings back what has ended", "subscription/what has ended keeps its status", changesSynced(bringsBack)},
	{"keeps half of what has ended", "subscription/what has ended keeps its status", afterwards(keepsStatusOnly)},
	{"takes no ticket for what has ended", "subscription/what has ended still takes its ticket", applies(refusesEnded)},
	{"never changes what has ended", "subscription/what has ended still takes other news", applies(freezesEnded)},
	{"counts a late status", "subscription/what has ended keeps its status", func(m *model) payments.Store { return &countsLate{model: m} }},
	{"gives a new ID to a row", "subscription/a later apply replaces it whole", afterwards(givesNewID)},
	{"keeps what the new row leaves empty", "subscription/a later apply replaces it whole", changesSynced(keepsOldText)},
	{"prefers the newest to the live", "subscription/the current one is the newest that is live", func(m *model) payments.Store { return prefersNewest{m} }},
	{"answers with what has ended", "subscription/else the newest that has not ended", func(m *model) payments.Store { return prefersNewest{m} }},
	{"knows only the statuses of today", "subscription/else the newest that has not ended", func(m *model) payments.Store { return knowsStatuses{m} }},
	{"ignores the mode in a read", "subscription/what is not there is ErrNotFound", func(m *model) payments.Store { return readsTest{m} }},
	{"keeps numbers as floats", "subscription/whole numbers are kept", changesSynced(asFloats)},
	{"trims text", "subscription/text is kept byte by byte", changesSynced(trimsText)},
	{"keeps zero times as 1970", "subscription/times are kept", changesSynced(zeroAs1970)},
	{"keeps times by the millisecond", "subscription/times are kept", changesSynced(byMillisecond)},
	{"forgets a user who is gone", "subscription/a user may appear and change", changesSynced(keepsUser)},
}

func stored(m *model, s payments.Synced) (payments.Subscription, bool) {
	if s.Subscription == nil {
		return payments.Subscription{}, false
	}
	row, ok := m.subscriptions[key{place{s.Ticket.Project, s.Ticket.Mode}, s.Subscription.SubscriptionID}]
	return row, ok
}

func store(m *model, row payments.Subscription) {
	m.subscriptions[key{place{row.Project, row.Mode}, row.SubscriptionID}] = row
}

func bringsBack(m *model, s *payments.Synced) {
	if row, ok := stored(m, *s); ok {
		row.Status = s.Subscription.Status
		store(m, row)
	}
}

func keepsStatusOnly(m *model, s payments.Synced, _ bool) {
	if row, ok := stored(m, s); ok {
		row.PlanName = s.Subscription.PlanName
		store(m, row)
	}
}

func refusesEnded(m *model, ctx context.Context, s payments.Synced) (bool, error) {
	if row, ok := stored(m, s); ok && row.Ended() && row.Status != s.Subscription.Status {
		return false, nil
	}
	return m.ApplySync(ctx, s)
}

func freezesEnded(m *model, ctx context.Context, s payments.Synced) (bool, error) {
	if row, ok := stored(m, s); ok && row.Ended() {
		s.Subscription = nil
	}
	return m.ApplySync(ctx, s)
}

// countsLate moves the counters of a status that the row did not take.
type countsLate struct {
	*model
	late int64
}

func (b *countsLate) ApplySync(ctx context.Context, s payments.Synced) (bool, error) {
	if row, ok := stored(b.model, s); ok && row.Ended() && row.Status != s.Subscription.Status {
		b.late++
	}
	return b.model.ApplySync(ctx, s)
}

func (b *countsLate) Totals(ctx context.Context, projects []payments.ProjectID, mode payments.Mode) (payments.Totals, error) {
	totals, err := b.model.Totals(ctx, projects, mode)
	if b.late > 0 {
		totals.SubscriptionsByStatus[payments.StatusActive] += b.late
	}
	return totals, err
}

func givesNewID(m *model, s payments.Synced, _ bool) {
	if row, ok := stored(m, s); ok {
		row.ID = s.Subscription.ID
		store(m, row)
	}
}

func keepsOldText(m *model, s *payments.Synced) {
	if row, ok := stored(m, *s); ok && s.Subscription.PlanName == "" {
		s.Subscription.PlanName = row.PlanName
	}
}

type prefersNewest struct{ *model }

func (b prefersNewest) CurrentSubscription(ctx context.Context, project payments.ProjectID, mode payments.Mode, user payments.UserID) (payments.Subscription, error) {
	rows, err := b.Subscriptions(ctx, place{project, mode}.scope(), payments.Filter{User: user}, payments.Window{Limit: 1})
	if len(rows) == 0 {
		return payments.Subscription{}, payments.ErrNotFound
	}
	return rows[0], err
}

type knowsStatuses struct{ *model }

func (b knowsStatuses) CurrentSubscription(ctx context.Context, project payments.ProjectID, mode payments.Mode, user payments.UserID) (payments.Subscription, error) {
	s, err := b.model.CurrentSubscription(ctx, project, mode, user)
	if s.Status == "to_come" {
		return payments.Subscription{}, payments.ErrNotFound
	}
	return s, err
}

type readsTest struct{ *model }

func (b readsTest) Subscription(ctx context.Context, project payments.ProjectID, _ payments.Mode, id string) (payments.Subscription, error) {
	return b.model.Subscription(ctx, project, payments.Test, id)
}

func asFloats(_ *model, s *payments.Synced) {
	s.Subscription.Amount = int64(float64(s.Subscription.Amount))
}

func trimsText(_ *model, s *payments.Synced) {
	s.Subscription.PlanName = strings.TrimSpace(s.Subscription.PlanName)
}

func zeroAs1970(_ *model, s *payments.Synced) {
	if s.Subscription.EndedAt.IsZero() {
		s.Subscription.EndedAt = time.Unix(0, 0)
	}
}

func byMillisecond(_ *model, s *payments.Synced) {
	row := *s.Subscription
	row.TrialEnd = row.TrialEnd.Truncate(time.Millisecond)
	s.Subscription = &row
}

func keepsUser(m *model, s *payments.Synced) {
	if row, ok := stored(m, *s); ok && s.Subscription.User == "" {
		s.Subscription.User = row.User
	}
}

var brokenPayments = []brokenStore{
	{"stores the subscription record", "payment/a subscription record is not stored", func(m *model) payments.Store { return storesRecord{m} }},
	{"names no subscription record in lists", "payment/a payment names our subscription record", func(m *model) payments.Store { return listsNoRecord{m} }},
	{"names another place's subscription record", "payment/it names none while there is none", func(m *model) payments.Store { return namesAnyRecord{m} }},
	{"writes a row for each object of a payment", "payment/one payment has one row", changesSynced(rowForEach)},
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

func finalRefund(m *model, ctx context.Context, s payments.Synced) (bool, error) {
	if m.payments[key{place{s.Ticket.Project, s.Ticket.Mode}, s.Payment.Source}].Status == payments.PaymentRefunded {
		s.Payment = nil
	}
	return m.ApplySync(ctx, s)
}

func refusesNegative(m *model, ctx context.Context, s payments.Synced) (bool, error) {
	if s.Payment.Amount < 0 {
		return false, payments.ErrConflict
	}
	return m.ApplySync(ctx, s)
}

type ignoresProject struct{ *model }

func (b ignoresProject) Payment(ctx context.Context, _ payments.ProjectID, mode payments.Mode, source string) (payments.Payment, error) {
	return b.model.Payment(ctx, home.project, mode, source)
}
