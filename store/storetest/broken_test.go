package storetest

import (
	"context"
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/manytenants/payments"
)

// A brokenStore breaks one promise on purpose, and is to be failed by a check that is named for it.
type brokenStore struct {
	breaks   string
	caughtBy string // group/promise
	open     func(m *model) payments.Store
}

var brokenStores = slices.Concat(
	brokenConfigs, brokenCustomers, brokenInboxes, brokenQueues, brokenApplies, brokenSubscriptions, brokenPayments, brokenLists, brokenTotals,
	brokenOutboxes, brokenDeliveries, brokenContexts,
)

func TestBrokenStoresAreCaught(t *testing.T) {
	t.Parallel()
	for _, b := range brokenStores {
		t.Run(b.breaks, func(t *testing.T) {
			var r *recorder
			for tries := 0; r == nil || !r.Failed(); tries++ { // what breaks under concurrency alone needs luck to show
				if tries == 20 {
					t.Fatalf("a store that %s passes %q", b.breaks, b.caughtBy)
				}
				r = &recorder{ctx: t.Context()}
				r.watch(promiseNamed(t, b.caughtBy), b.open(newModel()))
			}
			t.Logf("caught by %q: %s", b.caughtBy, r.said[0])
		})
	}
}

// TestBrokenStoresAreDistinct keeps the list honest: each names another way to break, and the model, which each is made from, passes
// all (see TestModelKeepsEveryPromise).
func TestBrokenStoresAreDistinct(t *testing.T) {
	seen := map[string]bool{}
	for _, b := range brokenStores {
		if seen[b.breaks] {
			t.Errorf("%q stands twice", b.breaks)
		}
		seen[b.breaks] = true
	}
}

func promiseNamed(t *testing.T, name string) promise {
	t.Helper()
	for _, g := range groups() {
		for _, p := range g.promises {
			if g.name+"/"+p.name == name {
				return p
			}
		}
	}
	t.Fatalf("there is no promise %q", name)
	return promise{}
}

// A recorder takes the place of a *testing.T that is expected to fail.
type recorder struct {
	ctx    context.Context
	mu     sync.Mutex
	failed bool
	said   []string
}

// watch runs a check in a goroutine of its own, so that Fatalf can end it.
func (r *recorder) watch(p promise, s payments.Store) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.verify(r, s)
	}()
	<-done
}

func (r *recorder) Context() context.Context { return r.ctx }
func (r *recorder) Helper()                  {}
func (r *recorder) Logf(string, ...any)      {}

func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed = true
	r.said = append(r.said, fmt.Sprintf(format, args...))
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

func (r *recorder) Failed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed
}

// A gate holds callers back until n of them have come.
type gate struct {
	mu   sync.Mutex
	left int
	open chan struct{}
}

func newGate(n int) *gate { return &gate{left: n, open: make(chan struct{})} }

func (g *gate) pass() {
	g.mu.Lock()
	if g.left--; g.left == 0 {
		close(g.open)
	}
	g.mu.Unlock()
	<-g.open
}

// locked calls f with the model's lock held.
func (m *model) locked(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f()
}

func TestEveryMethodIsCalledByTheTables(t *testing.T) {
	var names []string
	for _, m := range append(writesOf(payments.Ticket{}), reads...) {
		names = append(names, m.name)
	}
	for _, name := range methodsOf[payments.Store]() {
		if !slices.Contains(names, name) {
			t.Errorf("no check of all methods calls %s", name)
		}
	}
}

func TestNamesOfPromisesDiffer(t *testing.T) {
	seen := map[string]bool{}
	for _, g := range groups() {
		for _, p := range g.promises {
			name := g.name + "/" + p.name
			if seen[name] || strings.Contains(p.name, "/") || p.rule == "" {
				t.Errorf("%q is no name of its own, or has no rule", name)
			}
			seen[name] = true
		}
	}
	t.Logf("%d promises", len(seen))
}

func methodsOf[T any]() []string {
	var names []string
	for m := range reflect.TypeFor[T]().Methods() {
		names = append(names, m.Name)
	}
	return names
}
