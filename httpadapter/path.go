package httpadapter

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/manytenants/payments"
)

// maxPath bounds what is split into segments: five identifiers, every character of them escaped.
const maxPath = 4 << 10

// parsePrefix returns the prefix in its one spelling ("" for the root) and its segments.
func parsePrefix(prefix string) (string, []string) {
	trimmed := strings.Trim(prefix, "/")
	if trimmed == "" {
		return "", nil
	}
	segments, ok := splitPath("/" + trimmed)
	if !ok {
		panic("httpadapter: Options.Prefix must be a path of plain segments such as /api/v1/payments, not " + prefix)
	}
	return "/" + trimmed, segments
}

// splitPath returns the decoded segments of an escaped path. It accepts only segments that could be an
// identifier of ours, which leaves no room for empty ones, "..", escaped slashes or control characters.
func splitPath(escaped string) ([]string, bool) {
	if len(escaped) > maxPath || !strings.HasPrefix(escaped, "/") {
		return nil, false
	}
	segments := strings.Split(escaped[1:], "/")
	for i, segment := range segments {
		text, err := url.PathUnescape(segment)
		if err != nil || !payments.ProjectID(text).Valid() {
			return nil, false
		}
		segments[i] = text
	}
	return segments, true
}

// endpoint is one path of the API with the methods it answers.
type endpoint struct {
	pattern  string // as ServeMux spells it
	segments []string
	methods  map[string]handlerFunc
}

// collect groups the routes by their path.
func collect(routes []route) []endpoint {
	var endpoints []endpoint
	for _, r := range routes {
		i := slices.IndexFunc(endpoints, func(e endpoint) bool { return e.pattern == r.pattern })
		if i < 0 {
			i = len(endpoints)
			endpoints = append(endpoints, endpoint{
				pattern: r.pattern, segments: strings.Split(r.pattern[1:], "/"), methods: map[string]handlerFunc{},
			})
		}
		endpoints[i].methods[r.method] = r.handle
	}
	return endpoints
}

// match compares segment by segment, and sets the wildcards as path values of r.
func (e *endpoint) match(segments []string, r *http.Request) bool {
	if len(segments) != len(e.segments) {
		return false
	}
	for i, want := range e.segments {
		if want[0] != '{' && want != segments[i] {
			return false
		}
	}
	for i, want := range e.segments {
		if want[0] == '{' {
			r.SetPathValue(want[1:len(want)-1], segments[i])
		}
	}
	return true
}

// find returns the endpoint of a request, with the prefix or without. It is not a ServeMux, because
// that redirects unclean paths, and a webhook must never be redirected.
func (h *Handler) find(r *http.Request) *endpoint {
	segments, ok := splitPath(r.URL.EscapedPath())
	if !ok {
		return nil
	}
	if n := len(h.prefix); n > 0 && len(segments) > n && slices.Equal(segments[:n], h.prefix) {
		if e := h.findSegments(segments[n:], r); e != nil {
			return e
		}
	}
	return h.findSegments(segments, r)
}

func (h *Handler) findSegments(segments []string, r *http.Request) *endpoint {
	for i := range h.endpoints {
		if h.endpoints[i].match(segments, r) {
			return &h.endpoints[i]
		}
	}
	return nil
}
