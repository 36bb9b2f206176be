package payments_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
)

// wire is the way from the Service to Stripe. A tap on it sees each request before Stripe does, and each answer before the Service.
type wire struct {
	stripe http.RoundTripper

	mu  sync.Mutex
	tap func(r *http.Request, pass func() (*http.Response, error)) (*http.Response, error)
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	tap := w.tap
	w.mu.Unlock()
	pass := func() (*http.Response, error) { return w.stripe.RoundTrip(r) }
	if tap == nil {
		return pass()
	}
	return tap(r, pass)
}

// onRequest sets the tap; nil takes it off.
func (w *wire) onRequest(tap func(r *http.Request, pass func() (*http.Response, error)) (*http.Response, error)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tap = tap
}

// hold stops the next request of the method on a path that begins with the prefix, on its way to Stripe (before) or on its
// way back. It returns a channel that tells of its arrival, and the function that lets it go on.
func (w *wire) hold(method, prefix string, before bool) (arrived <-chan struct{}, release func()) {
	came, open := make(chan struct{}), make(chan struct{})
	var once sync.Once
	w.onRequest(func(r *http.Request, pass func() (*http.Response, error)) (*http.Response, error) {
		if r.Method != method || !strings.HasPrefix(r.URL.Path, prefix) {
			return pass()
		}
		first := false
		once.Do(func() { first = true })
		if !first {
			return pass()
		}
		if before {
			close(came)
			<-open
			return pass()
		}
		answer, err := pass()
		close(came)
		<-open
		return answer, err
	})
	return came, sync.OnceFunc(func() { close(open) })
}

// rewrite changes the bodies of answers to requests of the method ("" for all) on a path that begins with the prefix.
func (w *wire) rewrite(method, prefix string, change func(body string) string) {
	w.onRequest(func(r *http.Request, pass func() (*http.Response, error)) (*http.Response, error) {
		answer, err := pass()
		if err != nil || method != "" && r.Method != method || !strings.HasPrefix(r.URL.Path, prefix) {
			return answer, err
		}
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			return nil, err
		}
		text := change(string(body))
		answer.Body, answer.ContentLength = io.NopCloser(bytes.NewBufferString(text)), int64(len(text))
		return answer, nil
	})
}

// shorten makes answers to requests on a path that begins with the prefix show only the first items, as Stripe does.
func (w *wire) shorten(prefix string, items int) {
	w.rewrite("", prefix, func(body string) string {
		var f map[string]any
		if err := json.Unmarshal([]byte(body), &f); err != nil {
			return body
		}
		if list, ok := f["items"].(map[string]any); ok {
			if data, ok := list["data"].([]any); ok && len(data) > items {
				list["data"], list["has_more"] = data[:items], true
			}
		}
		return string(mustJSON(f))
	})
}
