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

// RoundTrip runs the handler, and fails as a cut connection does when the handler aborts.
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
	defer func() {
		if p := recover(); p == http.ErrAbortHandler { //nolint:errorlint // the panic's exact value
			answer, err = nil, io.ErrUnexpectedEOF
		} else if p != nil {
			panic(p)
		}
	}()
	w := &recorder{header: http.Header{}}
	t.handler.ServeHTTP(w, inner)
	return w.response(r), nil
}

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

func (w *recorder) response(r *http.Request) *http.Response {
	w.WriteHeader(http.StatusOK)
	return &http.Response{
		Status: strconv.Itoa(w.status) + " " + http.StatusText(w.status), StatusCode: w.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: w.sent, Request: r,
		Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()),
	}
}
