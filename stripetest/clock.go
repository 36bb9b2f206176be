package stripetest

import (
	"container/heap"
	"time"
)

// clock is the server's time: the wall clock plus what Advance added. While a timer runs it stands
// at the timer's own moment, so that what happens late is dated when it was due. Server.mu guards it.
type clock struct {
	wall   func() time.Time
	offset time.Duration
	pinned time.Time
	last   time.Time
	timers timerHeap
	count  uint64
}

// timer is something due at a moment. Timers of one moment run in the order they were made.
type timer struct {
	at     time.Time
	order  uint64
	run    func()
	active bool
}

// now never runs backwards, whatever the wall clock does; only a timer that runs late sees the past.
func (c *clock) now() time.Time {
	if !c.pinned.IsZero() {
		return c.pinned
	}
	if t := c.wall().Add(c.offset); t.After(c.last) {
		c.last = t
	}
	return c.last
}

// at makes a timer; run is called with Server.mu held.
func (s *Server) at(moment time.Time, run func()) *timer {
	s.clock.count++
	t := &timer{at: moment, order: s.clock.count, run: run, active: true}
	heap.Push(&s.clock.timers, t)
	select {
	case s.wake <- struct{}{}:
	default:
	}
	return t
}

// cancel leaves the timer in the heap, where its moment passes without effect.
func (t *timer) cancel() {
	if t != nil {
		t.active = false
	}
}

// Now is the server's time.
func (s *Server) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.clock.now()
}

// Advance moves the clock by d. Everything due on the way happens in order and at its own moment:
// renewals, trial ends, payment retries, session expiry. The webhooks of one moment are delivered
// before the clock goes on, unless delivery is manual. Don't call it from a webhook's receiver.
func (s *Server) Advance(d time.Duration) {
	s.advancing.Lock()
	defer s.advancing.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	start := s.clock.now()
	target := start.Add(d)
	s.clock.pinned = start
	s.drain()
	s.runUntil(target, s.drain)
	s.clock.offset += d
	s.clock.pinned = time.Time{}
	if s.clock.last.Before(target) {
		s.clock.last = target
	}
}

// tick runs what fell due since the last look. It gives way to an Advance that is under way, since
// the request may come from a webhook's receiver that the Advance waits for.
func (s *Server) tick() {
	if !s.advancing.TryLock() {
		return
	}
	defer s.advancing.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runUntil(s.clock.now(), func() {})
	s.clock.pinned = time.Time{}
}

// runUntil runs the timers up to the target, calling between after each moment that had any.
func (s *Server) runUntil(target time.Time, between func()) {
	for {
		t := s.clock.timers.next()
		if t == nil || t.at.After(target) {
			return
		}
		heap.Pop(&s.clock.timers)
		if !t.active {
			continue
		}
		if t.at.After(s.clock.pinned) {
			s.clock.pinned = t.at
		}
		t.active = false
		t.run()
		if next := s.clock.timers.next(); next == nil || !next.at.Equal(t.at) {
			between()
		}
	}
}

// alarm runs timers as the wall clock reaches them, when no request comes to do it.
func (s *Server) alarm() {
	for {
		s.tick()
		wait := time.NewTimer(s.untilNext())
		select {
		case <-s.stopping.Done():
			wait.Stop()
			return
		case <-s.wake:
		case <-wait.C:
		}
		wait.Stop()
	}
}

// untilNext is at least a millisecond: a wall clock that stands still must not spin the alarm.
func (s *Server) untilNext() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.clock.timers.next()
	if t == nil {
		return time.Hour
	}
	return max(t.at.Sub(s.clock.now()), time.Millisecond)
}

// timerHeap orders timers by moment, then by age.
type timerHeap []*timer

func (h timerHeap) next() *timer {
	if len(h) == 0 {
		return nil
	}
	return h[0]
}

// Len, Less, Swap, Push and Pop make it a heap.Interface.
func (h timerHeap) Len() int { return len(h) }

func (h timerHeap) Less(i, j int) bool {
	if h[i].at.Equal(h[j].at) {
		return h[i].order < h[j].order
	}
	return h[i].at.Before(h[j].at)
}

func (h timerHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push adds a timer.
func (h *timerHeap) Push(t any) { *h = append(*h, t.(*timer)) }

// Pop takes the last.
func (h *timerHeap) Pop() any {
	last := len(*h) - 1
	t := (*h)[last]
	*h = (*h)[:last]
	return t
}
