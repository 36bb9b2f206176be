package stripetest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/manytenants/payments/stripetest"
)

// ask sends a request by hand, in any API version, and returns status and document. s.answered keeps
// the header of the last answer.
func (s *shop) ask(method, path, version string, form url.Values) (int, map[string]any) {
	s.t.Helper()
	r := must(http.NewRequestWithContext(s.t.Context(), method, s.web.URL+path, strings.NewReader(form.Encode())))(s.t)
	r.Header.Set("Authorization", "Bearer "+shopKey)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if version != "" {
		r.Header.Set("Stripe-Version", version)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	body := must(io.ReadAll(answer.Body))(s.t)
	if err := answer.Body.Close(); err != nil {
		s.t.Error(err)
	}
	s.answered = answer.Header
	var document map[string]any
	if err := json.Unmarshal(body, &document); err != nil {
		s.t.Fatalf("%s %s answers %d %q: %v", method, path, answer.StatusCode, body, err)
	}
	return answer.StatusCode, document
}

// get is ask for a document that is there.
func (s *shop) get(path, version string) map[string]any {
	s.t.Helper()
	status, document := s.ask(http.MethodGet, path, version, nil)
	if status != http.StatusOK {
		s.t.Fatalf("GET %s in %q: %d %v", path, version, status, document)
	}
	return document
}

// at follows a dotted path into a document; a list is entered by its first element.
func at(v any, path string) (value any, present bool) {
	for name := range strings.SplitSeq(path, ".") {
		if list, ok := v.([]any); ok && len(list) > 0 {
			v = list[0]
		}
		m, _ := v.(map[string]any)
		if v, present = m[name]; !present {
			return nil, false
		}
	}
	return v, true
}

// receiver is a second webhook receiver, which keeps what it gets.
type receiver struct {
	*httptest.Server
	mu      sync.Mutex
	bodies  []map[string]any
	headers []http.Header
	raw     [][]byte
	status  int
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{status: http.StatusOK}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body := must(io.ReadAll(request.Body))(t)
		var document map[string]any
		if err := json.Unmarshal(body, &document); err != nil {
			t.Error(err)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.bodies, r.headers, r.raw = append(r.bodies, document), append(r.headers, request.Header.Clone()), append(r.raw, body)
		w.WriteHeader(r.status)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) answer(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = status
}

// got are the bodies received so far, once everything due was delivered.
func (r *receiver) got(s *shop) []map[string]any {
	s.t.Helper()
	if err := s.server.WaitDelivered(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.bodies)
}

// kinds are the types of the events received so far.
func (r *receiver) kinds(s *shop) string {
	s.t.Helper()
	var out []string
	for _, e := range r.got(s) {
		out = append(out, e["type"].(string))
	}
	return strings.Join(out, " ")
}

// listen adds an endpoint whose deliveries the receiver gets.
func (s *shop) listen(version string, events ...string) (*receiver, *stripetest.Endpoint) {
	s.t.Helper()
	r := newReceiver(s.t)
	return r, s.account.AddWebhook(stripetest.WebhookOptions{URL: r.URL, Events: events, APIVersion: version})
}
