package stripetest

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
)

// Transport carries requests to a handler in the process, without a network: to a Server as the
// transport of stripe-go's HTTP client, or to a webhook receiver as that of Options.HTTPClient. What
// waits inside it is a goroutine waiting on another, so it works in the bubbles of testing/synctest.
func Transport(h http.Handler) http.RoundTripper { return inProcess{h} }

type inProcess struct{ handler http.Handler }

// RoundTrip runs the handler, and fails as a cut connection does when the handler aborts: at once, or
// while the body is read if some of it was written.
func (t inProcess) RoundTrip(r *http.Request) (answer *http.Response, err error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	inner := r.Clone(r.Context())
	inner.RequestURI = r.URL.RequestURI()
	if inner.Host == "" {
		inner.Host = r.URL.Host
	}
	if inner.Body == nil {
		inner.Body = http.NoBody
	}
	defer func() {
		if closed := inner.Body.Close(); err == nil {
			err = closed
		}
	}()
	w := &recorder{header: http.Header{}}
	switch aborted := t.serve(w, inner); {
	case aborted && w.status == 0:
		return nil, io.ErrUnexpectedEOF
	case aborted:
		return w.response(r, cutOff{}), nil
	}
	return w.response(r, http.NoBody), nil
}

func (t inProcess) serve(w http.ResponseWriter, r *http.Request) (aborted bool) {
	defer func() {
		switch p := recover(); {
		case p == http.ErrAbortHandler: //nolint:errorlint // the panic's exact value
			aborted = true
		case p != nil:
			panic(p)
		}
	}()
	t.handler.ServeHTTP(w, r)
	return false
}

// cutOff is the rest of a body whose connection was cut.
type cutOff struct{}

// Read tells of the cut.
func (cutOff) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// recorder keeps what a handler writes.
type recorder struct {
	header http.Header
	sent   http.Header
	status int
	body   bytes.Buffer
}

// Header is the header to be sent.
func (w *recorder) Header() http.Header { return w.header }

// WriteHeader counts the first time only.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status, w.sent = status, w.header.Clone()
	}
}

// Write sends the header if it wasn't.
func (w *recorder) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}

// response is what was written, with the rest of its body.
func (w *recorder) response(r *http.Request, rest io.Reader) *http.Response {
	w.WriteHeader(http.StatusOK)
	return &http.Response{
		Status: strconv.Itoa(w.status) + " " + http.StatusText(w.status), StatusCode: w.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: w.sent, Request: r,
		Body: io.NopCloser(io.MultiReader(&w.body, rest)), ContentLength: int64(w.body.Len()),
	}
}
