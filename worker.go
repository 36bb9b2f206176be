package payments

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

const (
	// lease is how long a claimed object is left to its worker. It outlasts every call to Stripe, so only a crash lets it run out.
	lease = time.Minute

	// idlePoll is how often a worker looks for due work that no request of its own process announced: work
	// of other processes, retries, and what a crash left behind.
	idlePoll = time.Second

	firstRetry = time.Second
	lastRetry  = 15 * time.Minute
)

// workers keep local records equal to Stripe's for as long as a Service lives.
type workers struct {
	wake    chan struct{} // holds one token while there may be due work
	changed chan struct{} // the same for undelivered changes
	stop    chan struct{} // closed: claim nothing more
	cancel  context.CancelFunc
	done    sync.WaitGroup
	once    sync.Once
}

func (s *Service) startWorkers() {
	ctx, cancel := context.WithCancel(context.Background())
	s.workers = workers{wake: make(chan struct{}, 1), changed: make(chan struct{}, 1), stop: make(chan struct{}), cancel: cancel}
	if s.opts.Workers < 0 {
		return
	}
	s.workers.done.Go(func() { s.dispatch(ctx) })
	if s.opts.OnChange != nil {
		s.workers.done.Go(func() { s.deliver(ctx) })
	}
}

// stopping reports whether the workers may claim nothing more.
func (s *Service) stopping() bool {
	select {
	case <-s.workers.stop:
		return true
	default:
		return false
	}
}

// announce tells the workers of this process that there may be work behind a channel.
func announce(tokens chan<- struct{}) {
	select {
	case tokens <- struct{}{}:
	default: // one token is enough
	}
}

// dispatch claims due objects for as many workers as are free.
func (s *Service) dispatch(ctx context.Context) {
	free := make(chan struct{}, s.opts.Workers)
	for range s.opts.Workers {
		free <- struct{}{}
	}
	for {
		select {
		case <-s.workers.stop:
			return
		case <-free:
		}
		claimed := 1
		for claimed < s.opts.Workers && len(free) > 0 {
			<-free
			claimed++
		}
		tickets := s.claimDue(ctx, claimed)
		for range claimed - len(tickets) {
			free <- struct{}{}
		}
		for _, t := range tickets {
			s.workers.done.Go(func() {
				defer func() { free <- struct{}{} }()
				s.work(ctx, t)
			})
		}
		if len(tickets) == 0 && !s.idle() {
			return
		}
	}
}

func (s *Service) claimDue(ctx context.Context, limit int) []Ticket {
	now := s.now()
	tickets, err := s.store.ClaimDue(ctx, now, now.Add(lease), limit)
	if err != nil && ctx.Err() == nil {
		s.log.ErrorContext(ctx, "payments: claiming due work failed", "error", err)
	}
	return tickets
}

// idle waits for announced work or the next poll; it reports whether to go on.
func (s *Service) idle() bool {
	timer := time.NewTimer(idlePoll)
	defer timer.Stop()
	select {
	case <-s.workers.wake:
	case <-timer.C:
	case <-s.workers.stop:
		return false
	}
	return true
}

// work syncs one claimed object. A failure is recorded on the object and tried again later.
func (s *Service) work(ctx context.Context, t Ticket) {
	defer func() {
		if r := recover(); r != nil {
			s.retry(ctx, t, fmt.Errorf("sync panicked: %v", r))
		}
	}()
	if err := s.sync(ctx, t); err != nil && ctx.Err() == nil {
		s.retry(ctx, t, err)
	}
}

func (s *Service) retry(ctx context.Context, t Ticket, cause error) {
	wait := backoff(t.Attempts)
	var e *Error
	if errors.As(cause, &e) {
		wait = max(wait, e.RetryAfter)
	}
	s.log.WarnContext(ctx, "payments: sync failed", "project", t.Project, "mode", t.Mode, "object", t.ID,
		"attempts", t.Attempts, "retry_in", wait, "error", cause)
	if err := s.store.RetrySync(ctx, t, s.now().Add(wait), cause.Error()); err != nil && ctx.Err() == nil {
		s.log.ErrorContext(ctx, "payments: recording a failed sync failed", "object", t.ID, "error", err)
	}
}

// backoff doubles from one second to a quarter of an hour, and spreads retries over the upper half.
func backoff(attempts int) time.Duration {
	wait := lastRetry
	if attempts < 20 {
		wait = min(firstRetry<<max(attempts-1, 0), lastRetry)
	}
	return wait/2 + rand.N(wait/2+1)
}

// sync fetches a claimed object and writes what came, unless a later ticket has written.
func (s *Service) sync(ctx context.Context, t Ticket) error {
	ctx, cancel := context.WithTimeout(ctx, stripeBudget)
	defer cancel()
	api, err := s.stripe(ctx, t.Project, t.Mode)
	if err != nil {
		return err
	}
	synced, err := s.fetch(ctx, api, t)
	if err != nil {
		return err
	}
	_, err = s.apply(ctx, synced)
	return err
}

// apply is the only place that writes subscriptions and payments. It reports whether it wrote: not where a later ticket has.
func (s *Service) apply(ctx context.Context, synced Synced) (bool, error) {
	synced.Now = s.now()
	synced.Notify, synced.ChangeID = s.opts.OnChange != nil, newUUID()
	applied, err := s.store.ApplySync(ctx, synced)
	if err != nil {
		return false, storeError(err)
	}
	announce(s.workers.wake)
	announce(s.workers.changed)
	return applied, nil
}

// Process does all the work that is due: it fetches every due object, those that come up meanwhile included, and
// delivers every due change. It is for services without workers ([Options.Workers] below 0) and for
// tests; it may run beside workers. Failures of single objects are recorded on them and are not Process's error.
func (s *Service) Process(ctx context.Context) error {
	for {
		now := s.now()
		tickets, err := s.store.ClaimDue(ctx, now, now.Add(lease), 16)
		if err != nil {
			return storeError(err)
		}
		for _, t := range tickets {
			s.work(ctx, t)
		}
		more := len(tickets) > 0
		for told := true; told; more = more || told {
			if told, err = s.notifyNext(ctx); err != nil {
				return err
			}
		}
		if !more {
			return ctx.Err()
		}
	}
}

// Close stops the workers: they claim nothing more, and finish what they have begun until ctx is done, when the rest
// is cancelled. What was not finished is picked up by another process, or after the next start. Calls of other
// methods are not waited for. Close may be called more than once. It doesn't close the Store.
func (s *Service) Close(ctx context.Context) error {
	s.workers.once.Do(func() { close(s.workers.stop) })
	finished := make(chan struct{})
	go func() {
		s.workers.done.Wait()
		close(finished)
	}()
	defer s.gateway.rest()
	defer s.workers.cancel()
	select {
	case <-finished:
		return nil
	case <-ctx.Done():
		s.workers.cancel()
		<-finished
		return ctx.Err()
	}
}
