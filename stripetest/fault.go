package stripetest

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"
)

// errDropped ends a request without an answer.
var errDropped = errors.New("stripetest: connection dropped")

// Fault makes API requests go wrong. It strikes requests in the order they arrive, and the first
// fault that matches is used. By itself it replaces the operation, which has no effect then; with After
// the operation takes effect first, and a retry under the same idempotency key gets its answer.
type Fault struct {
	// Operation is what it strikes, such as "POST /v1/checkout/sessions" or
	// "GET /v1/customers/{customer}"; empty strikes every one.
	Operation string
	// Times is how many requests it strikes; 0 is one, less than 0 is all.
	Times int
	// Rate is the share of the matching requests that it strikes, drawn from Options.Seed; 0 is all.
	Rate float64
	// After does the operation before anything goes wrong.
	After bool

	// Delay holds the request back in real time before anything happens.
	Delay time.Duration
	// Stall never answers: it waits until the client goes away.
	Stall bool
	// Error is answered in place of the operation. As in Stripe, one of 500 or more is kept for the
	// idempotency key unless After is set, others are not.
	Error *Error
	// Answer is sent in place of the operation's, and says nothing about it.
	Answer *Answer
	// AnswerObject answers the object of this id in place of the operation's.
	AnswerObject string
	// Header is added to the answer, such as Retry-After.
	Header http.Header
	// Truncate does the operation and cuts the connection in the middle of the answer's body.
	Truncate bool
	// DropRequest cuts the connection before the operation, DropAnswer after it took effect.
	DropRequest, DropAnswer bool
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

// StopFailing forgets the faults that Fail added.
func (a *Account) StopFailing() {
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	a.faults = nil
}

// takeFault is the fault that strikes the request, nil for none. What an idempotency key remembers
// needs no operation, so that a fault in place of one doesn't strike it.
func (x *exchange) takeFault(replay bool) *Fault {
	s := x.server
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range slices.Concat(x.call.faults, s.faults) {
		if f.Times == 0 || f.Operation != "" && f.Operation != x.route.name || replay && f.Error != nil && !f.After {
			continue
		}
		if f.Rate > 0 && !s.chance(f.Rate) {
			continue
		}
		if f.Times > 0 {
			f.Times--
		}
		x.log.Faulted = true
		struck := *f
		return &struck
	}
	return nil
}

// before is what happens to the request on its way.
func (f *Fault) before(ctx, stopping context.Context) error {
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
	if f.Stall && !f.After {
		stall(ctx, stopping)
	}
	if f.DropRequest || f.Stall && !f.After {
		return errDropped
	}
	return nil
}

func stall(ctx, stopping context.Context) {
	select {
	case <-ctx.Done():
	case <-stopping.Done():
	}
}

// replaces tells whether the fault answers without the operation.
func (f *Fault) replaces() bool {
	return f != nil && !f.After && (f.Answer != nil || f.AnswerObject != "")
}

// err is the error to answer in place of the operation.
func (f *Fault) err() error {
	if f == nil || f.Error == nil || f.After {
		return nil
	}
	return f.Error
}

// unkept tells the statuses that Stripe keeps for no idempotency key, since a retry should find
// another: those answered before the operation begins, when the fault is what answers them.
func (f *Fault) unkept(status int) bool {
	return status == http.StatusConflict || status == http.StatusTooManyRequests || f.err() != nil && status < 500
}
