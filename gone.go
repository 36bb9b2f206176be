package payments

import (
	"context"
	"errors"
	"time"
)

// gone says what must be written of an object that Stripe doesn't know: deleted, wiped with an account's test data, or of the account
// that the project had before. Nothing at Stripe will ever tell more of it, so what would stay open for ever ends here.
func (s *Service) gone(ctx context.Context, t Ticket) (synced Synced, err error) {
	switch t.Kind {
	case KindSubscription:
		synced, err = s.goneSubscription(ctx, t.Object)
	case KindCustomer:
		synced, err = s.goneCustomer(ctx, t.Object)
	}
	synced.Gone = true
	return synced, err
}

// goneSubscription ends our record of a subscription, as far as there is one that has not ended.
func (s *Service) goneSubscription(ctx context.Context, o Object) (Synced, error) {
	sub, err := s.store.Subscription(ctx, o.Project, o.Mode, o.ID)
	switch {
	case errors.Is(err, ErrNotFound):
		return Synced{}, nil
	case err != nil:
		return Synced{}, storeError(err)
	case sub.Ended():
		return Synced{}, nil
	}
	now := s.now()
	sub.Status, sub.MRR = StatusCanceled, 0
	sub.CancelAtPeriodEnd, sub.CancelAt = false, time.Time{}
	if sub.CanceledAt.IsZero() {
		sub.CanceledAt = now
	}
	if sub.EndedAt.IsZero() {
		sub.EndedAt = now
	}
	return Synced{Subscription: &sub}, nil
}

// goneCustomer forgets a customer, and has its subscriptions fetched: Stripe ends them with their customer.
func (s *Service) goneCustomer(ctx context.Context, o Object) (Synced, error) {
	synced := Synced{DeletedCustomer: o.ID}
	c, err := s.store.CustomerByStripeID(ctx, o.Project, o.Mode, o.ID)
	if errors.Is(err, ErrNotFound) {
		return synced, nil
	}
	if err != nil {
		return synced, storeError(err)
	}
	err = s.eachOpen(ctx, o.Project, o.Mode, Filter{User: c.User}, func(open []Subscription) error {
		for _, sub := range open {
			if sub.CustomerID == o.ID {
				synced.Requests = append(synced.Requests, sub.object())
			}
		}
		return nil
	})
	return synced, err
}

func (s Subscription) object() Object {
	return Object{s.Project, s.Mode, KindSubscription, s.SubscriptionID}
}

// openPage is how many subscriptions are read, and requested, at a time.
const openPage = 500

// eachOpen calls do with the subscriptions that match a filter and have not ended, page by page.
func (s *Service) eachOpen(ctx context.Context, project ProjectID, mode Mode, f Filter, do func([]Subscription) error) error {
	w := Window{Limit: openPage}
	for {
		page, err := s.store.Subscriptions(ctx, Scope{[]ProjectID{project}, []Mode{mode}}, f, w)
		if err != nil {
			return storeError(err)
		}
		var open []Subscription
		for _, sub := range page {
			if !sub.Ended() {
				open = append(open, sub)
			}
		}
		if err := do(open); err != nil || len(page) < w.Limit {
			return err
		}
		last := page[len(page)-1]
		w.Key = Keyset{last.CreatedAt, last.ID}
	}
}

// requestOpen has every subscription of a project and mode that has not ended fetched at a time. It reads by status, so that its cost
// doesn't grow with what has ended.
func (s *Service) requestOpen(ctx context.Context, project ProjectID, mode Mode, at time.Time) error {
	totals, err := s.store.Totals(ctx, []ProjectID{project}, mode)
	if err != nil {
		return storeError(err)
	}
	for status := range totals.SubscriptionsByStatus {
		if (Subscription{Status: status}).Ended() {
			continue
		}
		err := s.eachOpen(ctx, project, mode, Filter{Status: status}, func(open []Subscription) error {
			objects := make([]Object, len(open))
			for i, sub := range open {
				objects[i] = sub.object()
			}
			return storeError(s.store.RequestSync(ctx, at, objects...))
		})
		if err != nil {
			return err
		}
	}
	return nil
}
