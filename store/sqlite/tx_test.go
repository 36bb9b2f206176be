package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/store/sqlite"
)

func TestSettingsAreVerified(t *testing.T) {
	path := newPath(t)
	execute(t, foreign(t, path), `PRAGMA journal_mode = DELETE; CREATE TABLE host (id INTEGER)`)
	store := openAt(t, path, sqlite.Options{BusyTimeout: 1234 * time.Millisecond})
	for pragma, want := range map[string][2]string{
		"journal_mode": {"wal", "wal"},
		"synchronous":  {"2", "2"},
		"foreign_keys": {"1", "1"},
		"busy_timeout": {"1234", "1234"},
		"query_only":   {"0", "1"},
	} {
		writer, reader, err := store.Pragma(t.Context(), pragma)
		must(t, err)
		if got := [2]string{writer, reader}; got != want {
			t.Errorf("%s of writer and reader: %v, want %v", pragma, got, want)
		}
	}
}

func TestOtherTextEncodingIsRefused(t *testing.T) {
	path := newPath(t)
	execute(t, foreign(t, path), `PRAGMA encoding = 'UTF-16le'; CREATE TABLE host (id INTEGER)`)
	_, err := sqlite.Open(t.Context(), path, nil)
	if err == nil || !strings.Contains(err.Error(), "encoding") {
		t.Errorf("%v", err)
	}
}

// hold takes the file's write lock as another process would, and returns what gives it back.
func hold(t *testing.T, path string) (release func()) {
	t.Helper()
	conn := foreign(t, path)
	execute(t, conn, `BEGIN IMMEDIATE`)
	execute(t, conn, `CREATE TABLE host (id INTEGER)`)
	return func() { execute(t, conn, `ROLLBACK`) }
}

func TestReadersDontWaitForWriters(t *testing.T) {
	path := newPath(t)
	store := openAt(t, path, sqlite.Options{BusyTimeout: time.Hour})
	fill(t, store)
	release := hold(t, path)
	var waiting sync.WaitGroup
	waiting.Go(func() { _ = store.RequestSync(context.Background(), noon, object("sub_3")) })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for range 100 {
		if _, err := store.Subscription(ctx, "p", payments.Test, "sub_2"); err != nil {
			t.Fatal(err)
		}
		if _, err := store.Totals(ctx, []payments.ProjectID{"p"}, payments.Test); err != nil {
			t.Fatal(err)
		}
	}
	release()
	waiting.Wait()
}

func TestWriteWaitsForAnotherProcess(t *testing.T) {
	path := newPath(t)
	store := openAt(t, path, sqlite.Options{BusyTimeout: time.Hour})
	release := hold(t, path)
	done := make(chan error)
	go func() { done <- store.RequestSync(context.Background(), noon, object("sub_1")) }()
	select {
	case err := <-done:
		t.Fatalf("returned while the lock was held: %v", err)
	default:
	}
	release()
	must(t, <-done)
}

func TestWriteFailsAfterTheBusyTimeout(t *testing.T) {
	path := newPath(t)
	store := openAt(t, path, sqlite.Options{BusyTimeout: 30 * time.Millisecond})
	release := hold(t, path)
	// All wait at the same time, so that none waits for the sum of the timeouts before it.
	var callers sync.WaitGroup
	began := time.Now()
	for i := range 64 {
		callers.Go(func() {
			err := store.RequestSync(context.Background(), noon, object(fmt.Sprint("sub_", i)))
			if err == nil || !strings.Contains(err.Error(), "BusyTimeout") {
				t.Errorf("%v", err)
			}
			if errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the caller had no deadline: %v", err)
			}
		})
	}
	callers.Wait()
	if took := time.Since(began); took > 64*30*time.Millisecond {
		t.Errorf("64 callers took %v, one after the other", took)
	}
	release()
	must(t, store.RequestSync(t.Context(), noon, object("sub_1")))
}

func TestCallerLeavesTheQueueWhenItsContextEnds(t *testing.T) {
	path := newPath(t)
	store := openAt(t, path, sqlite.Options{BusyTimeout: time.Hour})
	release := hold(t, path)
	var first sync.WaitGroup
	first.Go(func() {
		if err := store.RequestSync(context.Background(), noon, object("sub_1")); err != nil {
			t.Error(err)
		}
	})
	for name, call := range map[string]func(context.Context) error{
		"RequestSync": func(ctx context.Context) error { return store.RequestSync(ctx, noon, object("sub_2")) },
		"AddEvent":    func(ctx context.Context) error { _, err := store.AddEvent(ctx, event("evt_1", "sub_3")); return err },
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		if err := call(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", name, err)
		}
		cancel()
	}
	release()
	first.Wait()
	pending, err := store.PendingSyncs(t.Context(), "p", payments.Test, 10)
	must(t, err)
	if len(pending) != 1 || pending[0].ID != "sub_1" {
		t.Errorf("pending %v, want only what was not cancelled", pending)
	}
}

func TestOwnTransactionsNeverMeetAStaleSnapshot(t *testing.T) {
	path := newPath(t)
	stores := []*sqlite.Store{openAt(t, path, sqlite.Options{}), openAt(t, path, sqlite.Options{}), openAt(t, path, sqlite.Options{})}
	var callers sync.WaitGroup
	for i, store := range stores {
		for worker := range 4 {
			callers.Go(func() {
				for n := range 20 {
					o := object(fmt.Sprint("sub_", n))
					ticket, err := store.ClaimObject(context.Background(), o, noon, noon)
					if err == nil {
						_, err = store.ApplySync(context.Background(), payments.Synced{Ticket: ticket, Now: noon, Subscription: &payments.Subscription{
							ID: fmt.Sprint(i, worker, n), Project: "p", Mode: payments.Test, SubscriptionID: o.ID,
							Status: "active", Currency: "usd", MRR: int64(n), Quantity: int64(i), CreatedAt: noon,
						}})
					}
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	callers.Wait()
	totals, err := stores[0].Totals(t.Context(), []payments.ProjectID{"p"}, payments.Test)
	must(t, err)
	if got, want := totals.MRR[0], (payments.MRR{Currency: "usd", Amount: 190, Subscriptions: 20}); got != want {
		t.Errorf("MRR %+v, want %+v", got, want)
	}
}

func TestFullDiskIsAnErrorAndPasses(t *testing.T) {
	path := newPath(t)
	store := openAt(t, path, sqlite.Options{})
	restore := store.LimitPages(t.Context())
	var failed error
	for i := range 10_000 {
		if _, failed = store.AddEvent(t.Context(), event(fmt.Sprint("evt_", i), fmt.Sprint("sub_", i))); failed != nil {
			break
		}
	}
	if failed == nil || !strings.Contains(failed.Error(), "full") {
		t.Errorf("a full disk: %v", failed)
	}
	if _, err := store.Events(t.Context(), "p", payments.Test, payments.Window{Limit: 10}); err != nil {
		t.Errorf("reading from a full disk: %v", err)
	}
	restore()
	if added, err := store.AddEvent(t.Context(), event("evt_after", "sub_1")); err != nil || !added {
		t.Errorf("after it: %v, %v", added, err)
	}
}

func TestCancelledReadsLeaveTheirConnectionFit(t *testing.T) {
	store := openAt(t, newPath(t), sqlite.Options{ReadConns: 1})
	spread(t, store, 1, 5, 60)
	for i := range 200 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*10*time.Microsecond)
		_, err := store.Payments(ctx, scopeOf(100), payments.Filter{}, payments.Window{Limit: 60})
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
		cancel()
	}
	list, err := store.Payments(t.Context(), scopeOf(100), payments.Filter{}, payments.Window{Limit: 60})
	must(t, err)
	if len(list) != 60 {
		t.Errorf("%d payments, want 60", len(list))
	}
}
