package sqlite

import (
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
)

// Statements returns the texts of all statements that the store has prepared.
func (s *Store) Statements() []string {
	s.write.turn <- struct{}{}
	defer func() { <-s.write.turn }()
	s.read.mu.RLock()
	defer s.read.mu.RUnlock()
	return slices.AppendSeq(slices.Collect(maps.Keys(s.write.stmts)), maps.Keys(s.read.stmts))
}

// Plan returns SQLite's plan for a statement, a line for each step.
func (s *Store) Plan(ctx context.Context, statement string) (string, error) {
	rows, err := s.read.db.QueryContext(ctx, "EXPLAIN QUERY PLAN "+statement, make([]any, 4*chunk)...)
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
	return writer, reader, s.read.db.QueryRowContext(ctx, "PRAGMA "+name).Scan(&reader)
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
