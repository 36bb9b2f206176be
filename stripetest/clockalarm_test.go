package stripetest

import (
	"testing"
	"time"
)

func TestTheAlarmArmsNoTimerWhileNothingIsDue(t *testing.T) {
	s := New(nil)
	defer s.Close()
	want := func(due bool) {
		t.Helper()
		if _, any := s.untilNext(); any != due {
			t.Errorf("the alarm has a next timer: %v, want %v", any, due)
		}
	}
	want(false)
	s.mu.Lock()
	due := s.at(s.clock.now().Add(time.Hour), func() {})
	s.mu.Unlock()
	want(true)
	s.mu.Lock()
	due.cancel()
	s.mu.Unlock()
	want(false)
}
