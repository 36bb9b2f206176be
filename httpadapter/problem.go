package httpadapter

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/manytenants/payments"
)

// The kinds of error that only HTTP has.
var (
	errMalformed = errors.New("malformed request")
	errMethod    = errors.New("method not allowed")
	errMediaType = errors.New("media type not supported")
	errNoRoute   = errors.New("no such route")
	errPanic     = errors.New("panic")
)

// problems is the one table from kinds of error to answers. The detail stands in where an error has no
// sentence of its own. What matches nothing is the last row's 500, which says nothing.
var problems = []problemRow{
	{errMalformed, 400, "malformed-request", "Malformed request", "The request can't be read."},
	{payments.ErrBadRequest, 400, "request-refused", "Request refused", "The request can't be carried out as things stand."},
	{payments.ErrSignature, 400, "bad-signature", "Signature not accepted", "The webhook's signature is not accepted."},
	{payments.ErrUnauthenticated, 401, "unauthenticated", "Not authenticated", "A valid bearer token is needed."},
	{payments.ErrForbidden, 403, "forbidden", "Forbidden", "The project belongs to another developer."},
	{payments.ErrNotFound, 404, "not-found", "Not found", "It doesn't exist, or isn't configured."},
	{errNoRoute, 404, "no-such-path", "No such path", "There is nothing at this path."},
	{errMethod, 405, "method-not-allowed", "Method not allowed", "This path doesn't answer that method; the Allow header lists those it does."},
	{payments.ErrConflict, 409, "conflict", "Conflict", "The request conflicts with the present state."},
	{payments.ErrTooLarge, 413, "too-large", "Too large", "The request's body is too large."},
	{errMediaType, 415, "unsupported-media-type", "Unsupported media type", "The body must be JSON, sent as application/json and not compressed."},
	{payments.ErrInvalid, 422, "invalid-input", "Invalid input", "The input is not valid."},
	{payments.ErrRateLimited, 429, "rate-limited", "Too many requests", "There were too many requests; try again later."},
	{payments.ErrStripeRefused, 502, "stripe-refused", "Stripe refused", "Stripe refused the request; the project's Stripe credentials may be the reason."},
	{payments.ErrUnavailable, 503, "unavailable", "Temporarily unavailable", "The service is temporarily unavailable; try again later."},
	{payments.ErrTimeout, 504, "timeout", "Timed out", "The request took too long; try again."},
	{context.DeadlineExceeded, 504, "timeout", "Timed out", "The request took too long; try again."},
}

var internalProblem = problemRow{nil, 500, "internal", "Internal error", "Something went wrong on our side; the request id helps to find out what."}

type problemRow struct {
	kind                error
	status              int
	slug, title, detail string
}

// problem is an RFC 9457 document.
type problem struct {
	Type       string         `json:"type"`
	Title      string         `json:"title"`
	Status     int            `json:"status"`
	Detail     string         `json:"detail"`
	Errors     []fieldProblem `json:"errors,omitempty"`
	RequestID  string         `json:"request_id"`
	retryAfter time.Duration
}

type fieldProblem struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

// problemOf looks an error up. Where it is a *payments.Error its kind alone decides: the cause below
// may well be of another kind.
func problemOf(err error) problem {
	var known *payments.Error
	kind := err
	if errors.As(err, &known) {
		kind = known.Kind
	}
	row := internalProblem
	for _, candidate := range problems {
		if errors.Is(kind, candidate.kind) {
			row = candidate
			break
		}
	}
	p := problem{Type: "urn:payments:" + row.slug, Title: row.title, Status: row.status, Detail: row.detail}
	if known == nil || row.kind == nil {
		return p
	}
	if known.Message != "" {
		p.Detail = known.Message
	}
	for _, f := range known.Fields {
		p.Errors = append(p.Errors, fieldProblem(f))
	}
	p.retryAfter = known.RetryAfter
	return p
}

func (p problem) write(w http.ResponseWriter) {
	header := w.Header()
	header.Set("Content-Type", "application/problem+json; charset=utf-8")
	if p.Status == http.StatusUnauthorized {
		header.Set("WWW-Authenticate", "Bearer")
	}
	if p.retryAfter > 0 {
		header.Set("Retry-After", strconv.Itoa(int(math.Ceil(p.retryAfter.Seconds()))))
	}
	body, err := json.Marshal(p)
	if err != nil { // a struct of strings and numbers always encodes
		panic(err)
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write(append(body, '\n'))
}

// refuse makes an error of a kind that only HTTP has, with a sentence for the caller.
func refuse(kind error, message string) error {
	return &payments.Error{Kind: kind, Message: message}
}

// invalid reports the fields that are wrong, or nil where none is.
func invalid(fields []payments.FieldError) error {
	if len(fields) == 0 {
		return nil
	}
	return &payments.Error{Kind: payments.ErrInvalid, Message: fields[0].Field + " " + fields[0].Message + ".", Fields: fields}
}
