// Package routertest checks that a router serves the payments API beside its own routes.
package routertest

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// Check asks a router for routes of both kinds, with and without a token.
func Check(t *testing.T, router http.Handler) {
	t.Helper()
	server := httptest.NewServer(router)
	defer server.Close()
	for _, try := range []struct {
		path, token string
		status      int
	}{
		{"/healthz", "", http.StatusNoContent},
		{"/api/v1/payments/stats", "token-of-ada", http.StatusOK},
		{"/api/v1/payments/stripe/projects/notes/config", "token-of-ada", http.StatusOK},
		{"/api/v1/payments/stripe/my-subscription", "token-of-mia", http.StatusOK},
		{"/api/v1/payments/stats", "", http.StatusUnauthorized},
		{"/api/v1/payments/openapi.json", "", http.StatusOK},
		{"/api/v1/payments/nothing", "token-of-ada", http.StatusNotFound},
		{"/elsewhere", "token-of-ada", http.StatusNotFound},
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+try.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if try.token != "" {
			request.Header.Set("Authorization", "Bearer "+try.token)
		}
		response, err := server.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != try.status {
			t.Errorf("GET %s: status %d, want %d", try.path, response.StatusCode, try.status)
		}
	}
}
