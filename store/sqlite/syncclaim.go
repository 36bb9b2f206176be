package sqlite

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/manytenants/payments"
)

// ClaimDue implements [payments.SyncStore].
func (s *Store) ClaimDue(ctx context.Context, now, lease time.Time, limits payments.ClaimLimits) (_ []payments.Ticket, err error) {
	defer wrap(&err, "claim due")
	if limits.Total <= 0 || limits.PerTenant <= 0 {
		return nil, ctx.Err()
	}
	tx, err := s.write.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer tx.rollback()
	due, err := tx.due(now, limits)
	if err != nil || len(due) == 0 {
		return nil, err
	}
	tickets := make([]payments.Ticket, len(due))
	for i, d := range due {
		if tickets[i], err = tx.claim(d.Object, now, lease); err != nil {
			return nil, err
		}
	}
	return tickets, tx.commit()
}

// dueObject is an object that may be claimed, and the round in which it is its tenant's turn.
type dueObject struct {
	payments.Object
	round int
	at    int64
}

// due returns what a claim takes, in its order.
func (t *tx) due(now time.Time, limits payments.ClaimLimits) ([]dueObject, error) {
	// Held tenants may have to stand back behind as many others.
	tenants, err := t.dueTenants(now, limits.Total+len(limits.Held))
	if err != nil {
		return nil, err
	}
	var due []dueObject
	for _, tenant := range tenants {
		held := limits.Held[tenant]
		objects, err := t.dueOf(tenant, now, min(limits.PerTenant-held, limits.Total))
		if err != nil {
			return nil, err
		}
		for i, o := range objects {
			o.round = held + i
			due = append(due, o)
		}
	}
	slices.SortStableFunc(due, func(a, b dueObject) int { return cmp.Or(cmp.Compare(a.round, b.round), cmp.Compare(a.at, b.at)) })
	return due[:min(limits.Total, len(due))], nil
}

// dueTenants returns the tenants that have due work, whose work is due longest first. It steps from one project of the index
// to the next, so that its cost grows with the number of projects that wait and not with their backlogs.
func (t *tx) dueTenants(now time.Time, limit int) ([]payments.Tenant, error) {
	scan := func(row scanner) (tenant payments.Tenant, err error) {
		err = row.Scan(&tenant.Project, &tenant.Mode)
		return tenant, err
	}
	return all(t, scan, `
		WITH RECURSIVE projects (project_id) AS (
			SELECT ''
			UNION ALL
			SELECT (
				SELECT project_id
				FROM payments_syncs
				WHERE number > applied AND due_at IS NOT NULL AND project_id > projects.project_id
				ORDER BY project_id, mode, due_at
				LIMIT 1
			)
			FROM projects
			WHERE project_id IS NOT NULL
		),
		modes (mode) AS (
			VALUES ('live'), ('test')
		),
		tenants (project_id, mode, due_at) AS (
			SELECT
				project_id,
				mode,
				(
					SELECT due_at
					FROM payments_syncs
					WHERE number > applied AND project_id = projects.project_id AND mode = modes.mode AND due_at <= ?1
					ORDER BY due_at
					LIMIT 1
				)
			FROM projects, modes
			WHERE project_id <> ''
		)
		SELECT
			project_id,
			mode
		FROM tenants
		WHERE due_at IS NOT NULL
		ORDER BY due_at, project_id, mode
		LIMIT ?2`,
		now.UnixMicro(), limit)
}

// dueOf returns a tenant's longest due objects.
func (t *tx) dueOf(tenant payments.Tenant, now time.Time, limit int) ([]dueObject, error) {
	if limit <= 0 {
		return nil, nil
	}
	scan := func(row scanner) (dueObject, error) {
		d := dueObject{Object: payments.Object{Project: tenant.Project, Mode: tenant.Mode}}
		err := row.Scan(&d.Kind, &d.ID, &d.at)
		return d, err
	}
	return all(t, scan, `
		SELECT
			kind,
			id,
			due_at
		FROM payments_syncs
		WHERE number > applied AND project_id = ? AND mode = ? AND due_at <= ?
		ORDER BY due_at, kind, id
		LIMIT ?`,
		tenant.Project, tenant.Mode, now.UnixMicro(), limit)
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
