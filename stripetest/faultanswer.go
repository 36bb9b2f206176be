package stripetest

import "net/http"

// Answer is what a Fault sends in place of an API answer.
type Answer struct {
	// Status is the HTTP status.
	Status int
	// Header is sent as it is; Content-Type is application/json unless it says another.
	Header http.Header
	// Body is sent as it is.
	Body string
}

// BadGateway is the HTML of a proxy that didn't reach Stripe.
func BadGateway() *Answer {
	return &Answer{Status: http.StatusBadGateway, Header: http.Header{"Content-Type": {"text/html"}},
		Body: "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><center><h1>502 Bad Gateway</h1></center></body>\r\n</html>\r\n"}
}

// Redirected sends the client to another URL, which no client of Stripe's should follow.
func Redirected(target string) *Answer {
	return &Answer{Status: http.StatusFound, Header: http.Header{"Location": {target}}}
}

// Garbage is a success whose body is no JSON.
func Garbage() *Answer {
	return &Answer{Status: http.StatusOK, Body: "{\"id\": \"\x00\xff"}
}

// RateLimited is the error Stripe answers above its request rate.
func RateLimited() *Error {
	return &Error{Status: http.StatusTooManyRequests, Type: "invalid_request_error", Code: "rate_limit",
		Message: "Request rate limit exceeded. You can learn more about rate limits here https://stripe.com/docs/rate-limits."}
}

// LockTimeout is the error Stripe answers while another request holds the object. It is a 429 too, and
// the one that stripe-go retries by itself.
func LockTimeout() *Error {
	return &Error{Status: http.StatusTooManyRequests, Type: "invalid_request_error", Code: "lock_timeout",
		Message: "This object cannot be accessed right now because another API request or Stripe process is currently accessing it. If you see this error intermittently, retry the request. If you see this error frequently and are making multiple concurrent requests to a single object, make your requests serially or at a lower rate."}
}

// Unavailable is the error of a fault inside Stripe, with status 500.
func Unavailable() *Error {
	return &Error{Status: http.StatusInternalServerError, Type: "api_error",
		Message: "An unknown error occurred"}
}

// Overloaded is Unavailable with status 503.
func Overloaded() *Error {
	e := Unavailable()
	e.Status = http.StatusServiceUnavailable
	return e
}

// KeyExpired is the error Stripe answers to a key that was revoked; RevokeKey does it for good.
func KeyExpired() *Error {
	return &Error{Status: http.StatusUnauthorized, Type: "invalid_request_error", Code: "api_key_expired",
		Message: "Expired API Key provided: sk_test_****"}
}

// Forbidden is the error Stripe answers to a key that lacks the permission; AddRestrictedKey does it
// for good.
func Forbidden(permission string) *Error {
	return &Error{Status: http.StatusForbidden, Type: "invalid_request_error",
		Message: "The provided key does not have the required permissions for this endpoint. Having the 'rak_" + permission + "' permission would allow this request to continue."}
}

// InUse is the error Stripe answers while a request with the same idempotency key is under way.
func InUse() *Error {
	return &Error{Status: http.StatusConflict, Type: "idempotency_error", Code: "idempotency_key_in_use",
		Message: "There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through). Try again later."}
}

// spoil makes of the operation's answer what the fault sends.
func (x *exchange) spoil(f *Fault, answer response) (response, error) {
	switch {
	case f == nil:
		return answer, nil
	case f.DropAnswer:
		return response{}, errDropped
	case f.Stall:
		stall(x.http.Context(), x.server.stopping)
		return response{}, errDropped
	case f.Error != nil && f.After:
		answer = x.failure(f.Error)
	case f.Answer != nil:
		answer = response{status: f.Answer.Status, body: []byte(f.Answer.Body), header: f.Answer.Header.Clone()}
	case f.AnswerObject != "":
		answer.status, answer.body = http.StatusOK, x.otherObject(f.AnswerObject)
	}
	answer.cut = f.Truncate
	if answer.header == nil {
		answer.header = http.Header{}
	}
	for name, values := range f.Header {
		answer.header[http.CanonicalHeaderKey(name)] = values
	}
	return answer, nil
}

func (x *exchange) otherObject(id string) []byte {
	x.server.mu.Lock()
	defer x.server.mu.Unlock()
	o, ok := x.call.objects[id]
	if !ok {
		panic("stripetest: a fault answers " + id + ", which the account doesn't have")
	}
	return encode(x.call.shape(o, x.call.release()).public())
}
