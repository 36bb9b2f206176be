package sqlite

import (
	"cmp"
	"slices"
	"strings"

	"github.com/manytenants/payments"
)

// How many rows a merge reads of one pair at a time: whole ones, or only the places of those that it passes over.
const (
	block      = 32
	placeBlock = 256
)

// cursor is where a merge stands in one pair.
type cursor struct {
	pair
	next payments.Keyset // the place of its next row
	last payments.Keyset // the place behind which it lies
}

// stream is a cursor with the rows that were read ahead.
type stream[T any] struct {
	cursor
	ahead []T
	more  bool // whether rows may follow those
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
	cursors, err := l.heads(v, of, f, w.Key)
	if err != nil {
		return nil, err
	}
	if w.Offset > 0 {
		cursors, err = l.places().advance(v, cursors, f, placeBlock, w.Offset, func(payments.Keyset) {})
		if err != nil {
			return nil, err
		}
	}
	var found []T
	_, err = l.advance(v, cursors, f, block, w.Limit, func(row T) { found = append(found, row) })
	return found, err
}

// places lists the same rows by their places alone, which stand in the index.
func (l listing[T]) places() listing[payments.Keyset] {
	return listing[payments.Keyset]{
		table: l.table,
		columns: `
			` + l.time + `,
			id`,
		time: l.time,
		scan: func(row scanner) (place payments.Keyset, err error) {
			err = row.Scan(micros{&place.CreatedAt}, &place.ID)
			return place, err
		},
		place: func(place payments.Keyset) payments.Keyset { return place },
	}
}

// advance takes the n newest rows and returns where the cursors stand then, those that have come to their end left out.
func (l listing[T]) advance(v *view, cursors []cursor, f payments.Filter, block, n int, take func(T)) ([]cursor, error) {
	streams := make([]*stream[T], len(cursors))
	for i, c := range cursors {
		streams[i] = &stream[T]{cursor: c, more: true}
	}
	slices.SortFunc(streams, newest)
	for ; n > 0 && len(streams) > 0; n-- {
		first := streams[0]
		if err := l.readAhead(v, first, f, min(block, n)); err != nil {
			return nil, err
		}
		take(first.ahead[0])
		first.last, first.ahead = first.next, first.ahead[1:]
		if err := l.readAhead(v, first, f, min(block, n)); err != nil {
			return nil, err
		}
		streams = l.reorder(streams)
	}
	cursors = cursors[:0]
	for _, s := range streams {
		cursors = append(cursors, s.cursor)
	}
	return cursors, nil
}

// readAhead reads the next rows of a stream that has none left.
func (l listing[T]) readAhead(v *view, s *stream[T], f payments.Filter, limit int) (err error) {
	if len(s.ahead) > 0 || !s.more {
		return nil
	}
	s.ahead, err = l.seek(v, s.pair, f, payments.Window{Limit: limit, Key: s.last})
	s.more = len(s.ahead) == limit
	return err
}

// reorder puts the first stream where its next row belongs, or drops it when it is used up.
func (l listing[T]) reorder(streams []*stream[T]) []*stream[T] {
	first, rest := streams[0], streams[1:]
	if len(first.ahead) == 0 {
		return rest
	}
	first.next = l.place(first.ahead[0])
	i, _ := slices.BinarySearchFunc(rest, first, newest)
	copy(streams, rest[:i])
	streams[i] = first
	return streams
}

// heads finds the first row of each pair, by one seek each.
func (l listing[T]) heads(v *view, of []pair, f payments.Filter, key payments.Keyset) ([]cursor, error) {
	where, narrowArgs := l.narrow(f, key)
	scan := func(row scanner) (cursor, error) {
		c := cursor{last: key}
		err := row.Scan(&c.project, &c.mode, micros{&c.next.CreatedAt}, &c.next.ID)
		return c, err
	}
	var found []cursor
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
