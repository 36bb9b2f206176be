package httpadapter

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/manytenants/payments"
)

func TestEveryKindHasOneStatus(t *testing.T) {
	for kind, status := range map[error]int{
		payments.ErrInvalid: 422, payments.ErrBadRequest: 400, payments.ErrSignature: 400, payments.ErrUnauthenticated: 401,
		payments.ErrForbidden: 403, payments.ErrNotFound: 404, payments.ErrConflict: 409, payments.ErrTooLarge: 413,
		payments.ErrRateLimited: 429, payments.ErrStripeRefused: 502, payments.ErrUnavailable: 503, payments.ErrTimeout: 504,
		errMalformed: 400, errMediaType: 415, errMethod: 405, errNoRoute: 404, context.DeadlineExceeded: 504,
		errors.New("anything else"): 500, context.Canceled: 500,
	} {
		for _, err := range []error{kind, fmt.Errorf("wrapped: %w", kind), &payments.Error{Kind: kind, Message: "m"}} {
			p := problemOf(err)
			if p.Status != status || p.Title == "" || p.Detail == "" || p.Type == "" {
				t.Errorf("%v: %+v", err, p)
			}
		}
	}
}

func TestKindDecidesAndNotTheCause(t *testing.T) {
	p := problemOf(&payments.Error{Kind: payments.ErrUnavailable, Message: "Down.", Err: payments.ErrNotFound})
	if p.Status != 503 || p.Detail != "Down." {
		t.Errorf("%+v", p)
	}
	p = problemOf(&payments.Error{Kind: errors.New("unknown"), Message: "canary", Err: payments.ErrInvalid, Fields: []payments.FieldError{{Field: "f"}}})
	if p.Status != 500 || p.Detail != internalProblem.detail || p.Errors != nil {
		t.Errorf("%+v", p)
	}
}

func TestRetryAfterIsRoundedUpToWholeSeconds(t *testing.T) {
	for wait, want := range map[time.Duration]string{
		0: "", time.Nanosecond: "1", time.Second: "1", 1500 * time.Millisecond: "2", time.Hour: "3600",
	} {
		w := httptest.NewRecorder()
		problemOf(&payments.Error{Kind: payments.ErrUnavailable, RetryAfter: wait}).write(w)
		if got := w.Header().Get("Retry-After"); got != want {
			t.Errorf("%v: Retry-After %q, want %q", wait, got, want)
		}
	}
}
