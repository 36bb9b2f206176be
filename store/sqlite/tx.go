package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"time"
)

// writer is the one connection that writes. The turn orders its users; everything below the turn
// belongs to whoever has it.
type writer struct {
	db   *sql.DB
	wait time.Duration
	turn chan struct{} // holds one token while the connection is in use

	closing sync.Once
	closed  bool
	conn    *conn // nil after a failure that left its state unknown
}

func openWriter(ctx context.Context, path string, wait time.Duration) (_ *writer, err error) {
	if err := createFile(path); err != nil {
		return nil, err
	}
	db, err := pool(path, 1, busyPragma(wait), "synchronous(FULL)", "fullfsync(1)", "foreign_keys(1)")
	if err != nil {
		return nil, err
	}
	w := &writer{db: db, wait: wait, turn: make(chan struct{}, 1)}
	if w.conn, err = connect(ctx, db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err = useWAL(ctx, w.conn, wait); err == nil {
		err = verify(ctx, w.conn)
	}
	if err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

func (w *writer) close() (err error) {
	w.closing.Do(func() {
		w.turn <- struct{}{}
		defer func() { <-w.turn }()
		w.closed = true
		w.discard()
		err = w.db.Close()
	})
	return err
}

// discard gives the connection up; the next transaction opens another.
func (w *writer) discard() {
	if w.conn != nil {
		w.conn.discard()
		w.conn = nil
	}
}

// tx is a write transaction. It holds the writer's turn until commit or rollback. Its statements look at ctx before
// they begin and then run to their end, which is microseconds: an interrupted connection is worth less.
type tx struct {
	w    *writer
	ctx  context.Context
	over bool
}

// begin waits for the writer's turn and for the writers of other processes, both together no longer than
// the BusyTimeout. A caller whose ctx ends leaves at once.
func (w *writer) begin(ctx context.Context) (*tx, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	waiting, cancel := context.WithTimeout(ctx, w.wait)
	defer cancel()
	select {
	case w.turn <- struct{}{}:
	case <-waiting.Done():
		return nil, busyOr(ctx)
	}
	if err := w.beginImmediate(waiting); err != nil {
		if isBusy(err) || waiting.Err() != nil {
			err = busyOr(ctx)
		}
		<-w.turn
		return nil, err
	}
	return &tx{w: w, ctx: ctx}, nil
}

// busyOr is the end of a wait: the caller's own, or else the BusyTimeout.
func busyOr(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return errBusy
}

// beginImmediate takes SQLite's write lock at the start. A transaction that reads first and then wants to
// write fails at once when somebody else wrote in between.
func (w *writer) beginImmediate(ctx context.Context) (err error) {
	if w.closed {
		return errClosed
	}
	if w.conn == nil {
		if w.conn, err = connect(ctx, w.db); err != nil {
			return err
		}
	}
	if _, err = w.conn.exec(ctx, "BEGIN IMMEDIATE"); err != nil {
		w.rollback() // a BEGIN whose ctx ended may have begun all the same
	}
	return err
}

func (w *writer) rollback() {
	if !w.conn.rollback() {
		w.discard()
	}
}

func (t *tx) exec(query string, args ...any) (affected int64, err error) {
	if err := t.ctx.Err(); err != nil {
		return 0, err
	}
	return t.w.conn.exec(context.Background(), query, args...)
}

func (t *tx) rows(query string, args ...any) (*sql.Rows, func(), error) {
	if err := t.ctx.Err(); err != nil {
		return nil, nil, err
	}
	rows, err := t.w.conn.query(context.Background(), query, args...)
	return rows, func() {}, err
}

// commit makes the transaction durable, or undoes it and says why.
func (t *tx) commit() error {
	defer t.rollback()
	if err := t.ctx.Err(); err != nil {
		return err
	}
	if _, err := t.w.conn.exec(context.Background(), "COMMIT"); err != nil {
		return err
	}
	t.release()
	return nil
}

// rollback undoes the transaction unless it is over.
func (t *tx) rollback() {
	if !t.over {
		t.w.rollback()
		t.release()
	}
}

func (t *tx) release() {
	t.over = true
	<-t.w.turn
}
