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
	s.rouse()
	return t
}

// rouse has the alarm look for the next timer again.
func (s *Server) rouse() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
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
// before the clock goes on, unless delivery is manual. It panics on a negative d. Don't call it from
// a webhook's receiver.
func (s *Server) Advance(d time.Duration) {
	if d < 0 {
		panic("stripetest: Advance by " + d.String() + ": the clock doesn't run backwards")
	}
	s.advancing.Lock()
	defer s.advancing.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	start := s.clock.now()
	target := start.Add(d)
	s.clock.pinned, s.moving = start, true
	defer func() {
		s.clock.pinned, s.moving = time.Time{}, false
		s.rouse() // the alarm's timer ran by the clock before
	}()
	s.drain()
	s.runUntil(target, s.drain)
	s.clock.offset += d
	if s.clock.last.Before(target) {
		s.clock.last = target
	}
}

// tick runs what fell due since the last look, so that who takes Server.mu after it sees the state of
// now. It gives way to nothing but an Advance that waits for webhooks, since the request may come
// from the receiver of one.
func (s *Server) tick() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.moving {
		return
	}
	defer func() { s.clock.pinned = time.Time{} }()
	s.runUntil(s.clock.now(), func() {})
}

// runUntil runs the timers up to the target, calling between after each moment that had any.
func (s *Server) runUntil(target time.Time, between func()) {
	for {
		t := s.clock.timers.next()
		if t == nil || t.at.After(target) {
			return
		}
		heap.Pop(&s.clock.timers)
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
		if !s.sleep() {
			return
		}
	}
}

// sleep waits until the next timer is due or was changed, and returns false when the server stops.
// While there is none no timer of the wall clock runs, so that a bubble of testing/synctest whose
// goroutines all wait for each other is found to be deadlocked.
func (s *Server) sleep() bool {
	var due <-chan time.Time
	if wait, any := s.untilNext(); any {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-s.stopping.Done():
		return false
	case <-s.wake:
	case <-due:
	}
	return true
}

// untilNext is at least a millisecond: a wall clock that stands still must not spin the alarm. While
// Advance runs the timers there is nothing for the alarm to do.
func (s *Server) untilNext() (wait time.Duration, any bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.clock.timers.next()
	if t == nil || s.moving {
		return 0, false
	}
	return max(t.at.Sub(s.clock.now()), time.Millisecond), true
}

// timerHeap orders timers by moment, then by age.
type timerHeap []*timer

// next is the first timer that wasn't cancelled, nil when there is none. Those before it are dropped.
func (h *timerHeap) next() *timer {
	for len(*h) > 0 {
		if first := (*h)[0]; first.active {
			return first
		}
		heap.Pop(h)
	}
	return nil
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
