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
		&c.Attempts,
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
			at,
			attempts + 1
		FROM payments_changes
		WHERE due_at <= ? AND NOT EXISTS (
			SELECT 1
			FROM payments_changes AS older
			WHERE older.project_id = payments_changes.project_id
				AND older.mode = payments_changes.mode
				AND older.kind = payments_changes.kind
				AND older.stripe_id = payments_changes.stripe_id
				AND older.number < payments_changes.number
		)
		ORDER BY due_at, at, project_id, mode, kind, stripe_id
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
		SET due_at = ?, attempts = ?
		WHERE project_id = ? AND mode = ? AND kind = ? AND stripe_id = ? AND id = ?`,
		lease.UnixMicro(), c.Attempts, c.Project, c.Mode, c.Kind, c.StripeID, c.ID)
	return err
}

// RetryChange implements [payments.ChangeStore].
func (s *Store) RetryChange(ctx context.Context, c payments.Change, at time.Time) (err error) {
	defer wrap(&err, "retry change")
	tx, err := s.write.begin(ctx)
	if err != nil {
		return err
	}
	defer tx.rollback()
	if _, err := tx.exec(`
		UPDATE payments_changes
		SET due_at = ?
		WHERE project_id = ? AND mode = ? AND kind = ? AND stripe_id = ? AND id = ? AND attempts <= ?`,
		at.UnixMicro(), c.Project, c.Mode, c.Kind, c.StripeID, c.ID, c.Attempts); err != nil {
		return err
	}
	return tx.commit()
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
		WHERE project_id = ? AND mode = ? AND kind = ? AND stripe_id = ? AND id = ?`,
		c.Project, c.Mode, c.Kind, c.StripeID, c.ID); err != nil {
		return err
	}
	return tx.commit()
}

// notify writes a change of the sync to the outbox, if anybody reads it. It takes the place behind those of its object that are there.
func (t *tx) notify(y payments.Synced, c payments.Change) error {
	if !y.Notify {
		return nil
	}
	_, err := t.exec(`
		INSERT INTO payments_changes (
			project_id,
			mode,
			kind,
			stripe_id,
			number,
			id,
			user_id,
			status,
			previous_status,
			at,
			due_at,
			attempts
		)
		VALUES (?1, ?2, ?3, ?4, 1 + coalesce((
			SELECT max(number)
			FROM payments_changes
			WHERE project_id = ?1 AND mode = ?2 AND kind = ?3 AND stripe_id = ?4
		), 0), ?5, ?6, ?7, ?8, ?9, ?9, 0)`,
		y.Ticket.Project,
		y.Ticket.Mode,
		c.Kind,
		c.StripeID,
		y.ChangeID,
		c.User,
		c.Status,
		c.PreviousStatus,
		y.Now.UnixMicro())
	return err
}
