package sqlite

import (
	"cmp"
	"slices"
	"strings"

	"github.com/manytenants/payments"
)

// block is how many rows a merge reads of one pair at a time.
const block = 32

// stream is one pair's part of a merge.
type stream[T any] struct {
	pair
	next  payments.Keyset // the place of its next row
	last  payments.Keyset // the place behind which rows are still to be read
	ahead []T             // rows that were read and not taken
	more  bool            // whether rows may follow those
}

// newest orders streams by their next row, the newest first.
func newest[T any](a, b *stream[T]) int {
	return cmp.Or(
		b.next.CreatedAt.Compare(a.next.CreatedAt),
		cmp.Compare(b.next.ID, a.next.ID),
		cmp.Compare(a.project, b.project),
		cmp.Compare(a.mode, b.mode),
	)
}

// merge takes rows from whichever pair has the newest until the window is full. A pair costs one seek, and only
// those with a row in the window, or before it, are read further.
func (l listing[T]) merge(v *view, of []pair, f payments.Filter, w payments.Window) ([]T, error) {
	streams, err := l.heads(v, of, f, w.Key)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(streams, newest)
	var found []T
	for skip := max(0, w.Offset); len(streams) > 0; {
		first := streams[0]
		if len(first.ahead) == 0 {
			if err := l.readAhead(v, first, f, min(block, skip+w.Limit-len(found))); err != nil {
				return nil, err
			}
		}
		row := first.ahead[0]
		if skip == 0 {
			found = append(found, row)
		} else {
			skip--
		}
		if len(found) == w.Limit {
			break
		}
		if err := l.take(v, first, f, min(block, skip+w.Limit-len(found))); err != nil {
			return nil, err
		}
		streams = reorder(streams)
	}
	return found, nil
}

func (l listing[T]) readAhead(v *view, s *stream[T], f payments.Filter, limit int) (err error) {
	s.ahead, err = l.seek(v, s.pair, f, payments.Window{Limit: limit, Key: s.last})
	s.more = len(s.ahead) == limit
	return err
}

// take moves a stream to its next row.
func (l listing[T]) take(v *view, s *stream[T], f payments.Filter, limit int) error {
	s.last, s.ahead = l.place(s.ahead[0]), s.ahead[1:]
	if len(s.ahead) == 0 && s.more {
		if err := l.readAhead(v, s, f, limit); err != nil {
			return err
		}
	}
	if len(s.ahead) > 0 {
		s.next = l.place(s.ahead[0])
	}
	return nil
}

// reorder puts the first stream where it belongs, or drops it when it is used up.
func reorder[T any](streams []*stream[T]) []*stream[T] {
	first, rest := streams[0], streams[1:]
	if len(first.ahead) == 0 {
		return rest
	}
	i, _ := slices.BinarySearchFunc(rest, first, newest)
	copy(streams, rest[:i])
	streams[i] = first
	return streams
}

// heads finds the first row of each pair, by one seek each.
func (l listing[T]) heads(v *view, of []pair, f payments.Filter, key payments.Keyset) ([]*stream[T], error) {
	where, narrowArgs := l.narrow(f, key)
	scan := func(row scanner) (*stream[T], error) {
		s := &stream[T]{last: key}
		return s, row.Scan(&s.project, &s.mode, micros{&s.next.CreatedAt}, &s.next.ID)
	}
	var found []*stream[T]
	for part := range slices.Chunk(of, chunk) {
		values, args := pairList(part)
		heads, err := all(v, scan, `
			WITH pairs (project, pair_mode) AS (VALUES `+values+`)
			SELECT
				project_id,
				mode,
				`+l.time+`,
				id
			FROM pairs
			CROSS JOIN `+l.table+` AS head ON head.rowid = (
				SELECT rowid
				FROM `+l.table+`
				WHERE project_id = project AND mode = pair_mode`+where+`
				ORDER BY `+l.time+` DESC, id DESC
				LIMIT 1
			)`,
			slices.Concat(args, narrowArgs)...)
		if err != nil {
			return nil, err
		}
		found = append(found, heads...)
	}
	return found, nil
}

// pairList returns the rows of a VALUES clause and its arguments, padded like [inList].
func pairList(of []pair) (values string, args []any) {
	size := padded(len(of))
	args = make([]any, 2*size)
	for i, p := range of {
		args[2*i], args[2*i+1] = string(p.project), string(p.mode)
	}
	return strings.TrimSuffix(strings.Repeat("(?, ?), ", size), ", "), args
}
