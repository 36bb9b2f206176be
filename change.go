package payments

import (
	"context"
	"fmt"
	"time"
)

// Change tells the host that a subscription or payment is new or visibly different. It carries the state
// that was written with it; by the time it is delivered a later one may stand in the store.
type Change struct {
	ID             string // UUID; with StripeID it is the same on every delivery of this change
	Project        ProjectID
	Mode           Mode
	User           UserID
	Kind           Kind   // KindSubscription, or KindInvoice or KindPaymentIntent for a payment
	StripeID       string // SubscriptionID, or the payment's Source
	Status         string
	PreviousStatus string // "" when the row is new
	At             time.Time
}

// ChangeStore is the outbox. See [Store] for what holds for every method.
type ChangeStore interface {
	// ClaimChanges takes up to limit changes that are due at now, oldest first, and makes them due again at
	// lease. Of several concurrent claimers each change goes to one.
	ClaimChanges(ctx context.Context, now, lease time.Time, limit int) ([]Change, error)

	// AckChange removes a change that was delivered; one that is gone already is no error.
	AckChange(ctx context.Context, c Change) error
}

// notifyLease is how long a change is left to one delivery before another is tried.
const notifyLease = 30 * time.Second

// deliver delivers changes as they come, and looks at each poll for those that an earlier try left.
func (s *Service) deliver(ctx context.Context) {
	ticker := time.NewTicker(idlePoll)
	defer ticker.Stop()
	for {
		for more := true; more && !s.stopping(); {
			var err error
			if more, err = s.notifyNext(ctx); err != nil && ctx.Err() == nil {
				s.log.ErrorContext(ctx, "payments: claiming a change failed", "error", err)
			}
		}
		select {
		case <-s.workers.changed:
		case <-ticker.C:
		case <-s.workers.stop:
			return
		}
	}
}

// notifyNext delivers the change that is due longest, and reports whether there was one. It claims no more than one: others would wait
// for a slow host while their leases run out, and another process would deliver them at the same time.
func (s *Service) notifyNext(ctx context.Context) (bool, error) {
	if s.opts.OnChange == nil {
		return false, nil
	}
	now := s.now()
	changes, err := s.store.ClaimChanges(ctx, now, now.Add(notifyLease), 1)
	if err != nil {
		return false, storeError(err)
	}
	for _, c := range changes {
		s.notify(ctx, c)
	}
	return len(changes) > 0, nil
}

func (s *Service) notify(ctx context.Context, c Change) {
	ctx, cancel := context.WithTimeout(ctx, notifyLease)
	defer cancel()
	err := s.callHost(ctx, c)
	if err == nil {
		err = s.store.AckChange(ctx, c)
	}
	if err != nil {
		s.log.WarnContext(ctx, "payments: a change was not delivered; it will be tried again", "change", c.ID, "error", err)
	}
}

// callHost calls OnChange; its panic is an error, so that it can't take the workers down.
func (s *Service) callHost(ctx context.Context, c Change) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("OnChange panicked: %v", r)
		}
	}()
	return s.opts.OnChange(ctx, c)
}
