package payments

import (
	"context"
	"time"
)

// dispatch claims due objects for as many workers as are free, and gives no tenant more than its share of them. A tenant whose
// Stripe account is slow, or that has a long backlog, therefore leaves workers to the others.
func (s *Service) dispatch(ctx context.Context) {
	held, busy := map[Tenant]int{}, 0
	finished := make(chan Tenant, s.opts.Workers) // takes the last ones too, when nobody receives any more
	for !s.stopping() {
		tickets := s.claimDue(ctx, ClaimLimits{Total: s.opts.Workers - busy, PerTenant: s.share(), Held: held})
		for _, t := range tickets {
			held[t.Tenant()]++
			s.workers.done.Go(func() {
				defer func() { finished <- t.Tenant() }()
				s.work(ctx, t)
			})
		}
		busy += len(tickets)
		for _, tenant := range s.await(finished, busy < s.opts.Workers) {
			busy--
			if held[tenant]--; held[tenant] == 0 {
				delete(held, tenant)
			}
		}
	}
}

// share is how many workers one tenant may have.
func (s *Service) share() int { return max(1, s.opts.Workers/8) }

// await waits for finished work and, where workers are free, for announced work or the next poll too. It returns whose work was finished.
func (s *Service) await(finished <-chan Tenant, free bool) (tenants []Tenant) {
	wake, poll := s.workers.wake, (<-chan time.Time)(nil)
	if free {
		timer := time.NewTimer(idlePoll)
		defer timer.Stop()
		poll = timer.C
	} else {
		wake = nil
	}
	select {
	case tenant := <-finished:
		tenants = append(tenants, tenant)
	case <-wake:
	case <-poll:
	case <-s.workers.stop:
	}
	for len(finished) > 0 {
		tenants = append(tenants, <-finished)
	}
	return tenants
}

func (s *Service) claimDue(ctx context.Context, limits ClaimLimits) []Ticket {
	now := s.now()
	tickets, err := s.store.ClaimDue(ctx, now, now.Add(lease), limits)
	if err != nil && ctx.Err() == nil {
		s.log.ErrorContext(ctx, "payments: claiming due work failed", "error", err)
	}
	return tickets
}

// Process does all the work that is due: it fetches every due object, those that come up meanwhile included, and
// delivers every due change. It works on one object at a time, each tenant's in turn. It is for services without workers
// ([Options.Workers] below 0) and for tests; it may run beside workers. Failures of single objects are recorded on them and are
// not Process's error.
func (s *Service) Process(ctx context.Context) error {
	for {
		worked, err := s.processRound(ctx)
		if err != nil {
			return err
		}
		more := worked
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

// processRound works on the longest due object of each tenant, and reports whether there was one. It claims no more than one at a
// time: the leases of others would run out while they wait.
func (s *Service) processRound(ctx context.Context) (worked bool, err error) {
	served := map[Tenant]int{}
	for {
		now := s.now()
		tickets, err := s.store.ClaimDue(ctx, now, now.Add(lease), ClaimLimits{Total: 1, PerTenant: 1, Held: served})
		if err != nil {
			return worked, storeError(err)
		}
		for _, t := range tickets {
			worked = true
			served[t.Tenant()]++
			s.work(ctx, t)
		}
		if len(tickets) == 0 {
			return worked, nil
		}
	}
}
