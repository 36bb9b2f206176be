package sqlite

import (
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
)

// eachReader calls use with every connection of the read pool, none of which is in use then.
func (s *Store) eachReader(use func(*conn)) {
	var taken []*conn
	for range cap(s.read.idle) {
		taken = append(taken, <-s.read.idle)
	}
	for _, c := range taken {
		if c != nil {
			use(c)
		}
		s.read.idle <- c
	}
}

// Statements returns the texts of all statements that the store has prepared.
func (s *Store) Statements() (found []string) {
	s.write.turn <- struct{}{}
	defer func() { <-s.write.turn }()
	found = slices.Collect(maps.Keys(s.write.conn.stmts))
	s.eachReader(func(c *conn) { found = slices.AppendSeq(found, maps.Keys(c.stmts)) })
	return found
}

// Plan returns SQLite's plan for a statement, a line for each step.
func (s *Store) Plan(ctx context.Context, statement string) (string, error) {
	v, err := s.read.view(ctx)
	if err != nil {
		return "", err
	}
	defer v.end()
	rows, err := v.conn.QueryContext(ctx, "EXPLAIN QUERY PLAN "+statement, make([]any, 4*chunk)...)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	var plan strings.Builder
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			return "", err
		}
		fmt.Fprintln(&plan, detail)
	}
	return plan.String(), rows.Err()
}

// Pragma returns a setting of the writer's connection and of one reader's.
func (s *Store) Pragma(ctx context.Context, name string) (writer, reader string, err error) {
	if err := s.write.conn.QueryRowContext(ctx, "PRAGMA "+name).Scan(&writer); err != nil {
		return "", "", err
	}
	s.eachReader(func(c *conn) { err = c.QueryRowContext(ctx, "PRAGMA "+name).Scan(&reader) })
	return writer, reader, err
}

// AwaitWaiting returns when n events wait for a transaction.
func (s *Store) AwaitWaiting(n int) {
	for {
		s.inbox.mu.Lock()
		waiting := len(s.inbox.waiting)
		s.inbox.mu.Unlock()
		if waiting == n {
			return
		}
		runtime.Gosched()
	}
}

// LimitPages keeps the file from growing, as a full disk does, until the function it returns is called.
func (s *Store) LimitPages(ctx context.Context) (restore func()) {
	limit := func(pages int) {
		s.write.turn <- struct{}{}
		defer func() { <-s.write.turn }()
		if _, err := s.write.conn.ExecContext(ctx, fmt.Sprintf("PRAGMA max_page_count = %d", pages)); err != nil {
			panic(err)
		}
	}
	limit(1) // SQLite makes it the present size
	return func() { limit(1 << 30) }
}
