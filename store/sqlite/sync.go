package sqlite

import (
	"context"
	"time"

	"github.com/manytenants/payments"
)

func scanObject(row scanner) (o payments.Object, err error) {
	err = row.Scan(
		&o.Project,
		&o.Mode,
		&o.Kind,
		&o.ID,
	)
	return o, err
}

func scanSyncState(row scanner) (s payments.SyncState, err error) {
	err = row.Scan(
		&s.Project,
		&s.Mode,
		&s.Kind,
		&s.ID,
		&s.Pending,
		micros{&s.DueAt},
		micros{&s.Since},
		&s.Attempts,
		&s.LastError,
	)
	return s, err
}

// RequestSync implements [payments.SyncStore].
func (s *Store) RequestSync(ctx context.Context, now time.Time, objects ...payments.Object) (err error) {
	defer wrap(&err, "request sync")
	if len(objects) == 0 {
		return ctx.Err()
	}
	tx, err := s.write.begin(ctx)
	if err != nil {
		return err
	}
	defer tx.rollback()
	if err := tx.request(now, objects); err != nil {
		return err
	}
	return tx.commit()
}

// request gives each object a new number. The due time of one that isn't pending is of the past and doesn't count.
func (t *tx) request(now time.Time, objects []payments.Object) error {
	for _, o := range objects {
		if _, err := t.exec(`
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
			VALUES (?1, ?2, ?3, ?4, 1, 0, 0, ?5, ?5, 0, '')
			ON CONFLICT (project_id, mode, kind, id) DO UPDATE SET
				number = number + 1,
				due_at = CASE WHEN number > applied THEN min(due_at, ?5) ELSE ?5 END,
				since  = CASE WHEN number > applied THEN since ELSE ?5 END`,
			o.Project, o.Mode, o.Kind, o.ID, now.UnixMicro()); err != nil {
			return err
		}
	}
	return nil
}

// ClaimDue implements [payments.SyncStore].
func (s *Store) ClaimDue(ctx context.Context, now, lease time.Time, limit int) (_ []payments.Ticket, err error) {
	defer wrap(&err, "claim due")
	if limit <= 0 {
		return nil, nil
	}
	tx, err := s.write.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer tx.rollback()
	due, err := all(tx, scanObject, `
		SELECT
			project_id,
			mode,
			kind,
			id
		FROM payments_syncs
		WHERE number > applied AND due_at <= ?
		ORDER BY due_at, project_id, mode, kind, id
		LIMIT ?`,
		now.UnixMicro(), limit)
	if err != nil || len(due) == 0 {
		return nil, err
	}
	tickets := make([]payments.Ticket, len(due))
	for i, o := range due {
		if tickets[i], err = tx.claim(o, now, lease); err != nil {
			return nil, err
		}
	}
	return tickets, tx.commit()
}

// ClaimObject implements [payments.SyncStore].
func (s *Store) ClaimObject(ctx context.Context, o payments.Object, now, lease time.Time) (_ payments.Ticket, err error) {
	defer wrap(&err, "claim object")
	tx, err := s.write.begin(ctx)
	if err != nil {
		return payments.Ticket{}, err
	}
	defer tx.rollback()
	ticket, err := tx.claim(o, now, lease)
	if err != nil {
		return payments.Ticket{}, err
	}
	return ticket, tx.commit()
}

// claim gives an object the number of a fetch that begins now.
func (t *tx) claim(o payments.Object, now, lease time.Time) (payments.Ticket, error) {
	scan := func(row scanner) (payments.Ticket, error) {
		ticket := payments.Ticket{Object: o}
		err := row.Scan(&ticket.Number, &ticket.Attempts)
		return ticket, err
	}
	return one(t, scan, `
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
		VALUES (?1, ?2, ?3, ?4, 1, 1, 0, ?5, ?6, 1, '')
		ON CONFLICT (project_id, mode, kind, id) DO UPDATE SET
			number   = number + 1,
			claimed  = number + 1,
			attempts = attempts + 1,
			due_at   = ?5,
			since    = CASE WHEN number > applied THEN since ELSE ?6 END
		RETURNING number, attempts`,
		o.Project, o.Mode, o.Kind, o.ID, lease.UnixMicro(), now.UnixMicro())
}

// RetrySync implements [payments.SyncStore].
func (s *Store) RetrySync(ctx context.Context, ticket payments.Ticket, at time.Time, reason string) (err error) {
	defer wrap(&err, "retry sync")
	tx, err := s.write.begin(ctx)
	if err != nil {
		return err
	}
	defer tx.rollback()
	if _, err := tx.exec(`
		UPDATE payments_syncs
		SET due_at = ?, last_error = ?
		WHERE project_id = ? AND mode = ? AND kind = ? AND id = ?
			AND claimed <= ?7 AND applied < ?7`,
		at.UnixMicro(), reason,
		ticket.Project, ticket.Mode, ticket.Kind, ticket.ID,
		ticket.Number); err != nil {
		return err
	}
	return tx.commit()
}

// PendingSyncs implements [payments.SyncStore].
func (s *Store) PendingSyncs(ctx context.Context, project payments.ProjectID, mode payments.Mode, limit int) (_ []payments.SyncState, err error) {
	defer wrap(&err, "pending syncs")
	return all(s.read.latest(ctx), scanSyncState, `
		SELECT
			project_id,
			mode,
			kind,
			id,
			number > applied,
			due_at,
			since,
			attempts,
			last_error
		FROM payments_syncs
		WHERE project_id = ? AND mode = ? AND number > applied
		ORDER BY since, kind, id
		LIMIT ?`,
		project, mode, max(0, limit))
}
