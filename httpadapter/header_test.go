package httpadapter_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestAuthorizationIsOneBearerHeader(t *testing.T) {
	w := newWorld(t)
	for _, good := range []string{"Bearer " + alice, "bearer " + alice, "BEARER  " + alice} {
		w.do("GET", "/stats", "", "", header("Authorization", good)).want(200)
	}
	for _, bad := range [][]string{
		nil, {""}, {"Bearer"}, {"Bearer "}, {alice}, {"Basic " + alice}, {"Bearer" + alice}, {"Bearer " + alice + " x"}, {"Bearer a b"},
		{"Bearer " + alice, "Bearer " + alice}, {"Bearer " + alice, "Basic x"}, {"Bearer " + alice + ",Bearer " + bob}, {`Bearer "` + alice + `"`},
		{"Bearer\t" + alice}, {"Bearer " + strings.Repeat("a", 17<<10)},
	} {
		got := w.do("GET", "/stats", "", "", header("Authorization", bad...)).want(http.StatusUnauthorized)
		if got.header.Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("%q: WWW-Authenticate %q", bad, got.header.Get("WWW-Authenticate"))
		}
	}
	w.do("GET", "/stats?access_token="+alice+"&token="+alice, "", "").want(401)
	w.do("GET", "/stats", "", "", header("Cookie", "token="+alice), header("Origin", "https://evil.example")).want(401)
}

func TestRequestIDIsKeptWhereItIsPlainAndReplacedOtherwise(t *testing.T) {
	w := newWorld(t)
	for _, kept := range []string{"a", "0e5e5f3c-9d1b-4a56-9f0e-6d3f5f0d1a2b", "A.b_c-9", strings.Repeat("i", 64)} {
		got := w.do("GET", "/stats", "", "", header("X-Request-ID", kept)).want(401)
		if got.header.Get("X-Request-ID") != kept || got.json()["request_id"] != kept {
			t.Errorf("%s became %s", kept, got.header.Get("X-Request-ID"))
		}
	}
	seen := map[string]bool{}
	for _, replaced := range [][]string{
		nil, {""}, {strings.Repeat("i", 65)}, {strings.Repeat("i", 10<<10)}, {"a b"}, {`{"a":1}`}, {"a", "b"}, {"ü"}, {"<script>"}, {"a\tb"},
	} {
		id := w.do("GET", "/stats", "", "", header("X-Request-ID", replaced...)).want(401).header.Get("X-Request-ID")
		if len(id) < 20 || len(id) > 64 || seen[id] {
			t.Errorf("%.30q became %q", replaced, id)
		}
		seen[id] = true
	}
}

func TestForwardingHeadersAreNotLookedAt(t *testing.T) {
	w := newWorld(t)
	for _, forwarded := range []string{"1.2.3.4:55", "garbage", strings.Repeat("1.1.1.1,", 1000)} {
		w.do("GET", "/stats", alice, "", header("X-Forwarded-For", forwarded), header("X-Forwarded-Prefix", "/../"), header("X-HTTP-Method-Override", "DELETE")).want(200)
	}
}

// Every exchange of the tests is held to the rules for headers in checkHeaders; this one looks at the values
// that depend on what is answered.
func TestContentTypesNameTheirCharset(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ target, accept, want string }{
		{"/stats", "", "application/json; charset=utf-8"},
		{"/stats", "text/csv", "application/json; charset=utf-8"},
		{"/stats", "image/png", "application/json; charset=utf-8"},
		{"/openapi.json", "", "application/json; charset=utf-8"},
		{"/nowhere", "", "application/problem+json; charset=utf-8"},
		{"/transactions", "text/csv", "text/csv; charset=utf-8; header=present"},
		{"/transactions", "*/*", "application/json; charset=utf-8"},
	} {
		got := w.do("GET", c.target, alice, "", header("Accept", c.accept))
		if media := got.header.Get("Content-Type"); media != c.want {
			t.Errorf("%s as %s: %s", c.target, c.accept, media)
		}
	}
}

func TestClientThatHasGoneIsNoFailureOfTheServers(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	fault := func() error { return ctx.Err() }
	w.auth.fault.Store(&fault)
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, prefix+"/stats", nil)
	r.Header.Set("Authorization", "Bearer "+alice)
	w.handler.ServeHTTP(httptest.NewRecorder(), r)
	if log := w.log.String(); strings.Contains(log, "a request failed") {
		t.Errorf("it was logged:\n%s", log)
	}
}
