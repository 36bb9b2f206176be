package sqlite

import (
	"context"
	"slices"
	"sync"

	"github.com/manytenants/payments"
)

// maxBatch is how many events share one commit at most.
const maxBatch = 256

// inbox gathers the events that wait for a commit. The first finds nobody at work and is committed at
// once; those that come meanwhile are the next batch.
type inbox struct {
	mu      sync.Mutex
	waiting []*arrival
	atWork  bool
	closed  bool
	workers sync.WaitGroup
}

// arrival is an event on its way into the store. Its results may be read when done is closed.
type arrival struct {
	event payments.Event
	added bool
	err   error
	done  chan struct{}
}

func (a *arrival) finish(added bool, err error) {
	a.added, a.err = added, err
	close(a.done)
}

// join queues an event, and sets the work going unless it is.
func (b *inbox) join(e payments.Event, work func()) (*arrival, error) {
	a := &arrival{event: e, done: make(chan struct{})}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, errClosed
	}
	b.waiting = append(b.waiting, a)
	if !b.atWork {
		b.atWork = true
		b.workers.Go(work)
	}
	return a, nil
}

// leave takes an event back, and reports whether no transaction had it yet.
func (b *inbox) leave(a *arrival) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.Index(b.waiting, a)
	if i < 0 {
		return false
	}
	b.waiting = slices.Delete(b.waiting, i, i+1)
	return true
}

// rest reports whether nothing waits, and if so ends the work.
func (b *inbox) rest() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.atWork = len(b.waiting) > 0
	return !b.atWork
}

func (b *inbox) take(limit int) []*arrival {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := min(limit, len(b.waiting))
	batch := slices.Clone(b.waiting[:n])
	b.waiting = slices.Delete(b.waiting, 0, n)
	return batch
}

func (b *inbox) close() {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.workers.Wait()
}

// commitEvents commits batches until nothing waits. A batch is taken when its transaction has begun, so that it
// holds whoever came while the writer was busy.
func (s *Store) commitEvents() {
	for !s.inbox.rest() {
		tx, err := s.write.begin(context.Background())
		batch := s.inbox.take(maxBatch)
		if err == nil {
			err = tx.addEvents(batch)
		}
		switch {
		case err == nil:
		case tx == nil || len(batch) == 1:
			fail(batch, err)
		default:
			s.commitEach(batch)
		}
	}
}

// commitEach gives each event of a batch that failed a transaction of its own, so that the one at fault fails alone.
func (s *Store) commitEach(batch []*arrival) {
	for i := range batch {
		tx, err := s.write.begin(context.Background())
		if err != nil {
			fail(batch[i:], err)
			return
		}
		if err := tx.addEvents(batch[i : i+1]); err != nil {
			fail(batch[i:i+1], err)
		}
	}
}

func fail(batch []*arrival, err error) {
	for _, a := range batch {
		a.finish(false, err)
	}
}

// addEvents writes and commits a batch, and tells those who wait for it; after an error they still do. The second of two
// events with one id finds the first.
func (t *tx) addEvents(batch []*arrival) (err error) {
	defer t.rollback()
	added := make([]bool, len(batch))
	for i, a := range batch {
		if added[i], err = t.addEvent(a.event); err != nil {
			return err
		}
	}
	if err := t.commit(); err != nil {
		return err
	}
	for i, a := range batch {
		a.finish(added[i], nil)
	}
	return nil
}
