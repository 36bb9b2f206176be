package storetest

import (
	"context"
	"time"

	"github.com/manytenants/payments"
)

// brokenApply is a store whose ApplySync does something else with the model.
type brokenApply struct {
	*model
	apply func(ctx context.Context, m *model, s payments.Synced) (bool, error)
}

func (b brokenApply) ApplySync(ctx context.Context, s payments.Synced) (bool, error) {
	return b.apply(ctx, b.model, s)
}

// applies opens a store that has another ApplySync.
func applies(apply func(ctx context.Context, m *model, s payments.Synced) (bool, error)) func(m *model) payments.Store {
	return func(m *model) payments.Store { return brokenApply{m, apply} }
}

// changesSynced opens a store that changes what it is given before it writes.
func changesSynced(edit func(m *model, s *payments.Synced)) func(m *model) payments.Store {
	return applies(func(ctx context.Context, m *model, s payments.Synced) (bool, error) {
		m.locked(func() { edit(m, &s) })
		return m.ApplySync(ctx, s)
	})
}

// afterwards opens a store that does something more once it has written.
func afterwards(then func(m *model, s payments.Synced, applied bool)) func(m *model) payments.Store {
	return applies(func(ctx context.Context, m *model, s payments.Synced) (bool, error) {
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
	{"keeps the caller's pointers", "sync/a pointer's value is copied", func(m *model) payments.Store { return &keepsPointer{model: m} }},
	{"keeps what came before an error", "store/a cancelled call changes nothing", applies(keepsHalf)},
	{"keeps what came before an interruption", "store/a call cut short changes all or nothing", applies(keepsInterrupted)},
}

// forgetsGuard writes whatever the ticket.
func forgetsGuard(ctx context.Context, m *model, s payments.Synced) (bool, error) {
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

func refusesSecond(ctx context.Context, m *model, s payments.Synced) (bool, error) {
	if m.objects[s.Ticket.Object].applied > 0 {
		return false, nil
	}
	return m.ApplySync(ctx, s)
}

func reportsApplied(ctx context.Context, m *model, s payments.Synced) (bool, error) {
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

func needsRow(ctx context.Context, m *model, s payments.Synced) (bool, error) {
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

// keepsPointer reads the subscription where its caller put it.
type keepsPointer struct {
	*model
	kept *payments.Subscription
}

func (b *keepsPointer) ApplySync(ctx context.Context, s payments.Synced) (bool, error) {
	b.kept = s.Subscription
	return b.model.ApplySync(ctx, s)
}

func (b *keepsPointer) Subscription(context.Context, payments.ProjectID, payments.Mode, string) (payments.Subscription, error) {
	return *b.kept, nil
}

// keepsHalf writes the rows before it looks whether it may.
func keepsHalf(ctx context.Context, m *model, s payments.Synced) (bool, error) {
	if ctx.Err() != nil {
		m.locked(func() { m.applyRows(s) })
	}
	return m.ApplySync(ctx, s)
}

// keepsInterrupted writes the rows, and is interrupted then.
func keepsInterrupted(ctx context.Context, m *model, s payments.Synced) (bool, error) {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < time.Minute {
		m.locked(func() { m.applyRows(s) })
		<-ctx.Done()
	}
	return m.ApplySync(ctx, s)
}
