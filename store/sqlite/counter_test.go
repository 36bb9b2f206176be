package sqlite_test

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/store/sqlite"
)

// recount adds the rows of a project and mode up, in SQL and without the counters.
func recount(t *testing.T, conn *sql.Conn, project payments.ProjectID, mode payments.Mode) payments.Totals {
	t.Helper()
	return payments.Totals{
		SubscriptionsByStatus: groups(t, conn, `SELECT status, COUNT(*) FROM payments_subscriptions WHERE project_id = ? AND mode = ? GROUP BY 1`, project, mode),
		PaymentsByStatus:      groups(t, conn, `SELECT status, COUNT(*) FROM payments_payments WHERE project_id = ? AND mode = ? GROUP BY 1`, project, mode),
		Revenue: recorded(t, conn, func(rows *sql.Rows, r *payments.Revenue) error {
			return rows.Scan(&r.Currency, &r.Gross, &r.Refunded, &r.Payments)
		}, `
			SELECT currency, SUM(amount), SUM(refunded_amount), COUNT(*)
			FROM payments_payments
			WHERE project_id = ? AND mode = ? AND collected
			GROUP BY 1 ORDER BY 1`, project, mode),
		MRR: recorded(t, conn, func(rows *sql.Rows, m *payments.MRR) error {
			return rows.Scan(&m.Currency, &m.Amount, &m.Subscriptions)
		}, `
			SELECT currency, SUM(mrr), COUNT(*)
			FROM payments_subscriptions
			WHERE project_id = ? AND mode = ? AND status IN ('active', 'past_due')
			GROUP BY 1 ORDER BY 1`, project, mode),
	}
}

func recorded[T any](t *testing.T, conn *sql.Conn, scan func(*sql.Rows, *T) error, query string, args ...any) (found []T) {
	t.Helper()
	rows, err := conn.QueryContext(context.Background(), query, args...)
	must(t, err)
	defer rows.Close()
	for rows.Next() {
		var row T
		must(t, scan(rows, &row))
		found = append(found, row)
	}
	must(t, rows.Err())
	return found
}

func groups(t *testing.T, conn *sql.Conn, query string, args ...any) map[string]int64 {
	t.Helper()
	type group struct {
		label string
		n     int64
	}
	found := map[string]int64{}
	for _, g := range recorded(t, conn, func(rows *sql.Rows, g *group) error { return rows.Scan(&g.label, &g.n) }, query, args...) {
		found[g.label] = g.n
	}
	return found
}

func TestCountersEqualARecountAfterAnyProgram(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	pick := func(values ...string) string { return values[random.IntN(len(values))] }
	path, ctx := newPath(t), context.Background()
	store, conn := openAt(t, path, sqlite.Options{}), foreign(t, path)
	projects, modes := []payments.ProjectID{"p", "q"}, []payments.Mode{payments.Test, payments.Live}
	var late []payments.Ticket
	for range 500 {
		project, mode, n := projects[random.IntN(2)], modes[random.IntN(2)], random.IntN(12)
		o := payments.Object{Project: project, Mode: mode, Kind: payments.KindInvoice, ID: fmt.Sprint("in_", n)}
		ticket, err := store.ClaimObject(ctx, o, noon, noon)
		must(t, err)
		if random.IntN(4) == 0 {
			late = append(late, ticket)
			ticket = late[random.IntN(len(late))]
		}
		project, mode = ticket.Project, ticket.Mode
		amount := random.Int64N(1000)
		_, err = store.ApplySync(ctx, payments.Synced{
			Ticket: ticket,
			Now:    noon,
			Subscription: &payments.Subscription{
				ID: fmt.Sprint(n), Project: project, Mode: mode, SubscriptionID: fmt.Sprint("sub_", n), User: payments.UserID(pick("", "u")),
				Status: pick("active", "trialing", "past_due", "canceled", "new"), Currency: pick("usd", "eur"), MRR: random.Int64N(3), CreatedAt: noon,
			},
			Payment: &payments.Payment{
				ID: fmt.Sprint(n), Project: project, Mode: mode, Source: ticket.ID, Status: pick("pending", "succeeded", "refunded"),
				Currency: pick("usd", "jpy"), Amount: amount, RefundedAmount: random.Int64N(amount + 1), Collected: random.IntN(2) == 0, CreatedAt: noon,
			},
		})
		must(t, err)
	}
	for _, project := range projects {
		for _, mode := range modes {
			got, err := store.Totals(ctx, []payments.ProjectID{project}, mode)
			must(t, err)
			if want := recount(t, conn, project, mode); !reflect.DeepEqual(got, want) {
				t.Errorf("%s %s: totals %+v\nwant %+v", project, mode, got, want)
			}
			scope := payments.Scope{Projects: []payments.ProjectID{project}, Modes: []payments.Mode{mode}}
			counted, err := store.CountPayments(ctx, scope, payments.Filter{})
			must(t, err)
			listed, err := store.Payments(ctx, scope, payments.Filter{}, payments.Window{Limit: 1000})
			must(t, err)
			if counted != int64(len(listed)) {
				t.Errorf("%s %s: counted %d payments, listed %d", project, mode, counted, len(listed))
			}
		}
	}
}

func TestCounterOverflowChangesNothing(t *testing.T) {
	store, ctx := open(t), context.Background()
	collected := payments.Payment{ID: "1", Project: "p", Mode: payments.Test, Source: "in_1", Status: "succeeded", Currency: "usd", Amount: math.MaxInt64, Collected: true, CreatedAt: noon}
	pay(t, store, collected)
	for source, amount := range map[string]int64{"in_2": 1, "in_3": math.MaxInt64, "in_4": math.MinInt64} {
		next := collected
		next.Source, next.Amount = source, amount
		ticket, err := store.ClaimObject(ctx, payments.Object{Project: "p", Mode: payments.Test, Kind: payments.KindInvoice, ID: source}, noon, noon)
		must(t, err)
		if _, err := store.ApplySync(ctx, payments.Synced{Ticket: ticket, Now: noon, Payment: &next}); err == nil {
			t.Errorf("%d + %d was counted", int64(math.MaxInt64), amount)
		}
	}
	totals, err := store.Totals(ctx, []payments.ProjectID{"p"}, payments.Test)
	must(t, err)
	if !slices.Equal(totals.Revenue, []payments.Revenue{{Currency: "usd", Gross: math.MaxInt64, Payments: 1}}) {
		t.Errorf("revenue %v", totals.Revenue)
	}
}
