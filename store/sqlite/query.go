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
	db *sql.DB

	mu    sync.RWMutex
	stmts map[string]*sql.Stmt
}

func openReader(ctx context.Context, path string, o Options) (*reader, error) {
	db, err := pool(path, o.ReadConns, busyPragma(o.BusyTimeout), "foreign_keys(1)", "query_only(1)")
	if err != nil {
		return nil, err
	}
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &reader{db: db, stmts: map[string]*sql.Stmt{}}, nil
}

func (r *reader) close() error { return r.db.Close() }

// prepare returns the statement for a SQL text, prepared once for each connection. The texts are few: every
// list of values in them is padded to a power of two.
func (r *reader) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	r.mu.RLock()
	stmt, ok := r.stmts[query]
	r.mu.RUnlock()
	if ok {
		return stmt, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if stmt, ok := r.stmts[query]; ok {
		return stmt, nil
	}
	stmt, err := r.db.PrepareContext(ctx, query)
	if err == nil {
		r.stmts[query] = stmt
	}
	return stmt, err
}

// view is a series of reads: of one snapshot where it has a transaction, else each of the newest state.
type view struct {
	r   *reader
	ctx context.Context
	tx  *sql.Tx
}

func (r *reader) latest(ctx context.Context) *view { return &view{r: r, ctx: ctx} }

func (r *reader) snapshot(ctx context.Context) (*view, error) {
	tx, err := r.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	return &view{r: r, ctx: ctx, tx: tx}, err
}

// over gives a read of that many projects a view: one statement is a snapshot by itself.
func (r *reader) over(ctx context.Context, projects int) (*view, error) {
	if projects <= chunk {
		return r.latest(ctx), nil
	}
	return r.snapshot(ctx)
}

func (v *view) end() {
	if v.tx != nil {
		_ = v.tx.Rollback()
	}
}

func (v *view) rows(query string, args ...any) (*sql.Rows, error) {
	stmt, err := v.r.prepare(v.ctx, query)
	if err != nil {
		return nil, err
	}
	if v.tx != nil {
		stmt = v.tx.StmtContext(v.ctx, stmt)
	}
	return stmt.QueryContext(v.ctx, args...)
}

// querier is a [view] or a [tx].
type querier interface {
	rows(query string, args ...any) (*sql.Rows, error)
}

// scanner is one row.
type scanner interface {
	Scan(dest ...any) error
}

// all reads every row before it returns, because an open row would keep its connection from others.
func all[T any](q querier, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.rows(query, args...)
	if err != nil {
		return nil, err
	}
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

// Scan reads whole microseconds since 1970.
func (m micros) Scan(src any) error {
	n, ok := src.(int64)
	if !ok {
		return fmt.Errorf("a time is stored as %T", src)
	}
	*m.t = time.UnixMicro(n).UTC()
	return nil
}

// unprepared runs statements once, outside any transaction.
type unprepared struct {
	ctx  context.Context
	conn *sql.Conn
}

func (u unprepared) rows(query string, args ...any) (*sql.Rows, error) {
	return u.conn.QueryContext(u.ctx, query, args...)
}
