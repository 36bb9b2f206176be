package sqlite

import (
	"context"
	"errors"
	"time"

	"github.com/manytenants/payments"
)

var errForeign = errors.New("a part belongs to another project or mode than the whole")

// ApplySync implements [payments.SyncStore].
func (s *Store) ApplySync(ctx context.Context, y payments.Synced) (applied bool, err error) {
	defer wrap(&err, "apply sync")
	if !oneTenant(y) {
		return false, errForeign
	}
	tx, err := s.write.begin(ctx)
	if err != nil {
		return false, err
	}
	defer tx.rollback()
	if newer, err := tx.redeem(y.Ticket, y.Now); err != nil || !newer {
		return false, err
	}
	if err := tx.write(y); err != nil {
		return false, err
	}
	if err := tx.commit(); err != nil {
		return false, err
	}
	return true, nil
}

// oneTenant reports whether everything in a sync is of the ticket's project and mode, whose counters move.
func oneTenant(y payments.Synced) bool {
	ours := func(project payments.ProjectID, mode payments.Mode) bool {
		return project == y.Ticket.Project && mode == y.Ticket.Mode
	}
	for _, o := range y.Requests {
		if !ours(o.Project, o.Mode) {
			return false
		}
	}
	return (y.Subscription == nil || ours(y.Subscription.Project, y.Subscription.Mode)) &&
		(y.Payment == nil || ours(y.Payment.Project, y.Payment.Mode)) &&
		(y.Customer == nil || ours(y.Customer.Project, y.Customer.Mode))
}

// redeem marks a ticket applied unless it comes too late, and reports whether it did.
func (t *tx) redeem(ticket payments.Ticket, now time.Time) (bool, error) {
	affected, err := t.exec(`
		INSERT INTO payments_syncs (
			project_id,
			mode,
			kind,
			id,
			number,
			claimed,
			applied,
			due_at,
			since,
			attempts,
			last_error
		)
		VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?5, ?6, ?6, 0, '')
		ON CONFLICT (project_id, mode, kind, id) DO UPDATE SET
			number     = max(number, ?5),
			applied    = ?5,
			due_at     = ?6,
			attempts   = 0,
			last_error = ''
		WHERE applied < ?5`,
		ticket.Project, ticket.Mode, ticket.Kind, ticket.ID, ticket.Number, now.UnixMicro())
	return affected == 1, err
}

// write writes what a redeemed ticket brought.
func (t *tx) write(y payments.Synced) error {
	var moves counters
	if err := t.putSubscription(y, &moves); err != nil {
		return err
	}
	if err := t.putPayment(y, &moves); err != nil {
		return err
	}
	if err := t.move(y.Ticket.Project, y.Ticket.Mode, moves); err != nil {
		return err
	}
	if err := t.forgetCustomer(y.Ticket.Project, y.Ticket.Mode, y.DeletedCustomer); err != nil {
		return err
	}
	if y.Customer != nil {
		if err := t.addCustomer(*y.Customer); err != nil {
			return err
		}
	}
	if err := t.finishEvents(y); err != nil {
		return err
	}
	return t.request(y.Now, y.Requests)
}
