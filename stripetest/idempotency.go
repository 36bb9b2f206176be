package stripetest

import (
	"net/http"
	"time"
)

// keepAnswers is how long an idempotency key is remembered, by the server's clock.
const keepAnswers = 24 * time.Hour

// answer is what an idempotency key remembers of its first request. Until that is answered its
// response is nil.
type answer struct {
	operation string
	form      string
	request   string // its id
	response  *response
}

// replay is the response once more, marked as such.
func (kept *answer) replay() response {
	out := *kept.response
	out.original = kept.request
	return out
}

// claim takes the request's idempotency key, or returns what the key remembers.
func (x *exchange) claim() (*answer, error) {
	key := x.log.IdempotencyKey
	if key == "" || !changes(x.log.Method) {
		return nil, nil
	}
	if len(key) > 255 {
		return nil, idempotencyError(http.StatusBadRequest, "", "The idempotency key provided is too long: keys may have up to 255 characters.")
	}
	s, a := x.server, x.call.Account
	s.mu.Lock()
	defer s.mu.Unlock()
	endpoint, form := x.log.Method+" "+x.log.Path, x.log.Form.Encode()
	kept, known := a.idempotency[key]
	switch {
	case !known:
		a.idempotency[key] = &answer{operation: endpoint, form: form, request: x.log.RequestID}
		return nil, nil
	case kept.operation != endpoint:
		return nil, idempotencyError(http.StatusBadRequest, "", "Keys for idempotent requests can only be used for the same endpoint they were first used for ('"+endpoint+"' vs '"+kept.operation+"'). Try using a key other than '"+key+"' if you meant to execute a different request.")
	case kept.form != form:
		return nil, idempotencyError(http.StatusBadRequest, "", "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '"+key+"' if you meant to execute a different request.")
	case kept.response == nil:
		return nil, idempotencyError(http.StatusConflict, "idempotency_key_in_use", "There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): "+key+". Try again later.")
	}
	return kept, nil
}

// keep remembers the answer for the key, until the clock has moved on. Server.mu is held.
func (x *exchange) keep(r response) {
	kept, ok := x.kept()
	if !ok {
		return
	}
	kept.response = &r
	a, key := x.call.Account, x.log.IdempotencyKey
	x.server.at(x.server.clock.now().Add(keepAnswers), func() { delete(a.idempotency, key) })
}

// release forgets a key whose request never reached the operation.
func (x *exchange) release() {
	x.server.mu.Lock()
	defer x.server.mu.Unlock()
	x.forget()
}

// forget is release with Server.mu held.
func (x *exchange) forget() {
	if _, ok := x.kept(); ok {
		delete(x.call.idempotency, x.log.IdempotencyKey)
	}
}

func (x *exchange) kept() (*answer, bool) {
	if !changes(x.log.Method) {
		return nil, false
	}
	kept, ok := x.call.idempotency[x.log.IdempotencyKey]
	return kept, ok
}

func idempotencyError(status int, code, message string) error {
	return &Error{Status: status, Type: "idempotency_error", Code: code, Message: message}
}
