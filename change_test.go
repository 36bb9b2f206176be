package payments_test

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/manytenants/payments"
)

// listener records the changes it is told, and fails as it is told to.
type listener struct {
	mu   sync.Mutex
	told []payments.Change
	then func(payments.Change) error
}

func (h *listener) onChange(_ context.Context, c payments.Change) error {
	h.mu.Lock()
	h.told = append(h.told, c)
	then := h.then
	h.mu.Unlock()
	if then != nil {
		return then(c)
	}
	return nil
}

// take returns what was told since it was last asked.
func (h *listener) take() []payments.Change {
	h.mu.Lock()
	defer h.mu.Unlock()
	told := h.told
	h.told = nil
	return told
}

func (h *listener) willThen(then func(payments.Change) error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.then = then
}

func listened(t *testing.T) (*shop, *listener) {
	h := &listener{}
	return newWorld(t, func(w *world) { w.opts.OnChange = h.onChange }).newShop("alpha"), h
}

func TestEachCommittedChangeIsTold(t *testing.T) {
	s, h := listened(t)
	sub := s.subscribe("alice")
	told := h.take()
	var kinds []string
	for _, c := range told {
		kinds = append(kinds, string(c.Kind)+" "+c.PreviousStatus+">"+c.Status)
		if c.ID == "" || c.Project != "alpha" || c.Mode != payments.Test || c.User != "alice" || !c.At.Equal(start) {
			t.Errorf("%+v", c)
		}
		if want := map[payments.Kind]string{payments.KindSubscription: sub.SubscriptionID, payments.KindInvoice: s.payments()[0].Source}[c.Kind]; c.StripeID != want {
			t.Errorf("%+v, want %s", c, want)
		}
	}
	slices.Sort(kinds)
	if diff := gocmp.Diff([]string{"invoice >succeeded", "subscription >active"}, kinds); diff != "" {
		t.Error(diff)
	}
	must(s.cancel("alice", false))(t)
	must(s.cancel("alice", true))(t)
	s.settle()
	var statuses []string
	for _, c := range h.take() {
		statuses = append(statuses, c.PreviousStatus+">"+c.Status)
	}
	if diff := gocmp.Diff([]string{"active>active", "active>canceled"}, statuses); diff != "" {
		t.Error(diff)
	}
}

func TestIdenticalStateIsToldOnce(t *testing.T) {
	s, h := listened(t)
	sub := s.subscribe("alice")
	h.take()
	for _, id := range []string{"evt_1", "evt_2", "evt_3"} {
		if err := s.deliver(s.event(id, "customer.subscription.updated", sub.SubscriptionID)); err != nil {
			t.Fatal(err)
		}
		if err := s.deliver(s.event(id+"_i", "invoice.paid", s.payments()[0].Source)); err != nil {
			t.Fatal(err)
		}
		s.process()
	}
	if told := h.take(); len(told) != 0 {
		t.Errorf("told of changes that weren't any: %+v", told)
	}
}

func byKind(changes []payments.Change) []payments.Change {
	return slices.SortedFunc(slices.Values(changes), func(a, b payments.Change) int { return cmp.Compare(a.Kind, b.Kind) })
}

func TestFailedDeliveryOfAChangeIsRepeated(t *testing.T) {
	for name, fail := range map[string]func(payments.Change) error{
		"error": func(payments.Change) error { return errors.New("the host is busy") },
		"panic": func(payments.Change) error { panic("the host is broken") },
		"bug":   func(c payments.Change) error { var other *payments.Change; c.Status = other.Status; return nil },
	} {
		t.Run(name, func(t *testing.T) {
			s, h := listened(t)
			h.willThen(fail)
			s.subscribe("alice")
			first := h.take()
			if len(first) != 2 {
				t.Fatalf("%+v", first)
			}
			s.process()
			if early := h.take(); len(early) != 0 {
				t.Errorf("repeated at once: %+v", early)
			}
			s.advance(time.Minute)
			if again := h.take(); len(again) != 2 || byKind(again)[0].ID != byKind(first)[0].ID {
				t.Errorf("%+v", again)
			}
			h.willThen(nil)
			s.advance(time.Minute)
			last := h.take()
			for i := range last {
				if last[i].Attempts != 3 {
					t.Errorf("%d attempts, want 3", last[i].Attempts)
				}
				last[i].Attempts = 1
			}
			if len(last) != 2 || !slices.Equal(byKind(last), byKind(first)) {
				t.Errorf("%+v, want %+v", last, first)
			}
			s.advance(time.Hour)
			if after := h.take(); len(after) != 0 {
				t.Errorf("told once more: %+v", after)
			}
			s.wantInStep() // a broken host holds up no record
		})
	}
}

// A callback that takes its time must not let another process begin with a change that still waits for its turn here.
func TestSlowCallbackIsNotOvertaken(t *testing.T) {
	h := &listener{}
	w := newWorld(t, func(w *world) { w.opts.OnChange = h.onChange })
	s := w.newShop("alpha")
	s.subscribe("alice")
	for _, user := range []payments.UserID{"bob", "carol", "dave"} {
		s.subscribe(user)
	}
	s.configure(nil)
	h.take()
	for _, user := range []payments.UserID{"alice", "bob", "carol", "dave"} {
		must(s.cancel(user, true))(t)
	}
	second := w.open()
	inside := 0
	h.willThen(func(payments.Change) error {
		inside++
		defer func() { inside-- }()
		if inside > 1 {
			return nil
		}
		w.stripe.Advance(20 * time.Second)
		return second.Process(t.Context())
	})
	s.process()
	seen := map[string]int{}
	for _, c := range h.take() {
		seen[c.ID]++
	}
	if len(seen) != 4 {
		t.Errorf("%d changes were told, want 4", len(seen))
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s was told %d times", id, n)
		}
	}
}

func TestReplicasShareTheChanges(t *testing.T) {
	h := &listener{}
	w := newWorld(t, func(w *world) { w.opts.OnChange = h.onChange })
	s := w.newShop("alpha")
	replicas := []*payments.Service{w.service, w.open(), w.open()}
	price := s.price(1900, "usd", "month")
	for _, user := range []payments.UserID{"a", "b", "c", "d", "e", "f", "g", "h"} {
		s.buy(user, payments.CheckoutRequest{PriceID: price})
	}
	s.flush()
	var group sync.WaitGroup
	for _, replica := range replicas {
		group.Go(func() {
			if err := replica.Process(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	s.settle()
	s.wantInStep()
	seen := map[string]int{}
	for _, c := range h.take() {
		if seen[c.ID]++; seen[c.ID] > 1 {
			t.Errorf("told twice: %+v", c)
		}
	}
	if len(seen) < 16 {
		t.Errorf("%d changes of 16 rows", len(seen))
	}
}

func TestNobodyListeningLeavesNoChanges(t *testing.T) {
	w := newWorld(t)
	s := w.newShop("alpha")
	s.subscribe("alice")
	changes, err := w.store.ClaimChanges(t.Context(), start.Add(time.Hour), start.Add(2*time.Hour), 10)
	if err != nil || len(changes) != 0 {
		t.Errorf("%+v, %v", changes, err)
	}
}
