package payments

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// lease is how long a claimed object is left to its worker. Work on it begins at once and ends within stripeBudget,
	// what follows being one short write, so only a crash lets it run out.
	lease = time.Minute

	// idlePoll is how often a worker looks for due work that no request of its own process announced: work
	// of other processes, retries, and what a crash left behind.
	idlePoll = time.Second

	firstRetry = time.Second
	lastRetry  = 15 * time.Minute

	// closeGrace is how long Close waits for what it has cancelled.
	closeGrace = time.Second
)

// workers keep local records equal to Stripe's for as long as a Service lives.
type workers struct {
	wake    chan struct{} // holds one token while there may be due work
	changed chan struct{} // the same for undelivered changes
	stop    chan struct{} // closed: claim nothing more
	cancel  context.CancelFunc
	done    sync.WaitGroup
	once    sync.Once
	syncing atomic.Int64 // objects being fetched
	telling atomic.Int64 // calls of OnChange under way
}

func (s *Service) startWorkers() {
	ctx, cancel := context.WithCancel(context.Background())
	w := &s.workers
	w.wake, w.changed, w.stop, w.cancel = make(chan struct{}, 1), make(chan struct{}, 1), make(chan struct{}), cancel
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

// work syncs one claimed object. A failure is recorded on the object and tried again later.
func (s *Service) work(ctx context.Context, t Ticket) {
	s.workers.syncing.Add(1)
	defer s.workers.syncing.Add(-1)
	defer func() {
		if r := recover(); r != nil {
			s.retry(ctx, t, panicError("sync", r))
		}
	}()
	if err := s.sync(ctx, t); err != nil && ctx.Err() == nil {
		s.retry(ctx, t, err)
	}
}

// panicError tells of a panic without its value, which may hold anything, secrets included: a runtime error's text alone is safe.
func panicError(where string, value any) error {
	if err, ok := value.(runtime.Error); ok {
		return fmt.Errorf("%s panicked: %w", where, err)
	}
	return fmt.Errorf("%s panicked with a %T", where, value)
}

func (s *Service) retry(ctx context.Context, t Ticket, cause error) {
	wait := backoff(t.Attempts)
	var e *Error
	if errors.As(cause, &e) {
		wait = max(wait, e.RetryAfter)
	}
	s.log.WarnContext(ctx, "payments: sync failed", "project", t.Project, "mode", t.Mode, "object", t.ID,
		"attempts", t.Attempts, "retry_in", wait, "error", cause)
	s.putOff(ctx, t, s.now().Add(wait), cause)
}

// putOff records when an object is tried again, and why. Where that fails its lease has to run out.
func (s *Service) putOff(ctx context.Context, t Ticket, at time.Time, cause error) {
	if err := s.store.RetrySync(ctx, t, at, cause.Error()); err != nil && ctx.Err() == nil {
		s.log.ErrorContext(ctx, "payments: recording a failed sync failed", "project", t.Project, "mode", t.Mode, "object", t.ID, "error", err)
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
	if unconfigured(err) {
		return s.park(ctx, t, err)
	}
	if err != nil {
		return err
	}
	synced, err := s.fetch(ctx, api, t)
	if err != nil {
		return err
	}
	applied, err := s.apply(ctx, synced)
	if applied && synced.Gone {
		s.log.WarnContext(ctx, "payments: an object is not to be had from the project's Stripe account; its events are ignored",
			"project", t.Project, "mode", t.Mode, "object", t.ID)
	}
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

// Close stops the workers: they claim nothing more, and finish what they have begun until ctx is done, when the rest
// is cancelled. What was not finished is picked up by another process, or after the next start. Calls of other
// methods are not waited for. Close may be called more than once, but not by OnChange, which it waits for. It doesn't
// close the Store.
//
// Once ctx is done Close returns within a second: its error unwraps to ctx's, and says what still runs because it
// doesn't observe its own context.
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
	}
	s.workers.cancel()
	grace := time.NewTimer(closeGrace)
	defer grace.Stop()
	select {
	case <-finished:
	case <-grace.C:
	}
	if syncs, calls := s.workers.syncing.Load(), s.workers.telling.Load(); syncs+calls > 0 {
		return fmt.Errorf("payments: Close left %d syncs and %d calls of OnChange running: %w", syncs, calls, ctx.Err())
	}
	return ctx.Err()
}
