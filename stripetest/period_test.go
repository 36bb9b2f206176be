package stripetest

import (
	"testing"
	"time"
)

func TestPeriodsKeepTheAnchorsDay(t *testing.T) {
	for _, test := range []struct {
		interval string
		count    int
		anchor   string
		want     []string // the ends of the first periods
	}{
		{"month", 1, "2023-01-31", []string{"2023-02-28", "2023-03-31", "2023-04-30", "2023-05-31"}},
		{"month", 1, "2024-01-30", []string{"2024-02-29", "2024-03-30"}},
		{"month", 3, "2023-11-30", []string{"2024-02-29", "2024-05-30"}},
		{"year", 1, "2024-02-29", []string{"2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"}},
		{"week", 2, "2024-02-20", []string{"2024-03-05", "2024-03-19"}},
		{"day", 10, "2024-02-25", []string{"2024-03-06", "2024-03-16"}},
	} {
		recurring := object{"interval": test.interval, "interval_count": int64(test.count)}
		s := object{"billing_cycle_anchor": unixDate(t, test.anchor)}
		s.merge(object{"items": []object{{"price": object{"recurring": recurring}}}})
		at := s.int("billing_cycle_anchor")
		for _, want := range test.want {
			from, to := boundaries(s, at)
			if from != at || to != unixDate(t, want) {
				t.Errorf("%d %s from %s: a period ends at %s, want %s", test.count, test.interval, test.anchor, time.Unix(to, 0).UTC(), want)
			}
			if before, _ := boundaries(s, to-1); before != from {
				t.Errorf("%d %s from %s: the second before %s belongs to another period", test.count, test.interval, test.anchor, want)
			}
			at = to
		}
		if _, to := boundaries(s, s.int("billing_cycle_anchor")-1); to != s.int("billing_cycle_anchor") {
			t.Errorf("%s: the anchor ends no period before it", test.anchor)
		}
	}
}

func unixDate(t *testing.T, date string) int64 {
	t.Helper()
	at, err := time.Parse(time.DateOnly, date)
	if err != nil {
		t.Fatal(err)
	}
	return at.Unix()
}

func TestSharesRoundHalfAwayFromZero(t *testing.T) {
	for _, test := range []struct{ amount, part, whole, want int64 }{
		{1000, 1, 2, 500}, {1, 1, 2, 1}, {-1, 1, 2, -1}, {10, 1, 3, 3}, {-10, 2, 3, -7}, {9e15, 2678399, 2678400, 8999996639784946}, {7, 0, 9, 0},
	} {
		if got := share(test.amount, test.part, test.whole); got != test.want {
			t.Errorf("%d/%d of %d is %d, want %d", test.part, test.whole, test.amount, got, test.want)
		}
	}
}
