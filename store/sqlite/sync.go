package sqlite

import (
	"context"
	"time"

	"github.com/manytenants/payments"
)

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

// request gives each object a new number. The due time of one that isn't pending is of the past and
// doesn't count; one that is parked has none.
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
				due_at = CASE WHEN number > applied THEN min(coalesce(due_at, ?5), ?5) ELSE ?5 END,
				since  = CASE WHEN number > applied THEN since ELSE ?5 END`,
			o.Project, o.Mode, o.Kind, o.ID, now.UnixMicro()); err != nil {
			return err
		}
	}
	return nil
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
		dueMicros(at), reason,
		ticket.Project, ticket.Mode, ticket.Kind, ticket.ID,
		ticket.Number); err != nil {
		return err
	}
	return tx.commit()
}

// dueMicros is a due time as it is stored: none while the object is parked, which keeps it out of the index of due work.
func dueMicros(at time.Time) any {
	if at.IsZero() {
		return nil
	}
	return at.UnixMicro()
}

// WakeSyncs implements [payments.SyncStore].
func (s *Store) WakeSyncs(ctx context.Context, project payments.ProjectID, mode payments.Mode, now time.Time) (err error) {
	defer wrap(&err, "wake syncs")
	tx, err := s.write.begin(ctx)
	if err != nil {
		return err
	}
	defer tx.rollback()
	if _, err := tx.exec(`
		UPDATE payments_syncs
		SET due_at = ?3
		WHERE project_id = ?1 AND mode = ?2 AND number > applied
			AND (due_at IS NULL OR due_at > ?3)`,
		project, mode, now.UnixMicro()); err != nil {
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
