package sqlite

import (
	"context"
	"time"

	"github.com/manytenants/payments"
)

func scanChange(row scanner) (c payments.Change, err error) {
	err = row.Scan(
		&c.Project,
		&c.Mode,
		&c.ID,
		&c.Kind,
		&c.StripeID,
		&c.User,
		&c.Status,
		&c.PreviousStatus,
		micros{&c.At},
	)
	return c, err
}

// ClaimChanges implements [payments.ChangeStore].
func (s *Store) ClaimChanges(ctx context.Context, now, lease time.Time, limit int) (_ []payments.Change, err error) {
	defer wrap(&err, "claim changes")
	if limit <= 0 {
		return nil, nil
	}
	tx, err := s.write.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer tx.rollback()
	// Oldest first is the index's order. What is passed over are the leases of other claimers.
	due, err := all(tx, scanChange, `
		SELECT
			project_id,
			mode,
			id,
			kind,
			stripe_id,
			user_id,
			status,
			previous_status,
			at
		FROM payments_changes
		WHERE due_at <= ?
		ORDER BY at, project_id, mode, id, kind, stripe_id
		LIMIT ?`,
		now.UnixMicro(), limit)
	if err != nil || len(due) == 0 {
		return nil, err
	}
	for _, c := range due {
		if err := tx.leaseChange(c, lease); err != nil {
			return nil, err
		}
	}
	return due, tx.commit()
}

func (t *tx) leaseChange(c payments.Change, lease time.Time) error {
	_, err := t.exec(`
		UPDATE payments_changes
		SET due_at = ?
		WHERE project_id = ? AND mode = ? AND id = ? AND kind = ? AND stripe_id = ?`,
		lease.UnixMicro(), c.Project, c.Mode, c.ID, c.Kind, c.StripeID)
	return err
}

// AckChange implements [payments.ChangeStore].
func (s *Store) AckChange(ctx context.Context, c payments.Change) (err error) {
	defer wrap(&err, "ack change")
	tx, err := s.write.begin(ctx)
	if err != nil {
		return err
	}
	defer tx.rollback()
	if _, err := tx.exec(`
		DELETE FROM payments_changes
		WHERE project_id = ? AND mode = ? AND id = ? AND kind = ? AND stripe_id = ?`,
		c.Project, c.Mode, c.ID, c.Kind, c.StripeID); err != nil {
		return err
	}
	return tx.commit()
}

// notify writes a change of the sync to the outbox, if anybody reads it.
func (t *tx) notify(y payments.Synced, c payments.Change) error {
	if !y.Notify {
		return nil
	}
	_, err := t.exec(`
		INSERT INTO payments_changes (
			project_id,
			mode,
			id,
			kind,
			stripe_id,
			user_id,
			status,
			previous_status,
			at,
			due_at
		)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		y.Ticket.Project,
		y.Ticket.Mode,
		y.ChangeID,
		c.Kind,
		c.StripeID,
		c.User,
		c.Status,
		c.PreviousStatus,
		y.Now.UnixMicro(),
		y.Now.UnixMicro())
	return err
}
