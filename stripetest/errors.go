package stripetest

import (
	"fmt"
	"net/http"
	"strconv"
)

// Error is an error as Stripe's API answers it.
type Error struct {
	// Status is the HTTP status of the answer.
	Status int
	// Type is Stripe's error type, such as "card_error".
	Type string
	// Code and DeclineCode are Stripe's codes; empty ones are left out.
	Code, DeclineCode string
	// Message is the text for people.
	Message string
	// Param names the parameter at fault.
	Param string
	// PaymentIntent and Charge are ids of what a card error belongs to.
	PaymentIntent, Charge string

	intent, setup, method object // what the error belongs to, as the answer shows it
}

// Error returns the message with its codes.
func (e *Error) Error() string {
	return fmt.Sprintf("stripe: %d %s %s: %s", e.Status, e.Type, e.Code, e.Message)
}

// body is the document of the answer; account and request make the link to the request's log.
func (e *Error) body(account, requestID string) object {
	fields := object{"type": e.Type, "message": e.Message}
	for name, value := range map[string]string{
		"code": e.Code, "decline_code": e.DeclineCode, "param": e.Param, "charge": e.Charge,
	} {
		if value != "" {
			fields[name] = value
		}
	}
	if e.Code != "" {
		fields["doc_url"] = "https://stripe.com/docs/error-codes/" + dashed(e.Code)
	}
	for name, about := range map[string]object{"payment_intent": e.intent, "setup_intent": e.setup, "payment_method": e.method} {
		if about != nil {
			fields[name] = about.public()
		}
	}
	if account != "" {
		fields["request_log_url"] = "https://dashboard.stripe.com/" + account + "/logs/" + requestID
	}
	return object{"error": fields}
}

func dashed(code string) string {
	out := []byte(code)
	for i, c := range out {
		if c == '_' {
			out[i] = '-'
		}
	}
	return string(out)
}

func badParameter(code, param, message string) error {
	return &Error{Status: http.StatusBadRequest, Type: "invalid_request_error", Code: code, Param: param, Message: message}
}

func badRequest(message string) error { return badParameter("", "", message) }

func unknownParameter(param string) error {
	return badParameter("parameter_unknown", param, "Received unknown parameter: "+param)
}

func missingParameter(param string) error {
	return badParameter("parameter_missing", param, "Missing required param: "+param+".")
}

// missingObject is 404 for the object the URL names and 400 for one a parameter names, as Stripe
// answers it.
func missingObject(kind, id, param string) error {
	status := http.StatusNotFound
	if param != "" && param != "id" {
		status = http.StatusBadRequest
	}
	if param == "" {
		param = "id"
	}
	return &Error{Status: status, Type: "invalid_request_error", Code: "resource_missing", Param: param,
		Message: "No such " + kind + ": '" + id + "'"}
}

func unrecognizedURL(method, path string) error {
	return &Error{Status: http.StatusNotFound, Type: "invalid_request_error", Message: "Unrecognized request URL (" + method + ": " + path + "). Please see https://stripe.com/docs or we can help at https://support.stripe.com/."}
}

func unauthorized(key string) error {
	message := "Invalid API Key provided: " + redact(key)
	if key == "" {
		message = "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or we can help at https://support.stripe.com/."
	}
	return &Error{Status: http.StatusUnauthorized, Type: "invalid_request_error", Message: message}
}

// redact shows a key as Stripe's messages do: enough to recognize it, not enough to use it.
func redact(key string) string {
	if len(key) < 13 {
		return "****"
	}
	stars := make([]byte, len(key)-12)
	for i := range stars {
		stars[i] = '*'
	}
	return key[:8] + string(stars) + key[len(key)-4:]
}

func indexed(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }
