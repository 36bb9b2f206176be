package httpadapter_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// raw sends text as it is, ends its sending side, and returns the answer.
func (w *world) raw(request string) (status int, body string) {
	w.t.Helper()
	conn, err := net.Dial("tcp", w.web.Listener.Addr().String())
	w.must(err)
	defer func() { _ = conn.Close() }()
	_, err = io.WriteString(conn, request)
	w.must(err)
	w.must(conn.(*net.TCPConn).CloseWrite())
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	w.must(err)
	text, err := io.ReadAll(response.Body)
	w.must(err)
	w.must(response.Body.Close())
	return response.StatusCode, string(text)
}

func TestUncleanPathsAreNotFoundAndNeverRedirected(t *testing.T) {
	w := newWorld(t)
	asked := w.auth.calls.Load()
	for _, path := range []string{
		"/", "//", "", "/stats/", "//stats", "/./stats", "/x/../stats", "/%2e%2e/payments/stats", "/stripe//my-payments",
		"/stripe/projects//config", "/stripe/projects/./config", "/stripe/projects/../config", "/stripe/projects/%2e%2e/config",
		"/stripe/projects/p%2F1/config", "/stripe/projects/p%00/config", "/stripe/projects/p%ff/config", "/stripe/projects/p%5c/config",
		"/stripe/projects/a%20b/config", "/stripe/projects/a%25b/config", "/stripe/projects/ü/config", "/stripe%2Fmy-payments",
		"/stripe/projects/a;b/config", "/stripe/projects/a'or'1'='1/config", "/stripe/projects/{project_id}/config",
		"/stripe/projects/" + strings.Repeat("a", 129) + "/config", "/" + strings.Repeat("a/", 5000), "/STATS", "/stats.json",
	} {
		for _, method := range []string{"GET", "POST", "TRACE"} {
			request := fmt.Sprintf("%s %s%s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n", method, prefix, path, alice)
			status, body := w.raw(request)
			if status != http.StatusNotFound || !strings.Contains(body, `"urn:payments:no-such-path"`) {
				t.Errorf("%s %q: %d %s", method, path, status, body)
			}
		}
	}
	if w.auth.calls.Load() != asked {
		t.Error("the host was asked about an identifier that can't be one")
	}
}

func TestOddRequestTargetsAreNotFound(t *testing.T) {
	w := newWorld(t)
	for _, target := range []string{"*", "http://other.example/", "http://x" + prefix} {
		status, _ := w.raw("GET " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		if status != http.StatusNotFound {
			t.Errorf("%s: %d", target, status)
		}
	}
}

func TestEveryCharacterOfAnIdentifierIsAccepted(t *testing.T) {
	w := newWorld(t)
	for _, id := range []string{"A.b_c~d-9", strings.Repeat("z", 128), "...", "%7e%41"} {
		got := w.do("GET", "/stripe/projects/"+id+"/config", alice, "").want(404)
		if got.json()["type"] != "urn:payments:not-found" {
			t.Errorf("%s didn't reach the route: %s", id, got.body)
		}
	}
}

func TestOtherMethodsAreToldWhichAreAllowed(t *testing.T) {
	w := newWorld(t)
	for target, allow := range map[string]string{
		"/stripe/projects/shop/config": "DELETE, GET, HEAD, PUT",
		"/stripe/checkout-session":     "POST",
		"/stats":                       "GET, HEAD",
		"/stripe/webhooks/shop/test":   "POST",
	} {
		for _, method := range []string{"PATCH", "OPTIONS", "TRACE", "BREW"} {
			got := w.do(method, target, "", "").want(http.StatusMethodNotAllowed)
			if got.header.Get("Allow") != allow {
				t.Errorf("%s %s: Allow %q, want %q", method, target, got.header.Get("Allow"), allow)
			}
		}
	}
	w.do("GET", "/stripe/webhooks/shop/test", "", "").want(405)
}

func TestHeadIsGetWithoutBody(t *testing.T) {
	w := newWorld(t)
	for _, target := range []string{"/stats", "/openapi.json"} {
		if got := w.do("HEAD", target, alice, "").want(200); got.body != "" {
			t.Errorf("%s: %s", target, got.body)
		}
	}
	if got := w.do("HEAD", "/transactions", alice, "", header("Accept", "text/csv")).want(200); got.body != "" {
		t.Errorf("CSV: %s", got.body)
	}
	w.do("HEAD", "/stats", "", "").want(401)
}
