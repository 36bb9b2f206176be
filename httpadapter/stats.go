package httpadapter

import (
	"net/http"
	"time"

	"github.com/manytenants/payments"
)

type statsWire struct {
	TotalProjects         int64            `json:"total_projects"`
	ProjectsWithConfig    int64            `json:"projects_with_config"`
	ProjectsWithTest      int64            `json:"projects_with_test"`
	ProjectsWithLive      int64            `json:"projects_with_live"`
	TotalSubscriptions    int64            `json:"total_subscriptions"`
	ActiveSubscriptions   int64            `json:"active_subscriptions"`
	TotalPayments         int64            `json:"total_payments"`
	SuccessfulPayments    int64            `json:"successful_payments"`
	TotalRevenueCents     int64            `json:"total_revenue_cents"`
	Currency              string           `json:"currency"`
	Revenue               []revenueWire    `json:"revenue"`
	MRR                   []mrrWire        `json:"mrr"`
	SubscriptionsByStatus map[string]int64 `json:"subscriptions_by_status"`
	AsOf                  time.Time        `json:"as_of"`
}

type revenueWire struct {
	Currency      string `json:"currency"`
	GrossCents    int64  `json:"gross_cents"`
	RefundedCents int64  `json:"refunded_cents"`
	NetCents      int64  `json:"net_cents"`
	Payments      int64  `json:"payments"`
}

func revenueOf(r payments.Revenue) revenueWire {
	return revenueWire{r.Currency, r.Gross, r.Refunded, r.Net(), r.Payments}
}

type mrrWire struct {
	Currency      string `json:"currency"`
	MRRCents      int64  `json:"mrr_cents"`
	Subscriptions int64  `json:"subscriptions"`
}

func mrrOf(m payments.MRR) mrrWire { return mrrWire{m.Currency, m.Amount, m.Subscriptions} }

// statsOf reduces the revenue to the one currency with most of it, because amounts of different
// currencies can't be added. A payment that was refunded later stays a successful one.
func statsOf(s payments.Stats) statsWire {
	wire := statsWire{
		TotalProjects:         s.Projects,
		ProjectsWithConfig:    s.ProjectsWithConfig,
		ProjectsWithTest:      s.ProjectsWithTest,
		ProjectsWithLive:      s.ProjectsWithLive,
		TotalSubscriptions:    sum(s.SubscriptionsByStatus),
		ActiveSubscriptions:   s.SubscriptionsByStatus[payments.StatusActive] + s.SubscriptionsByStatus[payments.StatusTrialing],
		TotalPayments:         sum(s.PaymentsByStatus),
		Currency:              "usd",
		Revenue:               each(s.Revenue, revenueOf),
		MRR:                   each(s.MRR, mrrOf),
		SubscriptionsByStatus: map[string]int64{},
		AsOf:                  wireTime(s.AsOf),
	}
	for status, n := range s.SubscriptionsByStatus {
		wire.SubscriptionsByStatus[status] = n
	}
	for i, r := range s.Revenue {
		wire.SuccessfulPayments += r.Payments
		if i == 0 || r.Net() > wire.TotalRevenueCents {
			wire.TotalRevenueCents, wire.Currency = r.Net(), r.Currency
		}
	}
	return wire
}

func sum(counts map[string]int64) (total int64) {
	for _, n := range counts {
		total += n
	}
	return total
}

func (h *Handler) getStats(w http.ResponseWriter, r *http.Request, developer payments.DeveloperID) error {
	q := readQuery(r)
	mode := q.mode(payments.Test)
	if err := q.err(); err != nil {
		return err
	}
	s, err := h.service.Stats(r.Context(), developer, mode)
	if err != nil {
		return err
	}
	return writeJSON(w, statsOf(s))
}
