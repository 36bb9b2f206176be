package payments

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"time"

	"github.com/stripe/stripe-go/v76"
)

// stripeRefusal is an error answer of Stripe's, without its text, which may quote keys and personal data.
type stripeRefusal struct {
	Status    int
	Type      string
	Code      string
	Param     string
	RequestID string
	account   string // of the key, where Stripe names it
	retry     time.Duration
	replayed  bool // it is the answer that Stripe keeps for the request's idempotency key
}

// accountID is how Stripe writes an account's id.
var accountID = regexp.MustCompile(`\bacct_[A-Za-z0-9]+\b`)

// Error names the answer by status, code and request id.
func (r *stripeRefusal) Error() string {
	return fmt.Sprintf("Stripe answered %d %s %s %s (request %s)", r.Status, r.Type, r.Code, r.Param, r.RequestID)
}

func (r *stripeRefusal) missing() bool { return r.Code == string(stripe.ErrorCodeResourceMissing) }

// stripeFailure turns an error of stripe-go's into one of this package's kinds.
func stripeFailure(ctx context.Context, err error) error {
	var answered *stripe.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &answered):
		return refusalError(&stripeRefusal{
			Status:    answered.HTTPStatusCode,
			Type:      string(answered.Type),
			Code:      string(answered.Code),
			Param:     answered.Param,
			RequestID: answered.RequestID,
			account:   accountID.FindString(answered.Msg),
			retry:     retryAfter(answered.LastResponse),
			replayed:  answered.LastResponse != nil && answered.LastResponse.Header.Get("Idempotent-Replayed") == "true",
		})
	case errors.Is(ctx.Err(), context.Canceled):
		return wrapError(ErrUnavailable, "The request was cancelled.", context.Canceled)
	case ctx.Err() != nil, errors.Is(err, context.DeadlineExceeded), isTimeout(err):
		return wrapError(ErrTimeout, "Stripe didn't answer in time; try again.", context.DeadlineExceeded)
	}
	var at *url.Error
	if errors.As(err, &at) { // its URL is Stripe's and carries no secret; its text is the network's
		return wrapError(ErrUnavailable, "Stripe can't be reached at the moment; try again.", at.Err)
	}
	// What is left is mostly a body that is no JSON: stripe-go's error quotes it, so only its type is kept.
	return wrapError(ErrUnavailable, "Stripe can't be reached at the moment; try again.", fmt.Errorf("stripe-go: %T", err))
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

func retryAfter(r *stripe.APIResponse) time.Duration {
	if r == nil {
		return 0
	}
	seconds, err := strconv.Atoi(r.Header.Get("Retry-After"))
	if err != nil || seconds < 0 || seconds > 3600 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

func refusalError(r *stripeRefusal) error {
	switch {
	case r.Status == http.StatusUnauthorized:
		return wrapError(ErrStripeRefused, "Stripe doesn't accept this project's secret key.", r)
	case r.Status == http.StatusForbidden:
		return wrapError(ErrStripeRefused, "This project's Stripe key lacks a permission that is needed.", r)
	case r.Status == http.StatusTooManyRequests:
		e := wrapError(ErrUnavailable, "Stripe limits this project's requests at the moment; try again.", r)
		e.RetryAfter = max(r.retry, time.Second)
		return e
	case r.Type == string(stripe.ErrorTypeIdempotency):
		return wrapError(ErrConflict, "This Idempotency-Key was used for another request.", r)
	case r.Status == http.StatusConflict:
		return wrapError(ErrConflict, "Another request changes the same thing at the moment; try again.", r)
	case r.Status == http.StatusPaymentRequired:
		return wrapError(ErrBadRequest, "The payment was declined.", r)
	case r.Status == http.StatusNotFound, r.Status == http.StatusBadRequest:
		return wrapError(ErrStripeRefused, "Stripe refused the request.", r)
	case r.Status >= 500:
		return wrapError(ErrUnavailable, "Stripe has a problem at the moment; try again.", r)
	}
	return wrapError(ErrStripeRefused, "Stripe refused the request.", r)
}
