package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/store/sqlite"
)

// together adds events that are all waiting when the first transaction may begin.
func together(t *testing.T, events []payments.Event) (store *sqlite.Store, added []bool, errs []error) {
	t.Helper()
	path := newPath(t)
	store = openAt(t, path, sqlite.Options{BusyTimeout: time.Hour})
	release := hold(t, path)
	added, errs = make([]bool, len(events)), make([]error, len(events))
	var callers sync.WaitGroup
	for i, e := range events {
		callers.Go(func() { added[i], errs[i] = store.AddEvent(context.Background(), e) })
	}
	store.AwaitWaiting(len(events))
	release()
	callers.Wait()
	return store, added, errs
}

func TestWaitingEventsAreAllAdded(t *testing.T) {
	var events []payments.Event
	for i := range 600 { // more than one commit takes
		events = append(events, event(fmt.Sprint("evt_", i), fmt.Sprint("sub_", i%7)))
	}
	store, added, errs := together(t, events)
	for i := range events {
		if !added[i] || errs[i] != nil {
			t.Errorf("event %d: %v, %v", i, added[i], errs[i])
		}
	}
	tickets, err := store.ClaimDue(t.Context(), noon, noon.Add(time.Minute), payments.ClaimLimits{Total: 100, PerTenant: 100})
	must(t, err)
	var requests int64
	for _, ticket := range tickets {
		requests += ticket.Number - 1
	}
	if len(tickets) != 7 || requests != 600 {
		t.Errorf("%d objects with %d requests, want 7 with 600", len(tickets), requests)
	}
}

func TestEventTwiceInABatchIsAddedOnce(t *testing.T) {
	var events []payments.Event
	for range 32 {
		events = append(events, event("evt_1", "sub_1"))
	}
	store, added, errs := together(t, events)
	var count int
	for i := range events {
		must(t, errs[i])
		if added[i] {
			count++
		}
	}
	tickets, err := store.ClaimDue(t.Context(), noon, noon.Add(time.Minute), payments.ClaimLimits{Total: 100, PerTenant: 100})
	must(t, err)
	if count != 1 || len(tickets) != 1 || tickets[0].Number != 2 {
		t.Errorf("added %d times, tickets %v", count, tickets)
	}
}

func TestBadEventFailsAlone(t *testing.T) {
	var events []payments.Event
	for i := range 9 {
		events = append(events, event(fmt.Sprint("evt_", i), "sub_1"))
	}
	events[4].Mode, events[4].Object.Mode = "neither", "neither"
	store, added, errs := together(t, events)
	for i := range events {
		if bad := i == 4; added[i] == bad || (errs[i] != nil) != bad {
			t.Errorf("event %d: %v, %v", i, added[i], errs[i])
		}
	}
	stored, err := store.Events(t.Context(), "p", payments.Test, payments.Window{Limit: 100})
	must(t, err)
	if len(stored) != 8 {
		t.Errorf("%d events are stored, want 8", len(stored))
	}
}

func TestCancelledEventLeavesTheBatch(t *testing.T) {
	path := newPath(t)
	store := openAt(t, path, sqlite.Options{BusyTimeout: time.Hour})
	release := hold(t, path)
	ctx, cancel := context.WithCancel(t.Context())
	var callers sync.WaitGroup
	callers.Go(func() {
		if _, err := store.AddEvent(ctx, event("evt_1", "sub_1")); !errors.Is(err, context.Canceled) {
			t.Errorf("the cancelled caller: %v", err)
		}
	})
	store.AwaitWaiting(1)
	callers.Go(func() {
		if added, err := store.AddEvent(context.Background(), event("evt_2", "sub_2")); err != nil || !added {
			t.Errorf("the other caller: %v, %v", added, err)
		}
	})
	store.AwaitWaiting(2)
	cancel()
	store.AwaitWaiting(1)
	release()
	callers.Wait()
	stored, err := store.Events(t.Context(), "p", payments.Test, payments.Window{Limit: 100})
	must(t, err)
	if len(stored) != 1 || stored[0].ID != "evt_2" {
		t.Errorf("stored %v, want only evt_2", stored)
	}
}

func TestCloseWaitsForEventsUnderWay(t *testing.T) {
	path := newPath(t)
	store := openAt(t, path, sqlite.Options{})
	var acknowledged atomic.Int64
	var callers sync.WaitGroup
	begun := make(chan struct{}, 64)
	for i := range 64 {
		callers.Go(func() {
			begun <- struct{}{}
			if added, err := store.AddEvent(context.Background(), event(fmt.Sprint("evt_", i), "sub_1")); err == nil && added {
				acknowledged.Add(1)
			}
		})
	}
	for range 32 {
		<-begun
	}
	must(t, store.Close())
	callers.Wait()
	stored, err := openAt(t, path, sqlite.Options{}).Events(t.Context(), "p", payments.Test, payments.Window{Limit: 100})
	must(t, err)
	if int64(len(stored)) != acknowledged.Load() {
		t.Errorf("%d events are stored, %d were acknowledged", len(stored), acknowledged.Load())
	}
}

func BenchmarkAddEvent(b *testing.B) {
	for _, callers := range []int{1, 8, 64} {
		b.Run(fmt.Sprint("callers=", callers), func(b *testing.B) {
			store := open(b)
			var next atomic.Int64
			b.ResetTimer()
			var wait sync.WaitGroup
			for range callers {
				wait.Go(func() {
					for {
						n := next.Add(1)
						if n > int64(b.N) {
							return
						}
						if _, err := store.AddEvent(context.Background(), event(fmt.Sprint("evt_", n), fmt.Sprint("sub_", n%1000))); err != nil {
							b.Error(err)
						}
					}
				})
			}
			wait.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}
