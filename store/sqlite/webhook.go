package sqlite

import (
	"context"

	"github.com/manytenants/payments"
)

const eventColumns = `
	project_id,
	mode,
	id,
	type,
	object_kind,
	object_id,
	status,
	reason,
	received_at,
	processed_at`

func scanEvent(row scanner) (e payments.Event, err error) {
	err = row.Scan(
		&e.Project,
		&e.Mode,
		&e.ID,
		&e.Type,
		&e.Object.Kind,
		&e.Object.ID,
		&e.Status,
		&e.Reason,
		micros{&e.ReceivedAt},
		micros{&e.ProcessedAt},
	)
	if e.Object != (payments.Object{}) {
		e.Object.Project, e.Object.Mode = e.Project, e.Mode
	}
	return e, err
}

var events = listing[payments.Event]{
	table:   "payments_events",
	columns: eventColumns,
	time:    "received_at",
	scan:    scanEvent,
}

// Events implements [payments.EventStore].
func (s *Store) Events(ctx context.Context, project payments.ProjectID, mode payments.Mode, w payments.Window) (_ []payments.Event, err error) {
	defer wrap(&err, "events")
	scope := payments.Scope{Projects: []payments.ProjectID{project}, Modes: []payments.Mode{mode}}
	return events.page(ctx, s.read, scope, payments.Filter{}, w)
}

// AddEvent implements [payments.EventStore]. Events that arrive while a commit is under way share the next one.
func (s *Store) AddEvent(ctx context.Context, e payments.Event) (added bool, err error) {
	defer wrap(&err, "add event")
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if o := e.Object; o != (payments.Object{}) && (o.Project != e.Project || o.Mode != e.Mode) {
		return false, errForeign
	}
	a, err := s.inbox.join(e, s.commitEvents)
	if err != nil {
		return false, err
	}
	select {
	case <-a.done:
	case <-ctx.Done():
		if s.inbox.leave(a) {
			return false, ctx.Err()
		}
		<-a.done // its transaction has begun, and ends in a moment
	}
	return a.added, a.err
}

// addEvent inserts the event with the number that the request of its object is about to be given.
func (t *tx) addEvent(e payments.Event) (added bool, err error) {
	affected, err := t.exec(`
		INSERT INTO payments_events (`+eventColumns+`, number)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 1 + COALESCE((
			SELECT number
			FROM payments_syncs
			WHERE project_id = ?1 AND mode = ?2 AND kind = ?5 AND id = ?6
		), 0))
		ON CONFLICT DO NOTHING`,
		e.Project,
		e.Mode,
		e.ID,
		e.Type,
		e.Object.Kind,
		e.Object.ID,
		e.Status,
		e.Reason,
		e.ReceivedAt.UnixMicro(),
		e.ProcessedAt.UnixMicro())
	if err != nil || affected == 0 {
		return false, err
	}
	if e.Status != payments.EventPending {
		return true, nil
	}
	return true, t.request(e.ReceivedAt, []payments.Object{e.Object})
}

// finishEvents ends the events whose request the sync has answered.
func (t *tx) finishEvents(y payments.Synced) error {
	status, reason := payments.EventProcessed, ""
	if y.Gone {
		status, reason = payments.EventIgnored, "gone"
	}
	_, err := t.exec(`
		UPDATE payments_events
		SET status = ?, reason = ?, processed_at = ?
		WHERE project_id = ? AND mode = ? AND object_kind = ? AND object_id = ?
			AND number <= ? AND status = 'pending'`,
		status, reason, y.Now.UnixMicro(),
		y.Ticket.Project, y.Ticket.Mode, y.Ticket.Kind, y.Ticket.ID,
		y.Ticket.Number)
	return err
}
