package sqlite

import (
	"fmt"
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
type counters map[counter]int64

type counter struct{ metric, label string }

// subscription counts a row in (by = 1) or out (by = -1).
func (c counters) subscription(s payments.Subscription, by int64) {
	c[counter{subscriptionsByStatus, s.Status}] += by
	if s.MRR > 0 {
		c[counter{mrrAmount, s.Currency}] += by * s.MRR
		c[counter{mrrSubscriptions, s.Currency}] += by
	}
}

// payment counts a row in (by = 1) or out (by = -1).
func (c counters) payment(p payments.Payment, by int64) {
	c[counter{paymentsByStatus, p.Status}] += by
	if p.Collected {
		c[counter{revenueGross, p.Currency}] += by * p.Amount
		c[counter{revenueRefunded, p.Currency}] += by * p.RefundedAmount
		c[counter{revenuePayments, p.Currency}] += by
	}
}

// move applies the movements. A sum that leaves 64 bits becomes a float, which the STRICT table refuses.
func (t *tx) move(project payments.ProjectID, mode payments.Mode, moves counters) error {
	for c, by := range moves {
		if by == 0 {
			continue
		}
		if _, err := t.exec(`
			INSERT INTO payments_counters (project_id, mode, metric, label, value)
			VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (project_id, mode, metric, label) DO UPDATE SET
				value = value + excluded.value`,
			project, mode, c.metric, c.label, by); err != nil {
			return fmt.Errorf("counter %s %s: %w", c.metric, c.label, err)
		}
	}
	return nil
}

// same compares two rows as they are stored; the first column, our record's own id, is left out.
func same(a, b []any) bool { return slices.Equal(a[1:], b[1:]) }
