package payments_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stripe/stripe-go/v76"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/stripetest"
)

// answeringAuth answers everything the same.
type answeringAuth struct {
	payments.Auth
	developer payments.Developer
	user      payments.EndUser
	err       error
}

func (a answeringAuth) Developer(context.Context, string) (payments.Developer, error) {
	return a.developer, a.err
}

func (a answeringAuth) EndUser(context.Context, string, payments.ProjectID) (payments.EndUser, error) {
	return a.user, a.err
}

func (a answeringAuth) Project(context.Context, payments.ProjectID) (payments.Project, error) {
	return payments.Project{}, a.err
}

func (a answeringAuth) ProjectsOf(context.Context, payments.DeveloperID) ([]payments.Project, error) {
	return nil, a.err
}

func TestTokenIsAcceptedOnlyWithAWholeIdentity(t *testing.T) {
	down := errors.New("the directory is down")
	for name, c := range map[string]struct {
		auth            answeringAuth
		developer, user error
	}{
		"known":             {answeringAuth{developer: payments.Developer{ID: "dev"}, user: payments.EndUser{Project: "alpha", ID: "alice"}}, nil, nil},
		"nobody":            {answeringAuth{}, payments.ErrUnauthenticated, payments.ErrUnauthenticated},
		"no project":        {answeringAuth{developer: payments.Developer{ID: "dev"}, user: payments.EndUser{ID: "alice"}}, nil, payments.ErrUnauthenticated},
		"no user":           {answeringAuth{developer: payments.Developer{ID: "dev"}, user: payments.EndUser{Project: "alpha"}}, nil, payments.ErrUnauthenticated},
		"an odd user":       {answeringAuth{developer: payments.Developer{ID: "dev"}, user: payments.EndUser{Project: "alpha", ID: "a\x00b"}}, nil, payments.ErrUnauthenticated},
		"refused":           {answeringAuth{err: payments.ErrUnauthenticated}, payments.ErrUnauthenticated, payments.ErrUnauthenticated},
		"directory down":    {answeringAuth{err: down}, payments.ErrUnavailable, payments.ErrUnavailable},
		"refused with text": {answeringAuth{err: errors.Join(errors.New("token is expired"), payments.ErrUnauthenticated)}, payments.ErrUnauthenticated, payments.ErrUnauthenticated},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			s, err := payments.New(w.store, w.cipher, c.auth, &w.opts)
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.AuthenticateDeveloper(t.Context(), "token")
			if c.developer != nil || err != nil {
				wantKind(t, err, c.developer, "the developer")
			}
			_, err = s.AuthenticateEndUser(t.Context(), "token", "alpha")
			if c.user != nil || err != nil {
				wantKind(t, err, c.user, "the user")
			}
		})
	}
}

func TestDirectoryThatIsDownGrantsNothing(t *testing.T) {
	w := newWorld(t)
	down := errors.New("the directory is down")
	s, err := payments.New(w.store, w.cipher, answeringAuth{err: down}, &w.opts)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.OwnedProject(t.Context(), "dev", "alpha")
	wantKind(t, err, payments.ErrUnavailable, "a project")
	_, err = s.Subscriptions(t.Context(), "dev", payments.ListQuery{}, payments.PageRequest{})
	wantKind(t, err, payments.ErrUnavailable, "a list")
	_, err = s.Stats(t.Context(), "dev", payments.Test)
	wantKind(t, err, payments.ErrUnavailable, "the stats")
	_, err = s.CreateCheckout(t.Context(), "alpha", payments.Test, "alice", payments.CheckoutRequest{PriceID: "price_1", SuccessURL: successURL, CancelURL: cancelURL})
	wantKind(t, err, payments.ErrUnavailable, "a checkout")
}

// What is made in Stripe's Dashboard has no metadata of ours: its customer tells whose it is.
func TestSubscriptionMadeInTheDashboardBelongsToItsCustomersUser(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	alices := s.subscribe("alice")
	s.useCard(alices.CustomerID, stripetest.CardVisa)
	price := s.price(700, "usd", "month")
	made := must(s.api.Subscriptions.New(&stripe.SubscriptionParams{Customer: &alices.CustomerID, Items: []*stripe.SubscriptionItemsParams{{Price: &price}}}))(t)
	stranger := must(s.api.Customers.New(nil))(t)
	free := s.price(0, "usd", "month")
	strangers := must(s.api.Subscriptions.New(&stripe.SubscriptionParams{Customer: &stranger.ID, Items: []*stripe.SubscriptionItemsParams{{Price: &free}}}))(t)
	s.settle()
	s.wantInStep()
	for id, want := range map[string]payments.UserID{made.ID: "alice", strangers.ID: ""} {
		if got := must(s.store.Subscription(t.Context(), s.project, s.mode, id))(t); got.User != want {
			t.Errorf("%s belongs to %q, want %q", id, got.User, want)
		}
	}
	for _, p := range s.payments() {
		if want := map[string]payments.UserID{alices.SubscriptionID: "alice", made.ID: "alice", strangers.ID: ""}[p.SubscriptionID]; p.User != want {
			t.Errorf("%s belongs to %q, want %q", p.Source, p.User, want)
		}
	}
}
