package sqlite_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/store/sqlite"
)

var (
	onePair   = payments.Scope{Projects: []payments.ProjectID{"p"}, Modes: []payments.Mode{payments.Test}}
	manyPairs = payments.Scope{Projects: []payments.ProjectID{"p", "q", "r"}, Modes: []payments.Mode{payments.Test, payments.Live}}
	place     = payments.Keyset{CreatedAt: noon, ID: "x"}
)

// plans returns the plans of the statements that a call prepared.
func plans(t *testing.T, store *sqlite.Store, call func(ctx context.Context) error) (found []string) {
	t.Helper()
	before := store.Statements()
	must(t, call(t.Context()))
	for _, statement := range store.Statements() {
		if !slices.Contains(before, statement) && !slices.Contains([]string{"BEGIN", "BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"}, statement) {
			plan, err := store.Plan(t.Context(), statement)
			must(t, err)
			found = append(found, plan)
		}
	}
	return found
}

func TestStatementsUseTheirIndex(t *testing.T) {
	list := func(scope payments.Scope, f payments.Filter, w payments.Window) func(*sqlite.Store, context.Context) error {
		return func(s *sqlite.Store, ctx context.Context) error {
			if _, err := s.Subscriptions(ctx, scope, f, w); err != nil {
				return err
			}
			_, err := s.Payments(ctx, scope, f, w)
			return err
		}
	}
	count := func(f payments.Filter) func(*sqlite.Store, context.Context) error {
		return func(s *sqlite.Store, ctx context.Context) error {
			if _, err := s.CountSubscriptions(ctx, manyPairs, f); err != nil {
				return err
			}
			_, err := s.CountPayments(ctx, manyPairs, f)
			return err
		}
	}
	page, after := payments.Window{Limit: 5, Offset: 5}, payments.Window{Limit: 5, Key: place}
	for _, test := range []struct {
		name string
		want string // in each plan
		call func(*sqlite.Store, context.Context) error
	}{
		{"a list", "_by_time (project_id=? AND mode=?)", list(onePair, payments.Filter{}, page)},
		{"a list from a place", "_by_time (project_id=? AND mode=? AND (created_at,id)<(?,?))", list(onePair, payments.Filter{}, after)},
		{"a list of a time, from a place within", "_by_time (project_id=? AND mode=? AND created_at>? AND (created_at,id)<(?,?))", list(onePair, payments.Filter{After: noon, Before: noon.Add(time.Hour)}, after)},
		{"a list before a time", "_by_time (project_id=? AND mode=? AND created_at<?)", list(onePair, payments.Filter{Before: noon}, page)},
		{"a list of a status", "_by_status (project_id=? AND mode=? AND status=?)", list(onePair, payments.Filter{Status: "active"}, page)},
		{"a list of a status from a place", "_by_status (project_id=? AND mode=? AND status=? AND (created_at,id)<(?,?))", list(onePair, payments.Filter{Status: "active"}, after)},
		{"a list of a user", "_by_user (project_id=? AND mode=? AND user_id=?)", list(onePair, payments.Filter{User: "u"}, page)},
		{"a list of a user's status", "_by_user (project_id=? AND mode=? AND user_id=?", list(onePair, payments.Filter{User: "u", Status: "active"}, after)},
		{"the heads of many pairs", "_by_time (project_id=? AND mode=?)", list(manyPairs, payments.Filter{}, page)},
		{"the heads of many pairs from a place", "_by_time (project_id=? AND mode=? AND (created_at,id)<(?,?))", list(manyPairs, payments.Filter{}, after)},
		{"the heads of many pairs of a status", "_by_status (project_id=? AND mode=? AND status=?)", list(manyPairs, payments.Filter{Status: "active"}, page)},
		{"a count of everything", "USING PRIMARY KEY (project_id=? AND mode=? AND metric=?)", count(payments.Filter{})},
		{"a count of a status", "USING PRIMARY KEY (project_id=? AND mode=? AND metric=? AND label=?)", count(payments.Filter{Status: "active"})},
		{"a count of a user", "USING COVERING INDEX payments_%_by_user (project_id=? AND mode=? AND user_id=?)", count(payments.Filter{User: "u"})},
		{"a count of a time", "USING COVERING INDEX payments_%_by_time (project_id=? AND mode=? AND created_at>? AND created_at<?)", count(payments.Filter{After: noon, Before: noon.Add(1)})},
		{"a count of a status in a time", "USING COVERING INDEX payments_%_by_status (project_id=? AND mode=? AND status=? AND created_at>?)", count(payments.Filter{Status: "active", After: noon})},
	} {
		t.Run(test.name, func(t *testing.T) {
			store := open(t)
			found := plans(t, store, func(ctx context.Context) error { return test.call(store, ctx) })
			if len(found) == 0 {
				t.Fatal("nothing was prepared")
			}
			for _, plan := range found {
				before, after, both := strings.Cut(test.want, "%")
				if !strings.Contains(plan, before) || both && !strings.Contains(plan, after) {
					t.Errorf("plan:\n%swant %s", plan, test.want)
				}
				refuse(t, plan, "SCAN payments_", "TEMP B-TREE")
			}
		})
	}
}

// refuse complains of a plan with any of these steps.
func refuse(t *testing.T, plan string, steps ...string) {
	t.Helper()
	for _, step := range steps {
		if strings.Contains(plan, step) {
			t.Errorf("plan has %q:\n%s", step, plan)
		}
	}
}

func TestQueuesAreReadFromTheirIndex(t *testing.T) {
	store := open(t)
	for _, test := range []struct {
		want string
		call func(context.Context) error
	}{
		{"SEARCH payments_syncs USING INDEX payments_syncs_pending (project_id=? AND mode=?)", func(ctx context.Context) error {
			_, err := store.PendingSyncs(ctx, "p", payments.Test, 5)
			return err
		}},
		{"SEARCH payments_events USING INDEX payments_events_by_time (project_id=? AND mode=?)", func(ctx context.Context) error {
			_, err := store.Events(ctx, "p", payments.Test, payments.Window{Limit: 5})
			return err
		}},
		{"SEARCH payments_customers USING INDEX payments_customers_by_stripe_id (project_id=? AND mode=? AND customer_id=?)", func(ctx context.Context) error {
			return ignoreNotFound(store.CustomerByStripeID(ctx, "p", payments.Test, "cus_1"))
		}},
		{"SEARCH payments_subscriptions USING INDEX payments_subscriptions_by_user (project_id=? AND mode=? AND user_id=?)", func(ctx context.Context) error {
			return ignoreNotFound(store.CurrentSubscription(ctx, "p", payments.Test, "u"))
		}},
		{"SEARCH payments_changes USING INDEX payments_changes_due (due_at<?)", func(ctx context.Context) error {
			_, err := store.ClaimChanges(ctx, noon, noon, 5)
			return err
		}},
	} {
		for _, plan := range plans(t, store, test.call) {
			if !strings.Contains(plan, test.want) {
				t.Errorf("plan:\n%swant %s", plan, test.want)
			}
		}
	}
}

// A claim steps from project to project and reads each tenant's first objects: nothing of it grows with a tenant's backlog. Only the
// tenants' first due times, one for each, are sorted.
func TestClaimsStepFromTenantToTenant(t *testing.T) {
	store := open(t)
	must(t, store.RequestSync(t.Context(), noon, object("sub_1")))
	found := strings.Join(plans(t, store, func(ctx context.Context) error {
		_, err := store.ClaimDue(ctx, noon, noon, payments.ClaimLimits{Total: 5, PerTenant: 1})
		return err
	}), "")
	for _, want := range []string{
		"SEARCH payments_syncs USING INDEX payments_syncs_due (project_id>?)",
		"SEARCH payments_syncs USING INDEX payments_syncs_due (project_id=? AND mode=? AND due_at<?)",
	} {
		if !strings.Contains(found, want) {
			t.Errorf("plan:\n%swant %s", found, want)
		}
	}
	refuse(t, found, "SCAN payments_", "payments_syncs_pending")
	if strings.Count(found, "TEMP B-TREE") != 1 {
		t.Errorf("plan:\n%swant the tenants to be sorted, and nothing else", found)
	}
}

func TestNothingElseIsScanned(t *testing.T) {
	store := open(t)
	all := plans(t, store, func(context.Context) error {
		fill(t, store)
		ticket, err := store.ClaimObject(context.Background(), object("sub_1"), noon, noon)
		must(t, err)
		return store.RetrySync(context.Background(), ticket, noon, "no")
	})
	pendingEvents := false
	for _, plan := range all {
		refuse(t, plan, "SCAN payments_", "TEMP B-TREE")
		pendingEvents = pendingEvents || strings.Contains(plan, "payments_events_pending (project_id=? AND mode=? AND object_kind=? AND object_id=? AND number<?)")
	}
	if !pendingEvents {
		t.Errorf("the pending events of an object are not read from their index: %q", all)
	}
}

// ignoreNotFound keeps the error of a look-up that is made for its plan.
func ignoreNotFound[T any](_ T, err error) error {
	if errors.Is(err, payments.ErrNotFound) {
		return nil
	}
	return err
}
