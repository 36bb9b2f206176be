package stripeoracle

import (
	"bytes"
	"io"
	"net/http"

	"github.com/stripe/stripe-mock/param"
	"github.com/stripe/stripe-mock/param/coercer"
)

// checkRequest tells the operation a request is for, and why the description refuses it, empty when
// it doesn't. Reading, coercing and validating are stripe-mock's, without its answers.
func checkRequest(r *http.Request, body []byte) (*operation, string) {
	o := findOperation(r.Method, r.URL.Path)
	if o == nil {
		return nil, "the description has no such operation"
	}
	if o.request == nil {
		return o, ""
	}
	again := r.Clone(r.Context())
	again.Body = io.NopCloser(bytes.NewReader(body))
	values, err := param.ParseParams(again)
	if err != nil {
		return o, err.Error()
	}
	if err := coercer.CoerceParams(o.request, values); err != nil {
		return o, err.Error()
	}
	validator, err := o.validate()
	if err != nil {
		return o, err.Error()
	}
	if err := validator.Validate(values); err != nil {
		return o, err.Error()
	}
	return o, ""
}
