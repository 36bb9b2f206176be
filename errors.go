package payments

import (
	"context"
	"errors"
	"strings"
	"time"
)

// The kinds of error. Every error that a [Service] method returns unwraps to exactly one of them
// (test with errors.Is) or is an internal error, whose text is for the log and not for a caller.
var (
	ErrInvalid         = errors.New("invalid input")                // 422; [Error.Fields] names the fields
	ErrBadRequest      = errors.New("request can't be carried out") // 400; well-formed, but refused as things stand
	ErrSignature       = errors.New("signature not accepted")       // 400; a webhook that Stripe didn't sign for this endpoint
	ErrUnauthenticated = errors.New("not authenticated")            // 401
	ErrForbidden       = errors.New("forbidden")                    // 403; the project is another developer's
	ErrNotFound        = errors.New("not found")                    // 404; unknown, or nothing configured
	ErrConflict        = errors.New("conflict")                     // 409
	ErrTooLarge        = errors.New("too large")                    // 413
	ErrRateLimited     = errors.New("rate limited")                 // 429; [Error.RetryAfter] says how long
	ErrStripeRefused   = errors.New("Stripe refused")               // 502; the project's key or account is the reason
	ErrUnavailable     = errors.New("temporarily unavailable")      // 503; Stripe, the store or the cipher is down
	ErrTimeout         = errors.New("timed out")                    // 504; Stripe didn't answer in time
)

// Error is what Service methods return: a kind to branch on, a sentence that may be shown to the
// caller, and the cause, which may not.
type Error struct {
	Kind       error         // one of the Err… values
	Message    string        // one sentence for the caller; carries no secret, no SQL and no text of Stripe's
	Fields     []FieldError  // with ErrInvalid: which fields, in the order they were checked
	RetryAfter time.Duration // with ErrRateLimited and ErrUnavailable: when another try makes sense; 0 = unknown
	Err        error         // the cause, for the log; may be nil
}

// FieldError says what is wrong with one input field, named as on the wire.
type FieldError struct {
	Field   string
	Message string
}

// Error returns the kind, the sentence, the fields and the cause, for logs.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("payments: ")
	if e.Message != "" && len(e.Fields) == 0 {
		b.WriteString(e.Message)
	} else {
		b.WriteString(e.Kind.Error())
	}
	for _, f := range e.Fields {
		b.WriteString("; " + f.Field + ": " + f.Message)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Unwrap gives errors.Is and errors.As both the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

func newError(kind error, message string) *Error {
	return &Error{Kind: kind, Message: message}
}

func wrapError(kind error, message string, cause error) *Error {
	return &Error{Kind: kind, Message: message, Err: cause}
}

func invalidField(field, message string) *Error {
	return &Error{Kind: ErrInvalid, Message: field + " " + message + ".", Fields: []FieldError{{field, message}}}
}

// checks collects what is wrong with an input, so that a caller learns all of it at once.
type checks struct{ fields []FieldError }

func (c *checks) require(ok bool, field, message string) {
	if !ok {
		c.fields = append(c.fields, FieldError{field, message})
	}
}

func (c *checks) err() error {
	if len(c.fields) == 0 {
		return nil
	}
	first := c.fields[0]
	return &Error{Kind: ErrInvalid, Message: first.Field + " " + first.Message + ".", Fields: c.fields}
}

// storeError classifies what a Store returned: its own kinds pass, a cancelled or expired context
// becomes a timeout, and everything else is a store that can't serve at the moment.
func storeError(err error) error {
	var known *Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return err
	case errors.Is(err, ErrNotFound), errors.Is(err, ErrConflict), errors.Is(err, ErrInvalid):
		return err
	case errors.Is(err, context.DeadlineExceeded):
		return wrapError(ErrTimeout, "The request took too long; try again.", err)
	}
	return wrapError(ErrUnavailable, "The payments store can't be reached at the moment; try again.", err)
}
