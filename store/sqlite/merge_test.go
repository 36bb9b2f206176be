package sqlite_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/store/sqlite"
)

// pay writes a payment of its own.
func pay(t testing.TB, store *sqlite.Store, p payments.Payment) {
	t.Helper()
	apply(t, store, payments.Object{Project: p.Project, Mode: p.Mode, Kind: payments.KindInvoice, ID: p.Source}, payments.Synced{Payment: &p})
}

// spread writes n payments over projects of very different size, many of them at the same moment, and
// returns them newest first.
func spread(t testing.TB, store *sqlite.Store, seed uint64, projects, n int) []payments.Payment {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 0))
	written := make([]payments.Payment, n)
	for i := range written {
		written[i] = payments.Payment{
			ID:        fmt.Sprintf("%08x", random.Uint32()),
			Project:   payments.ProjectID(fmt.Sprint("p", random.IntN(1+random.IntN(projects)))),
			Mode:      []payments.Mode{payments.Test, payments.Live}[random.IntN(2)],
			Source:    fmt.Sprint("in_", i),
			Status:    []string{"succeeded", "failed"}[random.IntN(2)],
			Currency:  "usd",
			CreatedAt: noon.Add(time.Duration(random.IntN(n/3)) * time.Second),
		}
		pay(t, store, written[i])
	}
	slices.SortFunc(written, func(a, b payments.Payment) int {
		if c := b.CreatedAt.Compare(a.CreatedAt); c != 0 {
			return c
		}
		return strings.Compare(b.ID, a.ID)
	})
	return written
}

func scopeOf(projects int) payments.Scope {
	scope := payments.Scope{Modes: []payments.Mode{payments.Test, payments.Live}}
	for i := range projects {
		scope.Projects = append(scope.Projects, payments.ProjectID(fmt.Sprint("p", i)))
	}
	return scope
}

func ids(list []payments.Payment) (found []string) {
	for _, p := range list {
		found = append(found, p.ID)
	}
	return found
}

func TestMergedPagesEqualOneSortedList(t *testing.T) {
	const projects, rows = 12, 240
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	store, ctx := open(t), context.Background()
	all := spread(t, store, seed, projects, rows)
	scope := scopeOf(projects)
	for _, status := range []string{"", "failed"} {
		filter := payments.Filter{Status: status}
		want := slices.DeleteFunc(slices.Clone(all), func(p payments.Payment) bool { return status != "" && p.Status != status })
		for _, limit := range []int{7, 40} {
			var byKey, byOffset []payments.Payment
			for w := (payments.Window{Limit: limit}); ; {
				page, err := store.Payments(ctx, scope, filter, w)
				must(t, err)
				byKey = append(byKey, page...)
				if len(page) < limit {
					break
				}
				w.Key = payments.Keyset{CreatedAt: page[limit-1].CreatedAt, ID: page[limit-1].ID}
			}
			for len(byOffset) < len(want) {
				page, err := store.Payments(ctx, scope, filter, payments.Window{Limit: limit, Offset: len(byOffset)})
				must(t, err)
				if len(page) == 0 {
					break
				}
				byOffset = append(byOffset, page...)
			}
			if !slices.Equal(ids(byKey), ids(want)) || !slices.Equal(ids(byOffset), ids(want)) {
				t.Errorf("status %q, pages of %d: %d by key and %d by offset, want the same %d in order", status, limit, len(byKey), len(byOffset), len(want))
			}
		}
	}
}

func TestThousandProjectsInBothModes(t *testing.T) {
	store, ctx := open(t), context.Background()
	scope := scopeOf(1000)
	for i, project := range []payments.ProjectID{"p0", "p499", "p999"} {
		pay(t, store, payments.Payment{
			ID: fmt.Sprint("id", i), Project: project, Mode: payments.Live, Source: "in_1", Status: "succeeded",
			Currency: "usd", Amount: 100, Collected: true, User: "u", CreatedAt: noon.Add(time.Duration(i)),
		})
	}
	list, err := store.Payments(ctx, scope, payments.Filter{}, payments.Window{Limit: 50})
	must(t, err)
	if got := ids(list); !slices.Equal(got, []string{"id2", "id1", "id0"}) {
		t.Errorf("payments %v", got)
	}
	for name, filter := range map[string]payments.Filter{"all": {}, "status": {Status: "succeeded"}, "user": {User: "u"}, "time": {After: noon}} {
		if n, err := store.CountPayments(ctx, scope, filter); err != nil || n != 3 {
			t.Errorf("count by %s: %d, %v", name, n, err)
		}
	}
	totals, err := store.Totals(ctx, scope.Projects, payments.Live)
	must(t, err)
	if got := totals.Revenue; len(got) != 1 || got[0].Gross != 300 {
		t.Errorf("revenue %v", got)
	}
}

func BenchmarkMergeThousandProjects(b *testing.B) {
	store := open(b)
	spread(b, store, 1, 1000, 2000)
	scope := scopeOf(1000)
	for b.Loop() {
		if _, err := store.Payments(context.Background(), scope, payments.Filter{}, payments.Window{Limit: 50}); err != nil {
			b.Fatal(err)
		}
	}
}

func TestOneReadConnectionServesManyReaders(t *testing.T) {
	store, ctx := openAt(t, newPath(t), sqlite.Options{ReadConns: 1}), context.Background()
	spread(t, store, 1, 3, 30)
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for _, limit := range []int{5, 40} {
				if _, err := store.Payments(ctx, scopeOf(300), payments.Filter{}, payments.Window{Limit: limit, Offset: 3}); err != nil {
					t.Error(err)
				}
				if _, err := store.CountPayments(ctx, scopeOf(300), payments.Filter{User: "u"}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	readers.Wait()
}
