package payments_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manytenants/payments"
)

// inBubbleTime runs the clock of the Service, and so its retries, by the bubble's time.
func inBubbleTime(onChange func(context.Context, payments.Change) error) func(*world) {
	began := time.Now()
	return func(w *world) {
		w.opts.Workers, w.opts.OnChange = 1, onChange
		w.opts.Now = func() time.Time { return start.Add(time.Since(began)) }
	}
}

// wait lets the bubble's time pass.
func wait(d time.Duration) {
	time.Sleep(d) //nolint:forbidigo // the bubble's time: it passes when all the workers wait
	synctest.Wait()
}

// A calls counter records how often each project's changes were told, and when first.
type calls struct {
	mu    sync.Mutex
	began time.Time
	count map[payments.ProjectID]int
	first map[payments.ProjectID]time.Duration
}

func newCalls() *calls {
	return &calls{began: time.Now(), count: map[payments.ProjectID]int{}, first: map[payments.ProjectID]time.Duration{}}
}

func (k *calls) note(project payments.ProjectID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.count[project]++; k.count[project] == 1 {
		k.first[project] = time.Since(k.began)
	}
}

func (k *calls) of(project payments.ProjectID) (int, time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.count[project], k.first[project]
}

func TestHangingCallbackHoldsUpNoOtherTenant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newCalls()
		w := newWorld(t, inBubbleTime(func(ctx context.Context, c payments.Change) error {
			k.note(c.Project)
			if c.Project == "hangs" {
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		}))
		for _, project := range []payments.ProjectID{"hangs", "works"} {
			s := w.newShop(project)
			s.buy("alice", payments.CheckoutRequest{PriceID: s.price(1900, "usd", "month")})
			w.flush()
			wait(time.Second)
		}
		wait(10 * time.Second)
		if n, first := k.of("works"); n != 2 || first > 5*time.Second {
			t.Errorf("%d of the other tenant's 2 changes were told, the first after %v", n, first)
		}
		wait(time.Hour)
		if n, _ := k.of("hangs"); n < 10 || n > 40 {
			t.Errorf("2 changes whose callback hangs were tried %d times in an hour, want some, and ever more rarely", n)
		}
		if n, _ := k.of("works"); n != 2 {
			t.Errorf("the other tenant's 2 changes were told %d times", n)
		}
	})
}

// More callbacks hang than are called at a time, and no worker runs beside: Process meets them one after the other.
func TestChangesThatFailGoBehindThoseThatWait(t *testing.T) {
	k := newCalls()
	w := newWorld(t, func(w *world) {
		w.opts.OnChange = func(_ context.Context, c payments.Change) error {
			k.note(c.Project)
			if c.Project == "hangs" {
				w.stripe.Advance(30 * time.Second)
				return context.DeadlineExceeded
			}
			return nil
		}
	})
	hangs, works := w.newShop("hangs"), w.newShop("works")
	for n := range 6 {
		hangs.buy(payments.UserID(fmt.Sprint("user", n)), payments.CheckoutRequest{PriceID: hangs.price(1900, "usd", "month")})
	}
	works.buy("alice", payments.CheckoutRequest{PriceID: works.price(1900, "usd", "month")})
	w.flush()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for tries := 0; tries < 60; {
		if err := w.service.Process(ctx); err != nil {
			t.Fatal(err)
		}
		tries, _ = k.of("hangs")
		w.stripe.Advance(time.Minute)
	}
	if n, _ := k.of("works"); n != 2 {
		t.Errorf("the other tenant's 2 changes were told %d times", n)
	}
}

func TestChangesOfOneObjectAreToldInOrder(t *testing.T) {
	s, h := listened(t)
	h.willThen(func(payments.Change) error { return errors.New("the host is busy") })
	s.subscribe("alice")
	must(s.cancel("alice", true))(t)
	s.settle()
	if told := h.statuses(payments.KindSubscription); !slices.Equal(told, []string{"active"}) {
		t.Errorf("while the first was failing: %v", told)
	}
	h.willThen(nil)
	s.advance(time.Hour)
	if told := h.statuses(payments.KindSubscription); !slices.Equal(told, []string{"active", "canceled"}) {
		t.Errorf("afterwards: %v", told)
	}
}

func TestFailingChangeHoldsUpNoOtherObject(t *testing.T) {
	s, h := listened(t)
	h.willThen(func(c payments.Change) error {
		if c.User == "alice" {
			return errors.New("alice is broken")
		}
		return nil
	})
	s.subscribe("alice")
	h.take()
	s.subscribe("bob")
	must(s.cancel("bob", true))(t)
	s.settle()
	if told := h.statuses(payments.KindSubscription); !slices.Equal(told, []string{"active", "canceled"}) {
		t.Errorf("%v", told)
	}
}

// statuses takes what was told of a kind, and returns what it says.
func (h *listener) statuses(kind payments.Kind) (statuses []string) {
	for _, c := range h.take() {
		if c.Kind == kind {
			statuses = append(statuses, c.Status)
		}
	}
	return statuses
}

func TestCallbackThatIgnoresItsContextIsLeftBehindAndNotOvertaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, release := newCalls(), make(chan struct{})
		var once sync.Once
		w := newWorld(t, inBubbleTime(func(_ context.Context, c payments.Change) error {
			k.note(payments.ProjectID(c.Kind))
			if c.Kind == payments.KindSubscription {
				once.Do(func() { <-release })
			}
			return nil
		}))
		s := w.newShop("alpha")
		s.buy("alice", payments.CheckoutRequest{PriceID: s.price(1900, "usd", "month")})
		w.flush()
		wait(5 * time.Minute)
		if n, _ := k.of("subscription"); n != 1 {
			t.Errorf("the callback was called %d times for one object, before the first call returned", n)
		}
		if n, _ := k.of("invoice"); n != 1 {
			t.Errorf("the other object's change was told %d times", n)
		}
		close(release)
		wait(10 * time.Minute)
		if n, _ := k.of("subscription"); n != 2 {
			t.Errorf("the change was told %d times, want once more after its first callback was left behind", n)
		}
	})
}

func TestDeliveryIsRecordedThoughCloseStoppedWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, inBubbleTime(func(ctx context.Context, _ payments.Change) error {
			<-ctx.Done() // and then it succeeds all the same
			return nil
		}))
		s := w.newShop("alpha")
		s.buy("alice", payments.CheckoutRequest{PriceID: s.price(1900, "usd", "month")})
		w.flush()
		wait(5 * time.Second)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := w.service.Close(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
		left, err := w.store.ClaimChanges(t.Context(), start.Add(time.Hour), start.Add(time.Hour), 9)
		if err != nil || len(left) != 0 {
			t.Errorf("what was delivered is still to be told: %+v, %v", left, err)
		}
	})
}
