package stripetest

import (
	"net/http"
	"net/url"
	"time"
)

// Request is one API request the server answered.
type Request struct {
	// Time is the server's time at arrival.
	Time time.Time
	// Method and Path are the request's own; Operation is the endpoint in Stripe's terms, such as
	// "GET /v1/customers/{customer}", empty when there is none.
	Method, Path, Operation string
	// Form holds the parameters of query and body.
	Form url.Values
	// Header is a copy of the request's header.
	Header http.Header
	// Key is the API key; Account and Livemode are what it opened, empty for an unknown one.
	Key, Account string
	// Livemode tells the mode.
	Livemode bool
	// IdempotencyKey and StripeVersion are the headers of those names.
	IdempotencyKey, StripeVersion string
	// RequestID is the Request-Id of the answer.
	RequestID string
	// Status is the HTTP status of the answer, 0 when a fault cut the connection.
	Status int
	// Faulted tells that a fault struck the request.
	Faulted bool
	// Ignored names the parameters that Stripe knows and that had no effect here.
	Ignored []string
}

// Requests is the log of API requests of all accounts, the oldest first. It keeps the newest 10,000.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests.newest()
}

// Requests is the log of the account's API requests in its mode, the oldest first.
func (a *Account) Requests() []Request {
	var out []Request
	for _, r := range a.server.Requests() {
		if r.Account == a.id && r.Livemode == a.livemode {
			out = append(out, r)
		}
	}
	return out
}
