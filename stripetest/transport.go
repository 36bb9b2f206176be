package stripetest

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"time"
)

// Transport carries requests to a handler in the process, without a network: to a Server as the
// transport of stripe-go's HTTP client, or to a webhook receiver as that of Options.HTTPClient. A
// request whose context ends, by its client's timeout too, fails while the handler is still at work.
// What waits inside is a goroutine waiting on another, so it works in the bubbles of testing/synctest,
// if the Server and the client are made inside the bubble.
func Transport(h http.Handler) http.RoundTripper { return inProcess{h} }

type inProcess struct{ handler http.Handler }

// RoundTrip runs the handler, and fails as a cut connection does when the handler aborts: at once, or
// while the body is read if some of it was written. A panic of the handler is the caller's.
func (t inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	inner := r.Clone(r.Context())
	inner.RequestURI = r.URL.RequestURI()
	if inner.Host == "" {
		inner.Host = r.URL.Host
	}
	if inner.Body == nil {
		inner.Body = http.NoBody
	}
	if err := r.Context().Err(); err != nil {
		_ = inner.Body.Close() // of a request that was never sent
		return nil, err
	}
	ended, left := make(chan handled), make(chan struct{})
	defer close(left)
	go t.serve(inner, ended, left)
	select {
	case <-r.Context().Done():
	case h := <-ended:
		return h.answer(r)
	}
	late := time.NewTimer(grace)
	defer late.Stop()
	select {
	case <-late.C:
	case h := <-ended:
		h.raise()
	}
	return nil, r.Context().Err()
}

// grace is how long a request whose context has ended waits for its handler. One that heeds the context
// ends at once, and a retry then finds it ended; another isn't waited for.
const grace = 100 * time.Millisecond

// handled is what came of a handler: what it wrote, and how it ended.
type handled struct {
	wrote   *recorder
	aborted bool
	panic   any // another than http.ErrAbortHandler
}

// serve runs the handler and tells the caller, unless they have left: then a panic has nobody to go to
// and ends the process, as any goroutine's.
func (t inProcess) serve(r *http.Request, ended chan<- handled, left <-chan struct{}) {
	h := handled{wrote: &recorder{header: http.Header{}}, aborted: true}
	defer func() {
		if p := recover(); p != http.ErrAbortHandler { //nolint:errorlint // the panic's exact value
			h.panic = p
		}
		_ = r.Body.Close() // in process, nothing is lost with it
		select {
		case ended <- h:
		case <-left:
			if h.panic != nil {
				panic(h.panic)
			}
		}
	}()
	t.handler.ServeHTTP(h.wrote, r)
	h.aborted = false
}

// raise panics as the handler did, in the caller's goroutine.
func (h handled) raise() {
	if h.panic != nil {
		panic(h.panic)
	}
}

// answer is the response to the request r.
func (h handled) answer(r *http.Request) (*http.Response, error) {
	h.raise()
	switch err := r.Context().Err(); {
	case h.aborted && err != nil: // which is why the handler gave up
		return nil, err
	case h.aborted && h.wrote.status == 0:
		return nil, io.ErrUnexpectedEOF
	case h.aborted:
		return h.wrote.response(r, cutOff{}), nil
	}
	return h.wrote.response(r, http.NoBody), nil
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
