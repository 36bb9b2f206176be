package sqlite

import (
	"context"
	"slices"
	"strings"

	"github.com/manytenants/payments"
)

// chunk is how many projects or pairs one statement names at most.
const chunk = 256

// listing is a table that is listed newest first by (time, id), from an index that begins with project and mode.
type listing[T any] struct {
	table   string
	columns string
	time    string // the column
	metric  string // of the counters by status
	scan    func(scanner) (T, error)
	place   func(T) payments.Keyset
}

// pair is the unit in which rows are kept and indexed.
type pair struct {
	project payments.ProjectID
	mode    payments.Mode
}

func pairs(scope payments.Scope) []pair {
	found := make([]pair, 0, len(scope.Projects)*len(scope.Modes))
	for _, project := range scope.Projects {
		for _, mode := range scope.Modes {
			found = append(found, pair{project, mode})
		}
	}
	return found
}

// page reads one window of the list. For one pair SQLite walks the index; for several the newest rows of
// each are merged here, reading no more of a pair than its share of the window asks for.
func (l listing[T]) page(ctx context.Context, r *reader, scope payments.Scope, f payments.Filter, w payments.Window) ([]T, error) {
	of := pairs(scope)
	if len(of) == 0 || w.Limit <= 0 {
		return nil, nil
	}
	if !w.Key.IsZero() {
		w.Offset = 0
	}
	if len(of) == 1 {
		return l.seek(r.latest(ctx), of[0], f, w)
	}
	v, err := r.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	defer v.end()
	return l.merge(v, of, f, w)
}

// seek reads a window of one pair.
func (l listing[T]) seek(q querier, of pair, f payments.Filter, w payments.Window) ([]T, error) {
	where, args := l.narrow(f, w.Key)
	return all(q, l.scan, `
		SELECT `+l.columns+`
		FROM `+l.table+`
		WHERE project_id = ? AND mode = ?`+where+`
		ORDER BY `+l.time+` DESC, id DESC
		LIMIT ? OFFSET ?`,
		slices.Concat([]any{of.project, of.mode}, args, []any{w.Limit, max(0, w.Offset)})...)
}

// narrow is the rest of the WHERE clause. It gives the index one upper bound: of Before and the key the
// other follows from it, and SQLite might walk from the wrong one. The + keeps a status from
// choosing the index where there is a user, who has fewer rows.
func (l listing[T]) narrow(f payments.Filter, key payments.Keyset) (where string, args []any) {
	add := func(condition string, values ...any) {
		where += "\n\t\t\tAND " + condition
		args = append(args, values...)
	}
	if f.User != "" {
		add("user_id = ?", f.User)
	}
	if f.Status != "" && f.User != "" {
		add("+status = ?", f.Status)
	} else if f.Status != "" {
		add("status = ?", f.Status)
	}
	if !f.After.IsZero() {
		add(l.time+" >= ?", f.After.UnixMicro())
	}
	before := !f.Before.IsZero()
	if !key.IsZero() && (!before || key.CreatedAt.UnixMicro() < f.Before.UnixMicro()) {
		add("("+l.time+", id) < (?, ?)", key.CreatedAt.UnixMicro(), key.ID)
	} else if before {
		add(l.time+" < ?", f.Before.UnixMicro())
	}
	return where, args
}

// count counts what a filter lets through: from the counters where they can tell, else on an index.
func (l listing[T]) count(ctx context.Context, r *reader, scope payments.Scope, f payments.Filter) (total int64, err error) {
	if len(scope.Modes) == 0 {
		return 0, nil
	}
	v, err := r.over(ctx, len(scope.Projects))
	if err != nil {
		return 0, err
	}
	defer v.end()
	countPart := l.countRows
	if f.User == "" && f.After.IsZero() && f.Before.IsZero() {
		countPart = l.countByStatus
	}
	for part := range slices.Chunk(scope.Projects, chunk) {
		n, err := countPart(v, payments.Scope{Projects: part, Modes: scope.Modes}, f)
		if err != nil {
			return 0, err
		}
		total += n
	}
	return total, nil
}

func (l listing[T]) countRows(v *view, scope payments.Scope, f payments.Filter) (int64, error) {
	marks, projects := inList(scope.Projects)
	modeMarks, modes := inList(scope.Modes)
	where, args := l.narrow(f, payments.Keyset{})
	return one(v, scanNumber, `
		SELECT COUNT(*)
		FROM `+l.table+`
		WHERE project_id IN (`+marks+`) AND mode IN (`+modeMarks+`)`+where,
		slices.Concat(projects, modes, args)...)
}

func (l listing[T]) countByStatus(v *view, scope payments.Scope, f payments.Filter) (total int64, err error) {
	marks, projects := inList(scope.Projects)
	modeMarks, modes := inList(scope.Modes)
	where, label := "", []any{}
	if f.Status != "" {
		where, label = " AND label = ?", []any{f.Status}
	}
	values, err := all(v, scanNumber, `
		SELECT value
		FROM payments_counters
		WHERE project_id IN (`+marks+`) AND mode IN (`+modeMarks+`) AND metric = ?`+where,
		slices.Concat(projects, modes, []any{l.metric}, label)...)
	for _, value := range values {
		total += value
	}
	return total, err
}

func scanNumber(row scanner) (n int64, err error) {
	err = row.Scan(&n)
	return n, err
}

// inList returns the marks and arguments of an IN list, padded with NULLs, which equal nothing, to a power of two:
// lists of any length come to a handful of statements.
func inList[T ~string](values []T) (marks string, args []any) {
	size := padded(len(values))
	args = make([]any, size)
	for i, value := range values {
		args[i] = string(value)
	}
	return strings.TrimSuffix(strings.Repeat("?, ", size), ", "), args
}

func padded(n int) int {
	size := 1
	for size < n {
		size *= 2
	}
	return size
}
