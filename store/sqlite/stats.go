package sqlite

import (
	"context"
	"errors"
	"maps"
	"math/bits"
	"slices"

	"github.com/manytenants/payments"
)

var errOverflow = errors.New("a sum exceeds 64 bits")

// Totals implements [payments.StatsStore].
func (s *Store) Totals(ctx context.Context, projects []payments.ProjectID, mode payments.Mode) (_ payments.Totals, err error) {
	defer wrap(&err, "totals")
	v, err := s.read.over(ctx, len(projects))
	if err != nil {
		return payments.Totals{}, err
	}
	defer v.end()
	sums := map[counter]int64{}
	for part := range slices.Chunk(projects, chunk) {
		if err := addCounters(v, sums, part, mode); err != nil {
			return payments.Totals{}, err
		}
	}
	return totals(sums), nil
}

func addCounters(v *view, sums map[counter]int64, projects []payments.ProjectID, mode payments.Mode) error {
	type value struct {
		counter
		n int64
	}
	scan := func(row scanner) (c value, err error) {
		err = row.Scan(&c.metric, &c.label, &c.n)
		return c, err
	}
	marks, args := inList(projects)
	values, err := all(v, scan, `
		SELECT
			metric,
			label,
			value
		FROM payments_counters
		WHERE project_id IN (`+marks+`) AND mode = ? AND value <> 0`,
		append(args, mode)...)
	if err != nil {
		return err
	}
	for _, c := range values {
		if sums[c.counter], err = sum(sums[c.counter], c.n); err != nil {
			return err
		}
	}
	return nil
}

// sum adds, and fails where the result doesn't fit.
func sum(a, b int64) (int64, error) {
	total, _ := bits.Add64(uint64(a), uint64(b), 0)
	if c := int64(total); (a < 0) == (b < 0) && (c < 0) != (a < 0) {
		return 0, errOverflow
	}
	return int64(total), nil
}

func totals(sums map[counter]int64) payments.Totals {
	t := payments.Totals{SubscriptionsByStatus: map[string]int64{}, PaymentsByStatus: map[string]int64{}}
	revenue, mrr := map[string]payments.Revenue{}, map[string]payments.MRR{}
	for c, n := range sums {
		switch c.metric {
		case subscriptionsByStatus:
			t.SubscriptionsByStatus[c.label] = n
		case paymentsByStatus:
			t.PaymentsByStatus[c.label] = n
		case revenueGross, revenueRefunded, revenuePayments:
			revenue[c.label] = payments.Revenue{
				Currency: c.label,
				Gross:    sums[counter{revenueGross, c.label}],
				Refunded: sums[counter{revenueRefunded, c.label}],
				Payments: sums[counter{revenuePayments, c.label}],
			}
		case mrrAmount, mrrSubscriptions:
			mrr[c.label] = payments.MRR{
				Currency:      c.label,
				Amount:        sums[counter{mrrAmount, c.label}],
				Subscriptions: sums[counter{mrrSubscriptions, c.label}],
			}
		}
	}
	for _, currency := range slices.Sorted(maps.Keys(revenue)) {
		t.Revenue = append(t.Revenue, revenue[currency])
	}
	for _, currency := range slices.Sorted(maps.Keys(mrr)) {
		t.MRR = append(t.MRR, mrr[currency])
	}
	return t
}
