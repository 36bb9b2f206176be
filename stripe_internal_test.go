package payments

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// PostgreSQL can't hold a NUL, and SQLite's length() stops at one: both stores must get the same text.
func TestNULInStripesTextIsReplaced(t *testing.T) {
	for text, want := range map[string]string{
		`a\u0000b`:              "a\ufffdb",
		`\u0000`:                "\ufffd",
		`\u0000\u0000x`:         "\ufffd\ufffdx",
		`\\u0000`:               `\u0000`,
		`\\\u0000`:              "\\\ufffd",
		`\\\\u0000`:             `\\u0000`,
		`\u00001`:               "\ufffd1",
		`\ud800`:                "\ufffd", // a lone surrogate
		"\xff":                  "\ufffd",
		`\u202ertl`:             "\u202ertl",
		`"`[1:] + `plain\"\n\/`: "plain\"\n/",
	} {
		a := answer{body: []byte(`{"object":"billing_portal.session","url":"` + text + `"}`)}
		var p portalObject
		if err := a.decode(&p); err != nil || p.URL != want {
			t.Errorf("%s: %q, %v, want %q", text, p.URL, err, want)
		}
	}
	for _, body := range []string{`\`, `{"\u0000`, `\u000`, `"\u0000\`, ``} {
		if err := (&answer{body: []byte(body)}).decode(&portalObject{}); !errors.Is(err, ErrUnavailable) {
			t.Errorf("%q: %v", body, err)
		}
	}
}

// stripeAt opens a Stripe that is an HTTP handler.
func stripeAt(t *testing.T, h http.HandlerFunc) stripeAPI {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	opts, err := (&Options{StripeURL: server.URL}).withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	return newGateway(&opts).open(NewSecret(canary))
}

func answering(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func TestStripesAnswersBecomeKinds(t *testing.T) {
	refusal := func(kind, code, param string) string {
		return fmt.Sprintf(`{"error":{"type":%q,"code":%q,"param":%q,"message":"about %s and cus_secret@example.com"}}`, kind, code, param, canary)
	}
	for _, c := range []struct {
		status int
		body   string
		kind   error
	}{
		{400, refusal("invalid_request_error", "", "items"), ErrStripeRefused},
		{400, refusal("idempotency_error", "", ""), ErrConflict},
		{401, refusal("invalid_request_error", "", ""), ErrStripeRefused},
		{402, refusal("card_error", "card_declined", ""), ErrBadRequest},
		{403, refusal("invalid_request_error", "", ""), ErrStripeRefused},
		{404, refusal("invalid_request_error", "resource_missing", "id"), ErrStripeRefused},
		{418, refusal("invalid_request_error", "", ""), ErrStripeRefused},
		{429, refusal("invalid_request_error", "rate_limit", ""), ErrUnavailable},
		{500, refusal("api_error", "", ""), ErrUnavailable},
		{502, "<html>" + canary + "</html>", ErrUnavailable},
		{302, "", ErrUnavailable},
		{200, "", ErrUnavailable},
		{200, "null", ErrUnavailable},
		{200, canary, ErrUnavailable},
		{200, `[]`, ErrUnavailable},
		{200, `{"object":"account","id":"acct_1"}`, ErrUnavailable},
		{200, `{"object":"customer","id":"cus_2"}`, ErrUnavailable},
		{200, `{"object":"subscription","id":"cus_1"}`, ErrUnavailable},
		{200, `{"object":"customer","id":"cus_1`, ErrUnavailable},
		{200, `{"object":"customer","id":"cus_1"}`, nil},
	} {
		api := stripeAt(t, answering(c.status, c.body))
		quick, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond) // no retry of stripe-go's fits
		err := api.get(quick, "/v1/customers", "cus_1", &customerObject{})
		cancel()
		retried := c.status == 502 || c.status == 500 || !strings.Contains(c.body, "{") || c.body == `{"object":"customer","id":"cus_1`
		if c.kind == nil && err == nil || errors.Is(err, c.kind) || retried && errors.Is(err, ErrTimeout) {
			if err != nil && (leaks(err.Error()) || strings.Contains(err.Error(), "example.com")) {
				t.Errorf("%d %s: the error passes Stripe's text on: %v", c.status, c.body, err)
			}
			continue
		}
		t.Errorf("%d %s: %v, want %v", c.status, c.body, err, c.kind)
	}
}

func TestRedirectOfStripesIsNotFollowed(t *testing.T) {
	followed := false
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { followed = true }))
	defer target.Close()
	api := stripeAt(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, target.URL, http.StatusFound) })
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := api.get(ctx, "/v1/customers", "cus_1", &customerObject{}); err == nil || followed {
		t.Errorf("%v, followed %v", err, followed)
	}
}

func TestStripeIsAskedWithoutTelemetryAndInThePinnedVersion(t *testing.T) {
	var headers []http.Header
	api := stripeAt(t, func(w http.ResponseWriter, r *http.Request) {
		headers = append(headers, r.Header.Clone())
		w.Header().Set("Request-Id", "req_of_a_tenant")
		_, _ = io.WriteString(w, `{"object":"customer","id":"cus_1"}`)
	})
	for range 3 {
		if err := api.get(t.Context(), "/v1/customers", "cus_1", &customerObject{}); err != nil {
			t.Fatal(err)
		}
	}
	for _, h := range headers {
		if h.Get("X-Stripe-Client-Telemetry") != "" || h.Get("Stripe-Version") != "2023-10-16" || h.Get("Authorization") != "Bearer "+canary {
			t.Errorf("%v", h)
		}
	}
}

func TestRateLimitSaysWhenToTryAgain(t *testing.T) {
	for header, want := range map[string]time.Duration{"": time.Second, "7": 7 * time.Second, "0": time.Second, "-5": time.Second, "soon": time.Second, "86400": time.Second} {
		api := stripeAt(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", header)
			answering(429, `{"error":{"type":"invalid_request_error","code":"rate_limit"}}`)(w, nil)
		})
		err := api.get(t.Context(), "/v1/customers", "cus_1", &customerObject{})
		var e *Error
		if !errors.As(err, &e) || e.RetryAfter != want {
			t.Errorf("Retry-After %q: %v", header, err)
		}
	}
}

func TestStalledStripeTimesOut(t *testing.T) {
	release := make(chan struct{})
	api := stripeAt(t, func(http.ResponseWriter, *http.Request) { <-release })
	defer close(release)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := api.get(ctx, "/v1/customers", "cus_1", &customerObject{}); !errors.Is(err, ErrTimeout) {
		t.Error(err)
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	if err := api.get(gone, "/v1/customers", "cus_1", &customerObject{}); !errors.Is(err, ErrUnavailable) {
		t.Errorf("a caller who went away: %v", err)
	}
}
