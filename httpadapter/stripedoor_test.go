package httpadapter_test

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
)

// stripeDoor is the library's way to Stripe. While an answer is set, it stands before Stripe; and it answers
// for the customer portal, which stripetest doesn't have.
type stripeDoor struct {
	stripe http.RoundTripper
	answer atomic.Pointer[stripeAnswer]
	calls  atomic.Int64
}

type stripeAnswer struct {
	status     int
	retryAfter int
	body       string
}

// RoundTrip asks Stripe, or answers in its place.
func (d *stripeDoor) RoundTrip(r *http.Request) (*http.Response, error) {
	d.calls.Add(1)
	if a := d.answer.Load(); a != nil {
		return a.response(r), nil
	}
	response, err := d.stripe.RoundTrip(r)
	if err == nil && response.StatusCode == http.StatusNotFound && r.URL.Path == "/v1/billing_portal/sessions" {
		portal := stripeAnswer{status: http.StatusOK,
			body: `{"id":"bps_1","object":"billing_portal.session","url":"https://billing.stripe.com/p/session/1"}`}
		return portal.response(r), nil
	}
	return response, err
}

func (a *stripeAnswer) response(r *http.Request) *http.Response {
	header := http.Header{"Content-Type": {"application/json"}}
	if a.retryAfter > 0 {
		header.Set("Retry-After", strconv.Itoa(a.retryAfter))
	}
	return &http.Response{
		StatusCode: a.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: header,
		Body: io.NopCloser(strings.NewReader(a.body)), ContentLength: int64(len(a.body)), Request: r,
	}
}

// stripeError is an error in Stripe's own form. Its message must never be seen.
func stripeError(status int, kind, code, param string) *stripeAnswer {
	return &stripeAnswer{status: status, body: `{"error":{"type":"` + kind + `","code":"` + code + `","param":"` + param +
		`","message":"canary: Stripe quotes sk_test_...aBcD and carol@example.com"}}`}
}
