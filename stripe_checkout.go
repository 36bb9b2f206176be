package payments

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/stripe/stripe-go/v76"
)

func (s stripeAPI) price(ctx context.Context, id string) (priceObject, error) {
	var price priceObject
	err := s.get(ctx, "/v1/prices", id, &price)
	return price, err
}

// createCustomer makes the customer of a claim, or is answered what the claim's attempt was answered before.
func (s stripeAPI) createCustomer(ctx context.Context, c Customer) (string, error) {
	params := &stripe.CustomerParams{Metadata: map[string]string{
		metaProject: string(c.Project), metaUser: string(c.User), metaClaim: c.Claim,
	}}
	if c.Email != "" {
		params.Email = &c.Email
	}
	params.SetIdempotencyKey("customer-" + c.Claim + "-" + strconv.FormatInt(c.Attempt, 10))
	var customer customerObject
	err := s.call(ctx, http.MethodPost, "/v1/customers", params, &customer)
	return customer.ID, err
}

// findCustomer looks for the customer that a claim made, among those created between two times; "" where there is none.
// (Stripe's search is only eventually consistent: the list is not.)
func (s stripeAPI) findCustomer(ctx context.Context, claim string, from, to time.Time) (id string, err error) {
	params := &stripe.CustomerListParams{CreatedRange: &stripe.RangeQueryParams{GreaterThanOrEqual: from.Unix(), LesserThanOrEqual: to.Unix()}}
	err = walk(ctx, s, "/v1/customers", params, func(customer *customerObject) bool {
		if customer.Metadata[metaClaim] == claim {
			id = customer.ID
		}
		return id != ""
	})
	return id, err
}

// liveSubscription looks among the customer's subscriptions for one that entitles the user now; "" where there is none.
// One that was made for another user or project, of which the customer is too, doesn't count.
func (s stripeAPI) liveSubscription(ctx context.Context, o Object, user UserID) (id string, err error) {
	params := &stripe.SubscriptionListParams{Customer: &o.ID}
	err = walk(ctx, s, "/v1/subscriptions", params, func(sub *subscriptionObject) bool {
		others := o.foreign(sub.Metadata) || sub.Metadata[metaUser] != "" && sub.Metadata[metaUser] != string(user)
		if !others && (Subscription{Status: sub.Status}).Live() {
			id = sub.ID
		}
		return id != ""
	})
	return id, err
}

func (s stripeAPI) createSession(ctx context.Context, customer string, r CheckoutRequest, user UserID, idempotencyKey string, metadata map[string]string) (sessionObject, error) {
	line := &stripe.CheckoutSessionLineItemParams{Price: &r.PriceID}
	if r.Quantity > 0 {
		line.Quantity = &r.Quantity
	}
	params := &stripe.CheckoutSessionParams{
		Customer:          &customer,
		ClientReferenceID: (*string)(&user),
		Mode:              (*string)(&r.Mode),
		SuccessURL:        &r.SuccessURL,
		CancelURL:         &r.CancelURL,
		LineItems:         []*stripe.CheckoutSessionLineItemParams{line},
		Metadata:          metadata,
	}
	// Stripe doesn't copy a session's metadata to what the session makes.
	if r.Mode == CheckoutPayment {
		params.PaymentIntentData = &stripe.CheckoutSessionPaymentIntentDataParams{Metadata: metadata}
	} else {
		params.SubscriptionData = &stripe.CheckoutSessionSubscriptionDataParams{Metadata: metadata}
	}
	if idempotencyKey != "" {
		params.SetIdempotencyKey(idempotencyKey)
	}
	var session sessionObject
	err := s.call(ctx, http.MethodPost, "/v1/checkout/sessions", params, &session)
	return session, err
}

// sessionLife is how long a page can stay open at most.
const sessionLife = 24 * time.Hour

// olderSessions are the user's open pages for a subscription that stand behind the session's in Stripe's list, which has the newest first.
// A session that isn't open any more, as an idempotency key may bring back, has replaced none.
func (s stripeAPI) olderSessions(ctx context.Context, c Customer, customer, session string, now time.Time) (ids []string, err error) {
	params := &stripe.CheckoutSessionListParams{
		Customer: &customer, CreatedRange: &stripe.RangeQueryParams{GreaterThanOrEqual: now.Add(-sessionLife - clockSkew).Unix()},
	}
	passed := false
	err = walk(ctx, s, "/v1/checkout/sessions", params, func(o *sessionObject) bool {
		open := o.Status == "open"
		ours := o.Metadata[metaProject] == string(c.Project) && o.Metadata[metaUser] == string(c.User)
		if passed && open && ours && o.Mode == string(CheckoutSubscription) {
			ids = append(ids, o.ID)
		}
		passed = passed || open && o.ID == session
		return false
	})
	return ids, err
}

// expireSession closes a page. One that has been closed or paid in the meantime is left as it is.
func (s stripeAPI) expireSession(ctx context.Context, id string) error {
	var session sessionObject
	err := s.call(ctx, http.MethodPost, "/v1/checkout/sessions/"+url.PathEscape(id)+"/expire", &stripe.Params{}, &session)
	var refused *stripeRefusal
	if errors.As(err, &refused) && (refused.Status == http.StatusBadRequest || refused.missing()) {
		return nil
	}
	return err
}

func (s stripeAPI) createPortal(ctx context.Context, customer, returnURL string) (string, error) {
	params := &stripe.BillingPortalSessionParams{Customer: &customer, ReturnURL: &returnURL}
	var portal portalObject
	err := s.call(ctx, http.MethodPost, "/v1/billing_portal/sessions", params, &portal)
	return portal.URL, err
}
