package sqlite

import (
	"fmt"
	"math"
	"slices"

	"github.com/manytenants/payments"
)

// The metrics of payments_counters. The label of the first two is a status, of the others a currency.
const (
	subscriptionsByStatus = "subscriptions"
	paymentsByStatus      = "payments"
	revenueGross          = "gross"
	revenueRefunded       = "refunded"
	revenuePayments       = "collected"
	mrrAmount             = "mrr"
	mrrSubscriptions      = "mrr_subscriptions"
)

// counters are movements of payments_counters that belong to one transaction.
type counters struct {
	by       map[counter]int64
	overflow bool
}

type counter struct{ metric, label string }

func (c *counters) add(metric, label string, n int64) {
	if c.by == nil {
		c.by = map[counter]int64{}
	}
	key := counter{metric, label}
	total, err := sum(c.by[key], n)
	c.by[key], c.overflow = total, c.overflow || err != nil
}

// subscription counts a row in (sign = 1) or out (sign = -1).
func (c *counters) subscription(s payments.Subscription, sign int64) {
	c.add(subscriptionsByStatus, s.Status, sign)
	if s.Status == payments.StatusActive || s.Status == payments.StatusPastDue {
		c.amount(mrrAmount, s.Currency, sign, s.MRR)
		c.add(mrrSubscriptions, s.Currency, sign)
	}
}

// payment counts a row in (sign = 1) or out (sign = -1).
func (c *counters) payment(p payments.Payment, sign int64) {
	c.add(paymentsByStatus, p.Status, sign)
	if p.Collected {
		c.amount(revenueGross, p.Currency, sign, p.Amount)
		c.amount(revenueRefunded, p.Currency, sign, p.RefundedAmount)
		c.add(revenuePayments, p.Currency, sign)
	}
}

func (c *counters) amount(metric, currency string, sign, n int64) {
	c.overflow = c.overflow || n == math.MinInt64 // which has no negative
	c.add(metric, currency, sign*n)
}

// move applies the movements. A sum that leaves 64 bits is an error: in SQL it becomes a float, which the
// STRICT table refuses.
func (t *tx) move(project payments.ProjectID, mode payments.Mode, c counters) error {
	if c.overflow {
		return errOverflow
	}
	for key, by := range c.by {
		if by == 0 {
			continue
		}
		if _, err := t.exec(`
			INSERT INTO payments_counters (project_id, mode, metric, label, value)
			VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (project_id, mode, metric, label) DO UPDATE SET
				value = value + excluded.value`,
			project, mode, key.metric, key.label, by); err != nil {
			return fmt.Errorf("counter %s %s: %w", key.metric, key.label, err)
		}
	}
	return nil
}

// same compares two rows as they are stored; the first column, our record's own id, is left out.
func same(a, b []any) bool { return slices.Equal(a[1:], b[1:]) }
