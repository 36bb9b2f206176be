package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"
)

// reader is the pool of connections that read. They can't write.
type reader struct {
	db      *sql.DB
	idle    chan *conn // each place in the pool; nil where no connection was opened yet
	closing chan struct{}
	once    sync.Once
}

func openReader(ctx context.Context, path string, o Options) (*reader, error) {
	db, err := pool(path, o.ReadConns, busyPragma(o.BusyTimeout), "foreign_keys(1)", "query_only(1)")
	if err != nil {
		return nil, err
	}
	r := &reader{db: db, idle: make(chan *conn, o.ReadConns), closing: make(chan struct{})}
	for range o.ReadConns {
		r.idle <- nil
	}
	v, err := r.view(ctx)
	if err != nil {
		return nil, errors.Join(err, r.close())
	}
	v.end()
	return r, nil
}

// close waits for the reads under way.
func (r *reader) close() (err error) {
	r.once.Do(func() {
		close(r.closing)
		for range cap(r.idle) {
			if c := <-r.idle; c != nil {
				c.discard()
			}
		}
		err = r.db.Close()
	})
	return err
}

// view is a series of reads on one connection: of one snapshot, or each of the newest state.
type view struct {
	r        *reader
	ctx      context.Context
	conn     *conn
	snapshot bool
}

// view waits for a connection. The caller must end the view.
func (r *reader) view(ctx context.Context) (_ *view, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	v := &view{r: r, ctx: ctx}
	select {
	case <-r.closing:
		return nil, errClosed
	default:
	}
	select {
	case v.conn = <-r.idle:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-r.closing:
		return nil, errClosed
	}
	if v.conn == nil {
		if v.conn, err = connect(ctx, r.db); err != nil {
			r.idle <- nil
			return nil, err
		}
	}
	return v, nil
}

// snapshot is a view in which all reads see the same state.
func (r *reader) snapshot(ctx context.Context) (*view, error) {
	v, err := r.view(ctx)
	if err != nil {
		return nil, err
	}
	v.snapshot = true
	if _, err := v.conn.exec(ctx, "BEGIN"); err != nil {
		v.end()
		return nil, err
	}
	return v, nil
}

// over gives a read of that many projects a view: one statement is a snapshot by itself.
func (r *reader) over(ctx context.Context, projects int) (*view, error) {
	if projects <= chunk {
		return r.view(ctx)
	}
	return r.snapshot(ctx)
}

func (v *view) end() {
	if v.snapshot && !v.conn.rollback() {
		v.conn.discard()
		v.conn = nil
	}
	v.r.idle <- v.conn
}

func (v *view) rows(query string, args ...any) (*sql.Rows, func(), error) {
	rows, err := v.conn.query(v.ctx, query, args...)
	return rows, func() {}, err
}

// latest reads the newest state, each statement on whichever connection is idle.
type latest struct {
	r   *reader
	ctx context.Context
}

func (r *reader) latest(ctx context.Context) latest { return latest{r, ctx} }

func (l latest) rows(query string, args ...any) (*sql.Rows, func(), error) {
	v, err := l.r.view(l.ctx)
	if err != nil {
		return nil, nil, err
	}
	rows, _, err := v.rows(query, args...)
	if err != nil {
		v.end()
	}
	return rows, v.end, err
}

// querier is a [view], a [tx] or [latest]. The function it returns is to be called when the rows are closed.
type querier interface {
	rows(query string, args ...any) (*sql.Rows, func(), error)
}

// scanner is one row.
type scanner interface {
	Scan(dest ...any) error
}

// all reads every row before it returns, because an open row would keep its connection from others.
func all[T any](q querier, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, done, err := q.rows(query, args...)
	if err != nil {
		return nil, err
	}
	defer done()
	defer rows.Close()
	var found []T
	for rows.Next() {
		row, err := scan(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, row)
	}
	return found, rows.Err()
}

// one reads the first row; sql.ErrNoRows where there is none.
func one[T any](q querier, scan func(scanner) (T, error), query string, args ...any) (T, error) {
	found, err := all(q, scan, query, args...)
	if err == nil && len(found) == 0 {
		err = sql.ErrNoRows
	}
	if err != nil {
		var zero T
		return zero, err
	}
	return found[0], nil
}

// micros scans a stored time.
type micros struct{ t *time.Time }

// Scan reads whole microseconds since 1970; none are the zero time.
func (m micros) Scan(src any) error {
	if src == nil {
		*m.t = time.Time{}
		return nil
	}
	n, ok := src.(int64)
	if !ok {
		return fmt.Errorf("a time is stored as %T", src)
	}
	*m.t = time.UnixMicro(n).UTC()
	return nil
}
