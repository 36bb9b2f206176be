package storetest

import (
	"strings"
	"time"
)

// texts are what a name, an address or a reason may hold.
func texts() []string {
	return []string{
		"",
		" leading and trailing ",
		`it's "quoted" \ and \n`,
		"100%_of'; DROP TABLE payments; --",
		"line\nline\r\n\ttab",
		"Zoë 你好 🧾👩‍👩‍👧",
		"\u202eright to left\u200f and a \ufeff mark",
		"e\u0301 is not \u00e9",
		strings.Repeat("1 MiB of text... ", 1<<20/17+1)[:1<<20],
	}
}

// times are moments that a careless store loses: zero, in another zone, with microseconds, before 1970, at 1970, far away.
func times() []time.Time {
	return []time.Time{
		{},
		time.Date(2026, 3, 29, 2, 30, 0, 0, time.FixedZone("", 5*3600+1800)),
		time.Date(2026, 7, 1, 23, 59, 59, 999999000, time.UTC),
		time.Date(1969, 12, 31, 23, 59, 59, 999999000, time.UTC),
		time.Unix(0, 0),
		time.Unix(0, 1000),
		time.Date(1900, 1, 1, 0, 0, 0, 1000, time.UTC),
		time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
	}
}
