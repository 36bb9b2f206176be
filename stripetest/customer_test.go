package stripetest_test

import (
	"net/http"
	"testing"

	"github.com/stripe/stripe-go/v76"

	"github.com/manytenants/payments/stripetest"
)

func TestDeletedCustomerEndsItsSubscriptionsAndStaysKnown(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	sub := s.subscribe(stripetest.CardVisa)
	s.server.Advance(month) // the renewal's invoice is a draft
	s.events()
	deleted := must(s.api.Customers.Del(sub.Customer.ID, nil))(t)
	s.wantEvents("customer.subscription.deleted invoice.updated customer.deleted") // the invoice no longer advances
	if !deleted.Deleted || deleted.ID != sub.Customer.ID {
		t.Errorf("answered %+v", deleted)
	}
	if got := must(s.api.Customers.Get(sub.Customer.ID, nil))(t); !got.Deleted {
		t.Errorf("retrieved %+v", got)
	}
	_, err := s.api.Customers.Update(sub.Customer.ID, &stripe.CustomerParams{Name: stripe.String("x")})
	wantError(t, err, http.StatusNotFound, stripe.ErrorCodeResourceMissing, "id")
	params := &stripe.SubscriptionParams{}
	params.AddExpand("customer")
	if got := must(s.api.Subscriptions.Get(sub.ID, params))(t); got.Status != "canceled" || !got.Customer.Deleted {
		t.Errorf("subscription %s of customer %+v", got.Status, got.Customer)
	}
	if n := listed(s.api.Customers.List(nil).Iter); n != 0 {
		t.Errorf("%d customers listed", n)
	}
	s.server.Advance(2 * month)
	s.wantEvents("")
}
