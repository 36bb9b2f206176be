package payments

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	// callbackBudget is how long OnChange may take; then its context ends.
	callbackBudget = 30 * time.Second

	// callbackGrace is how long OnChange may take to return once its context has ended. One that doesn't is left
	// behind. It is shorter than closeGrace, so that what became of the delivery is written before Close returns.
	callbackGrace = 500 * time.Millisecond

	// outcomeBudget bounds the write of what became of a delivery.
	outcomeBudget = 5 * time.Second

	// changeLease is how long a change is left to one delivery. It outlasts the budgets above together, so only a crash lets it run out.
	changeLease = 2 * time.Minute

	// deliveries is how many changes one process delivers at a time: a callback that hangs keeps one place and not the others.
	deliveries = 8
)

// outbox is what a process knows of the deliveries it has begun.
type outbox struct {
	mu     sync.Mutex
	inside map[Object]bool // those whose callback has not returned
}

// enter reports whether no callback of the object is running, and notes that one is.
func (o *outbox) enter(object Object) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.inside[object] {
		return false
	}
	if o.inside == nil {
		o.inside = map[Object]bool{}
	}
	o.inside[object] = true
	return true
}

func (o *outbox) leave(object Object) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.inside, object)
}

// deliver delivers changes as they come, and looks at each poll for those that an earlier try left.
func (s *Service) deliver(ctx context.Context) {
	ticker := time.NewTicker(idlePoll)
	defer ticker.Stop()
	running := make(chan struct{}, deliveries)
	for {
		for more := true; more && !s.stopping(); {
			more = s.beginDeliveries(ctx, running)
		}
		select {
		case <-s.workers.changed:
		case <-ticker.C:
		case <-s.workers.stop:
			return
		}
	}
}

// beginDeliveries claims as many changes as there are places free, and reports whether there may be more. A change that waits
// for a place would lose its lease, and another process would deliver it at the same time.
func (s *Service) beginDeliveries(ctx context.Context, running chan struct{}) bool {
	free := cap(running) - len(running)
	if free == 0 {
		return false
	}
	changes, err := s.claimChanges(ctx, free)
	if err != nil && ctx.Err() == nil {
		s.log.ErrorContext(ctx, "payments: claiming changes failed", "error", err)
	}
	for _, c := range changes {
		running <- struct{}{}
		s.workers.done.Go(func() {
			s.notify(ctx, c)
			<-running
			announce(s.workers.changed) // a place is free, and the object's next change may go
		})
	}
	return len(changes) > 0
}

// notifyNext delivers the change that is due longest, and reports whether there was one.
func (s *Service) notifyNext(ctx context.Context) (bool, error) {
	if s.opts.OnChange == nil {
		return false, nil
	}
	changes, err := s.claimChanges(ctx, 1)
	for _, c := range changes {
		s.notify(ctx, c)
	}
	return len(changes) > 0, err
}

func (s *Service) claimChanges(ctx context.Context, limit int) ([]Change, error) {
	now := s.now()
	changes, err := s.store.ClaimChanges(ctx, now, now.Add(changeLease), limit)
	return changes, storeError(err)
}

// notify delivers a change and records what became of it, even if ctx ends meanwhile: what the host has taken isn't told again.
func (s *Service) notify(ctx context.Context, c Change) {
	failure := s.callHost(ctx, c)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), outcomeBudget)
	defer cancel()
	if failure == nil {
		if err := s.store.AckChange(ctx, c); err != nil {
			s.log.ErrorContext(ctx, "payments: recording that a change was delivered failed; it will be delivered again", "change", c.ID, "error", err)
		}
		return
	}
	wait := backoff(c.Attempts)
	s.log.WarnContext(ctx, "payments: a change was not delivered", "project", c.Project, "mode", c.Mode, "object", c.StripeID,
		"change", c.ID, "attempts", c.Attempts, "retry_in", wait, "error", failure)
	if err := s.store.RetryChange(ctx, c, s.now().Add(wait)); err != nil {
		s.log.ErrorContext(ctx, "payments: recording that a change was not delivered failed", "change", c.ID, "error", err)
	}
}

var (
	errStillInside = errors.New("an earlier OnChange of this object has not returned yet")
	errLeftBehind  = errors.New("OnChange has not returned although its context ended; it must observe it")
	errExited      = errors.New("OnChange ended its goroutine")
)

// callHost calls OnChange within its budget. A callback that ignores the end of its context is left behind, and costs
// one goroutine: until it returns, this process calls no other for the object, whose changes would overtake it.
func (s *Service) callHost(ctx context.Context, c Change) error {
	object := Object{Project: c.Project, Mode: c.Mode, Kind: c.Kind, ID: c.StripeID}
	if !s.outbox.enter(object) {
		return errStillInside
	}
	ctx, cancel := context.WithTimeout(ctx, callbackBudget)
	defer cancel()
	returned := make(chan error, 1)
	s.workers.telling.Add(1)
	go func() {
		err := errExited
		defer func() {
			if r := recover(); r != nil { // it must not take the process down
				err = panicError("OnChange", r)
			}
			s.outbox.leave(object)
			s.workers.telling.Add(-1)
			returned <- err
		}()
		err = s.opts.OnChange(ctx, c)
	}()
	select {
	case err := <-returned:
		return err
	case <-ctx.Done():
	}
	grace := time.NewTimer(callbackGrace)
	defer grace.Stop()
	select {
	case err := <-returned:
		return err
	case <-grace.C:
		return errLeftBehind
	}
}
