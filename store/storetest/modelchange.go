package storetest

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/manytenants/payments"
)

// A delivery is a change with the time when it is due, and its place in the order of writing.
type delivery struct {
	payments.Change
	due    time.Time
	number int
}

func (m *model) notify(p place, s payments.Synced, c payments.Change) {
	c.ID, c.Project, c.Mode, c.At = s.ChangeID, p.project, p.mode, s.Now.UTC()
	m.told++
	m.changes[changeKey(c)] = &delivery{c, c.At, m.told}
}

// changeKey tells changes apart: two rows of one apply share their ID.
func changeKey(c payments.Change) key {
	return key{place{c.Project, c.Mode}, c.ID + " " + string(c.Kind) + " " + c.StripeID}
}

// ClaimChanges takes what is due and has none before it.
func (m *model) ClaimChanges(ctx context.Context, now, lease time.Time, limit int) ([]payments.Change, error) {
	return m.claimUnless(ctx, precedes, now, lease, limit)
}

// precedes reports whether a change holds d back: it is of the same object and was written before.
func precedes(older, d *delivery) bool {
	return changedObject(older.Change) == changedObject(d.Change) && older.number < d.number
}

func changedObject(c payments.Change) payments.Object {
	return place{c.Project, c.Mode}.object(c.Kind, c.StripeID)
}

// claimUnless takes what is due and held back by nothing, by due time and age.
func (m *model) claimUnless(ctx context.Context, holds func(other, d *delivery) bool, now, lease time.Time, limit int) ([]payments.Change, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := values(m.changes)
	due := slices.DeleteFunc(slices.Clone(all), func(d *delivery) bool {
		held := slices.ContainsFunc(all, func(other *delivery) bool { return holds(other, d) })
		return held || d.due.After(now) || ctx.Err() != nil
	})
	slices.SortFunc(due, func(a, b *delivery) int {
		return cmp.Or(a.due.Compare(b.due), a.At.Compare(b.At), compareObjects(changedObject(a.Change), changedObject(b.Change)))
	})
	var changes []payments.Change
	for _, d := range due[:min(limit, len(due))] {
		d.due = lease.UTC()
		d.Attempts++
		changes = append(changes, d.Change)
	}
	return changes, ctx.Err()
}

// RetryChange moves the due time of a change that was not claimed since.
func (m *model) RetryChange(ctx context.Context, c payments.Change, at time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if d := m.changes[changeKey(c)]; d != nil && d.Attempts <= c.Attempts && ctx.Err() == nil {
		d.due = at.UTC()
	}
	return ctx.Err()
}

// AckChange deletes the change, there or not.
func (m *model) AckChange(ctx context.Context, c payments.Change) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if ctx.Err() == nil {
		delete(m.changes, changeKey(c))
	}
	return ctx.Err()
}
