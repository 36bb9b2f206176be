package storetest

import (
	"fmt"

	"github.com/manytenants/payments"
)

var walkPromises = []listPromise{
	{"newest first, ties by ID", "Rows come newest first by (CreatedAt, ID) descending: a total order, the same on each call.", listOrder},
	{"a window is the rows after a place", "The Limit rows that follow Key, or, where Key is zero, those that follow the first Offset.", listWindow},
	{"a key need not be a row's", "A Keyset is a place: rows strictly after it have an earlier CreatedAt, or the same and a smaller ID.", listForeignKey},
	{"a key and a bound both narrow", "The rows that follow Key are those of the filter, whether Key lies before, between or after its bounds.", listKeyAndBounds},
	{"pages by key and by offset are the same", "A walk by keyset and one by offset meet the same rows, for each page size.", listWalks},
	{"a walk is not disturbed by other writes", "Rows that match throughout are met once, while others come, change and leave the filter.", listWalkDisturbed},
}

func listOrder(c *check, l list) {
	rows := newRows(home, 30)
	for i := range rows {
		rows[i].CreatedAt = at(i % 2)
	}
	for _, p := range elsewhere {
		r := newRow(p, 1)
		r.CreatedAt = at(1)
		rows = append(rows, r)
	}
	l.put(c, rows...)
	s := scope(everywhere()...)
	for range 2 {
		l.listed(c, "all", s, payments.Filter{}, rows...)
		l.listed(c, "of a user", s, payments.Filter{User: "u1"}, rows...)
		l.listed(c, "of a status", s, payments.Filter{Status: payments.StatusActive}, rows...)
		l.put(c, rows[7], rows[3])
	}
}

func listWindow(c *check, l list) {
	rows := newRows(home, 10)
	l.put(c, rows...)
	rows = sorted(rows)
	for from := range len(rows) + 2 {
		for _, limit := range []int{0, 1, 3, 100} {
			rest := rows[min(from, len(rows)):]
			want := rest[:min(limit, len(rest))]
			got := l.rows(c, home.scope(), payments.Filter{}, payments.Window{Limit: limit, Offset: from})
			c.equal(fmt.Sprintf("Offset %d, Limit %d", from, limit), got, want)
			if from > 0 && from <= len(rows) {
				w := payments.Window{Limit: limit, Offset: 4, Key: rows[from-1].key()}
				c.equal(fmt.Sprintf("Key of row %d, Limit %d", from-1, limit), l.rows(c, home.scope(), payments.Filter{}, w), want)
			}
		}
	}
}

func listForeignKey(c *check, l list) {
	rows := newRows(home, 9)
	l.put(c, rows...)
	rows = sorted(rows)
	least, greatest := "00000000-0000-4000-8000-000000000000", "ffffffff-ffff-4fff-bfff-ffffffffffff"
	for minute, after := range []struct{ least, greatest int }{{9, 6}, {6, 3}, {3, 0}} {
		got := l.rows(c, home.scope(), payments.Filter{}, payments.Window{Limit: 9, Key: payments.Keyset{CreatedAt: at(minute), ID: least}})
		c.equal("after the least ID of a moment", got, rows[after.least:])
		got = l.rows(c, home.scope(), payments.Filter{}, payments.Window{Limit: 9, Key: payments.Keyset{CreatedAt: at(minute), ID: greatest}})
		c.equal("after the greatest ID of a moment", got, rows[after.greatest:])
	}
	got := l.rows(c, home.scope(), payments.Filter{}, payments.Window{Limit: 9, Key: payments.Keyset{ID: greatest}})
	c.equal("after the zero time", got, rows[:0])
	got = l.rows(c, home.scope(), payments.Filter{}, payments.Window{Limit: 9, Key: payments.Keyset{CreatedAt: at(1).Add(1000), ID: least}})
	c.equal("after a moment between", got, rows[3:])
}

func listKeyAndBounds(c *check, l list) {
	rows := newRows(home, 8)
	for i := range rows {
		rows[i].CreatedAt = at(i)
	}
	l.put(c, rows...)
	f := payments.Filter{After: at(2), Before: at(6)} // rows 5, 4, 3 and 2
	for from, want := range map[int][]row{7: rows[2:6], 6: rows[2:6], 5: rows[2:5], 3: rows[2:3], 2: nil, 0: nil} {
		got := l.rows(c, home.scope(), f, payments.Window{Limit: 9, Key: rows[from].key()})
		c.equal(fmt.Sprintf("after row %d", from), got, sorted(want))
	}
}

func listWalks(c *check, l list) {
	rows := newRows(home, 20)
	for _, p := range elsewhere {
		rows = append(rows, newRows(p, 5)...)
	}
	l.put(c, rows...)
	s, want := scope(everywhere()...), sorted(rows)
	for size := 1; size <= len(rows); size += 3 {
		var byKey, byOffset []row
		for w := (payments.Window{Limit: size}); ; {
			page := l.rows(c, s, payments.Filter{}, w)
			if byKey = append(byKey, page...); len(page) == 0 || len(byKey) > len(rows) {
				break
			}
			w.Key = page[len(page)-1].key()
		}
		for len(byOffset) <= len(rows) {
			page := l.rows(c, s, payments.Filter{}, payments.Window{Limit: size, Offset: len(byOffset)})
			if byOffset = append(byOffset, page...); len(page) == 0 {
				break
			}
		}
		c.equal(fmt.Sprintf("by key, %d a page", size), byKey, want)
		c.equal(fmt.Sprintf("by offset, %d a page", size), byOffset, want)
	}
}

// listWalkDisturbed walks the active rows among many. Between two pages every row but each third changes: some leave the filter,
// some come back, new ones come at both ends.
func listWalkDisturbed(c *check, l list) {
	rows := newRows(home, 90)
	l.put(c, rows...)
	f := payments.Filter{Status: payments.StatusActive}
	met := map[string]int{}
	w := payments.Window{Limit: 7}
	for step := 0; ; step++ {
		page := l.rows(c, home.scope(), f, w)
		if len(page) == 0 || step > 100 {
			break
		}
		for _, r := range page {
			met[r.StripeID]++
		}
		w.Key = page[len(page)-1].key()
		l.disturb(c, rows, step)
	}
	for i, r := range rows {
		if n := met[r.StripeID]; n > 1 || n == 0 && i%3 == 0 {
			c.Errorf("%s was met %d times", r.StripeID, n)
		}
	}
	for id, n := range met {
		if n > 1 {
			c.Errorf("%s was met %d times", id, n)
		}
	}
}

// disturb changes rows, but none whose number three divides, and adds one that is newer and one that is older.
func (l list) disturb(c *check, rows []row, step int) {
	c.Helper()
	for i := range 8 {
		changed := rows[(step*8+i)*7%len(rows)]
		if (step*8+i)*7%len(rows)%3 == 0 {
			continue
		}
		if (step+i)%2 == 0 {
			changed.Status = payments.StatusPaused
		}
		l.put(c, changed)
	}
	newer, older := newRow(home, 500+step), newRow(home, 1000+step)
	older.CreatedAt = at(-5 - step)
	if step < 5 {
		l.put(c, newer, older)
	}
}
