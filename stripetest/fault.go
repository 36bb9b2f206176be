package stripetest

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// errDropped ends a request without an answer.
var errDropped = errors.New("stripetest: connection dropped")

// Fault makes API requests go wrong. It strikes requests in the order they arrive, and the first
// fault that matches is used.
type Fault struct {
	// Operation is what it strikes, such as "POST /v1/checkout/sessions" or
	// "GET /v1/customers/{customer}"; empty strikes every one.
	Operation string
	// Times is how many requests it strikes; 0 is one, less than 0 is all.
	Times int
	// Delay holds the request back in real time before anything happens.
	Delay time.Duration
	// Error is answered in place of doing the operation.
	Error *Error
	// DropRequest cuts the connection before the operation, DropAnswer after it took effect.
	DropRequest, DropAnswer bool
}

// RateLimited is the error Stripe answers above its request rate.
func RateLimited() *Error {
	return &Error{Status: http.StatusTooManyRequests, Type: "invalid_request_error", Code: "rate_limit",
		Message: "Request rate limit exceeded. You can learn more about rate limits here https://stripe.com/docs/rate-limits."}
}

// Unavailable is the error of an outage at Stripe.
func Unavailable() *Error {
	return &Error{Status: http.StatusInternalServerError, Type: "api_error",
		Message: "An unknown error occurred"}
}

// Fail makes the account's next matching requests go wrong.
func (a *Account) Fail(f Fault) {
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	if f.Times == 0 {
		f.Times = 1
	}
	a.faults = append(a.faults, &f)
}

// takeFault is the fault that strikes the request, nil for none.
func (x *exchange) takeFault() *Fault {
	x.server.mu.Lock()
	defer x.server.mu.Unlock()
	for _, f := range x.call.faults {
		if f.Times == 0 || f.Operation != "" && f.Operation != x.route.name {
			continue
		}
		if f.Times > 0 {
			f.Times--
		}
		struck := *f
		return &struck
	}
	return nil
}

func (f *Fault) before(ctx context.Context) error {
	if f == nil {
		return nil
	}
	if f.Delay > 0 {
		wait := time.NewTimer(f.Delay)
		defer wait.Stop()
		select {
		case <-wait.C:
		case <-ctx.Done():
			return errDropped
		}
	}
	if f.DropRequest {
		return errDropped
	}
	return nil
}

func (f *Fault) losesAnswer() bool { return f != nil && f.DropAnswer }

// err is the error to answer in place of the operation.
func (f *Fault) err() error {
	if f == nil || f.Error == nil {
		return nil
	}
	return f.Error
}
