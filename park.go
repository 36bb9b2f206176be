package payments

import (
	"context"
	"errors"
	"time"
)

// park puts an object off until its project has a key for the mode again: without one every try would fail in the same way.
func (s *Service) park(ctx context.Context, t Ticket, cause error) error {
	s.log.InfoContext(ctx, "payments: sync waits until the project has a Stripe key for the mode", "project", t.Project, "mode", t.Mode, "object", t.ID)
	s.putOff(ctx, t, time.Time{}, cause)
	if _, err := s.stripe(ctx, t.Project, t.Mode); unconfigured(err) {
		return nil
	}
	return s.wakeSyncs(ctx, t.Tenant()) // a key was set meanwhile, and what was parked after that is woken by nobody else
}

// unconfigured reports whether Service.stripe failed because the project is inactive, or has no key for the mode; not because
// the host's cipher didn't find something of its own.
func unconfigured(err error) bool {
	return errors.Is(err, ErrNotFound) && !errors.Is(err, ErrUnavailable)
}

// wakeSyncs makes the pending objects of tenants due at once.
func (s *Service) wakeSyncs(ctx context.Context, tenants ...Tenant) error {
	for _, t := range tenants {
		if err := s.store.WakeSyncs(ctx, t.Project, t.Mode, s.now()); err != nil {
			return storeError(err)
		}
	}
	announce(s.workers.wake)
	return nil
}

// wakeConfigured makes the pending objects of the modes that have a key due at once.
func (s *Service) wakeConfigured(ctx context.Context, c Config) error {
	var tenants []Tenant
	for _, mode := range []Mode{Test, Live} {
		if !c.Credentials(mode).SecretKey.IsZero() {
			tenants = append(tenants, Tenant{c.Project, mode})
		}
	}
	return s.wakeSyncs(ctx, tenants...)
}
