package stripeoracle

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// Version is the API version that is checked.
const Version = "2023-10-16"

// Oracle is an http.Handler that checks what passes through it. It is safe for concurrent use.
type Oracle struct {
	t    testing.TB
	next http.Handler

	mu      sync.Mutex
	refused map[string]bool // by operation: whether a refusal was seen
	broken  map[string]bool
	told    map[string]bool // problems that are known already
}

// New puts an Oracle in front of next. What it finds fails t.
func New(t testing.TB, next http.Handler) *Oracle {
	t.Helper()
	o := &Oracle{t: t, next: next, refused: map[string]bool{}, broken: map[string]bool{}, told: map[string]bool{}}
	t.Cleanup(func() {
		for operation, seen := range o.refused {
			if !seen {
				t.Errorf("stripeoracle: no request of %s was refused, which ExpectRefusal announced", operation)
			}
		}
	})
	return o
}

// ExpectRefusal tells that the test sends requests of the operations on purpose that the description
// refuses. The answer to such a request must then be an error. An operation is named as in the
// description, such as "POST /v1/customers"; a path it doesn't have is named as it is requested.
func (o *Oracle) ExpectRefusal(operations ...string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, operation := range operations {
		o.refused[operation] = false
	}
}

// ExpectBroken tells that a fault may spoil the answers to the operations, which are then not looked
// at. "*" is every operation.
func (o *Oracle) ExpectBroken(operations ...string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, operation := range operations {
		o.broken[operation] = true
	}
}

// ServeHTTP passes the request on, then checks it and its answer. What is no API request, such as a
// hosted page, is not looked at.
func (o *Oracle) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.URL.Path, "/v1/") || strings.HasPrefix(r.URL.Path, undocumented) {
		o.next.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client left while it was sending
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	seen := &tee{ResponseWriter: w}
	o.next.ServeHTTP(seen, r)
	if version := seen.Header().Get("Stripe-Version"); version != "" && version != Version {
		return
	}
	o.check(r, body, seen)
}

func (o *Oracle) check(r *http.Request, body []byte, seen *tee) {
	o.t.Helper()
	operation, problem := checkRequest(r, body)
	name := r.Method + " " + r.URL.Path
	if operation != nil {
		name = operation.name
	}
	if problem != "" && !o.expected(name, seen.status) {
		o.tell(fmt.Sprintf("Stripe refuses %s %s %s: %s", r.Method, r.URL, body, problem))
	}
	if operation == nil || o.isBroken(name) {
		return
	}
	for _, problem := range operation.checkAnswer(seen.status, seen.body.Bytes()) {
		o.tell(fmt.Sprintf("%s answers %d: %s", operation.name, seen.status, problem))
	}
}

// tell fails the test, once for each problem.
func (o *Oracle) tell(problem string) {
	o.t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.told[problem] {
		o.told[problem] = true
		o.t.Error("stripeoracle: " + problem)
	}
}

// expected notes a refusal that the test announced, and that the server agreed to.
func (o *Oracle) expected(operation string, status int) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, announced := o.refused[operation]; !announced || status < 400 {
		return false
	}
	o.refused[operation] = true
	return true
}

func (o *Oracle) isBroken(operation string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.broken[operation] || o.broken["*"]
}

// tee keeps a copy of what is answered.
type tee struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

// WriteHeader notes the first status.
func (w *tee) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write keeps the bytes.
func (w *tee) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	w.body.Write(p)
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the writer below.
func (w *tee) Unwrap() http.ResponseWriter { return w.ResponseWriter }
