package httpadapter

import (
	"strconv"
	"testing"
	"time"

	"github.com/manytenants/payments"
)

func TestLimiterRefillsEvenly(t *testing.T) {
	l := newLimiter(10)
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 10 {
		if wait := l.take("alice", now); wait != 0 {
			t.Fatalf("call %d waits %v", i+1, wait)
		}
	}
	if wait := l.take("alice", now); wait != 6*time.Second {
		t.Errorf("the 11th call waits %v", wait)
	}
	if wait := l.take("bob", now); wait != 0 {
		t.Errorf("another developer waits %v", wait)
	}
	if wait := l.take("alice", now.Add(6*time.Second)); wait != 0 {
		t.Errorf("after the wait it still waits %v", wait)
	}
	if wait := l.take("alice", now.Add(-time.Hour)); wait <= 0 || wait > time.Minute {
		t.Errorf("after the clock was set back it waits %v", wait)
	}
}

func TestLimiterCountsConcurrentCallsOnce(t *testing.T) {
	l := newLimiter(10)
	now := time.Now()
	passed := make(chan bool)
	for range 1000 {
		go func() { passed <- l.take("alice", now) == 0 }()
	}
	n := 0
	for range 1000 {
		if <-passed {
			n++
		}
	}
	if n != 10 {
		t.Errorf("%d calls passed", n)
	}
}

func TestLimiterForgetsNobodyWhoMustWaitWhileThereIsRoom(t *testing.T) {
	l := newLimiter(1)
	now := time.Now()
	for i := range maxBuckets {
		l.take(payments.DeveloperID(strconv.Itoa(i)), now)
	}
	l.take("late", now.Add(2*time.Minute))
	if n := len(l.buckets); n != 1 {
		t.Errorf("%d buckets are kept, though all but one were full", n)
	}
	for i := range 2 * maxBuckets {
		l.take(payments.DeveloperID(strconv.Itoa(i)), now.Add(2*time.Minute))
	}
	if n := len(l.buckets); n > maxBuckets {
		t.Errorf("%d buckets", n)
	}
}

func TestLimiterCanBeOff(t *testing.T) {
	l := newLimiter(-1)
	for range 100 {
		if wait := l.take("alice", time.Now()); wait != 0 {
			t.Fatal(wait)
		}
	}
}
