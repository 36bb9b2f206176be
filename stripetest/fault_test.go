package stripetest_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/manytenants/payments/stripetest"
)

func newCustomer(key string) *stripe.CustomerParams {
	params := &stripe.CustomerParams{}
	params.SetIdempotencyKey(key)
	return params
}

func TestInjectedErrorsAreStripes(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	for _, injected := range []*stripetest.Error{
		stripetest.RateLimited(), stripetest.LockTimeout(), stripetest.Unavailable(), stripetest.Overloaded(),
		stripetest.KeyExpired(), stripetest.Forbidden("customer_write"), stripetest.InUse(),
	} {
		s.account.Fail(stripetest.Fault{Error: injected, Header: http.Header{"Retry-After": {"7"}}})
		_, err := s.api.Customers.New(nil)
		wantError(t, err, injected.Status, stripe.ErrorCode(injected.Code), "")
		var got *stripe.Error
		if errors.As(err, &got) && got.LastResponse.Header.Get("Retry-After") != "7" {
			t.Errorf("%d came without its header", injected.Status)
		}
	}
	if n := len(s.account.Objects("customer")); n != 0 {
		t.Errorf("%d customers were made", n)
	}
}

// TestSpoiltAnswers shows what each fault does to the answer, to the operation, and to a retry under
// the same idempotency key.
func TestSpoiltAnswers(t *testing.T) {
	for name, test := range map[string]struct {
		fault  stripetest.Fault
		status int // the client sees, 0 for a broken connection
		body   string
		made   int // customers when the fault struck
	}{
		"request lost":      {stripetest.Fault{DropRequest: true}, 0, "", 0},
		"answer lost":       {stripetest.Fault{DropAnswer: true}, 0, "", 1},
		"answer truncated":  {stripetest.Fault{Truncate: true}, 0, "", 1},
		"proxy's 502":       {stripetest.Fault{Answer: stripetest.BadGateway()}, 502, "<html>", 0},
		"proxy's 502 after": {stripetest.Fault{Answer: stripetest.BadGateway(), After: true}, 502, "<html>", 1},
		"redirect":          {stripetest.Fault{Answer: stripetest.Redirected("https://evil.example/")}, 302, "", 0},
		"garbage":           {stripetest.Fault{Answer: stripetest.Garbage(), After: true}, 200, `{"id": `, 1},
		"error after":       {stripetest.Fault{Error: stripetest.Unavailable(), After: true}, 500, "api_error", 1},
		"forbidden":         {stripetest.Fault{Error: stripetest.Forbidden("x")}, 403, "permission", 0},
		"too many":          {stripetest.Fault{Error: stripetest.RateLimited()}, 429, "rate_limit", 0},
		"conflict":          {stripetest.Fault{Error: stripetest.InUse()}, 409, "idempotency_error", 0},
		"another's object":  {stripetest.Fault{AnswerObject: "prod_1", After: true}, 200, `"id": "prod_1"`, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, stripetest.Options{})
			s.oracle.ExpectBroken("POST /v1/customers")
			must(s.api.Products.New(&stripe.ProductParams{ID: stripe.String("prod_1"), Name: stripe.String("Pro")}))(t)
			test.fault.Operation = "POST /v1/customers"
			s.account.Fail(test.fault)
			status, body := s.post("/v1/customers", "key-1")
			if status != test.status || !strings.Contains(body, test.body) {
				t.Errorf("the client sees %d %q", status, body)
			}
			if n := len(s.account.Objects("customer")); n != test.made {
				t.Errorf("%d customers, want %d", n, test.made)
			}
			status, body = s.post("/v1/customers", "key-1")
			if status != http.StatusOK || json.Unmarshal([]byte(body), &map[string]any{}) != nil {
				t.Errorf("the retry gets %d %q", status, body)
			}
			if n := len(s.account.Objects("customer")); n != 1 {
				t.Errorf("%d customers after the retry", n)
			}
			if replayed := s.answered.Get("Idempotent-Replayed") == "true"; replayed != (test.made == 1) {
				t.Errorf("the retry was replayed: %v", replayed)
			}
		})
	}
}

// post sends an empty form without following redirects, and returns status 0 for a broken answer.
func (s *shop) post(path, key string) (int, string) {
	s.t.Helper()
	r := must(http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.web.URL+path, nil))(s.t)
	r.Header.Set("Authorization", "Bearer "+shopKey)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Idempotency-Key", key)
	// A client may send a request with an idempotency key again by itself when it finds its connection closed.
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	answer, err := client.Do(r)
	if err != nil {
		return 0, ""
	}
	body, err := io.ReadAll(answer.Body)
	if closed := answer.Body.Close(); err != nil || closed != nil {
		return 0, ""
	}
	s.answered = answer.Header
	return answer.StatusCode, string(body)
}

func TestServerErrorIsKeptForItsKey(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	s.account.Fail(stripetest.Fault{Error: stripetest.Unavailable()})
	for range 2 {
		_, err := s.api.Customers.New(newCustomer("key-1"))
		wantError(t, err, http.StatusInternalServerError, "", "")
	}
	must(s.api.Customers.New(newCustomer("key-2")))(t)
}

func TestReplayUsesUpNoError(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	must(s.api.Customers.New(newCustomer("key-1")))(t)
	s.account.Fail(stripetest.Fault{Error: stripetest.Overloaded()})
	must(s.api.Customers.New(newCustomer("key-1")))(t)
	_, err := s.api.Customers.New(newCustomer("key-2"))
	wantError(t, err, http.StatusServiceUnavailable, "", "")
}

func TestStalledRequestEndsWithItsClient(t *testing.T) {
	for _, after := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			server, api := inBubble(t, stripetest.Options{})
			account := server.Account(shopKey)
			account.Fail(stripetest.Fault{Operation: "POST /v1/customers", Stall: true, After: after})
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			params := newCustomer("key-1")
			params.Context = ctx
			begin := time.Now()
			if _, err := api.Customers.New(params); err == nil || time.Since(begin) != time.Minute {
				t.Errorf("ended with %v after %v", err, time.Since(begin))
			}
			if n := len(account.Objects("customer")); (n == 1) != after {
				t.Errorf("%d customers were made", n)
			}
			must(api.Customers.New(newCustomer("key-1")))(t)
			if n := len(account.Objects("customer")); n != 1 {
				t.Errorf("%d customers after the retry", n)
			}
		})
	}
}

func TestRandomFaultsFollowTheSeed(t *testing.T) {
	run := func(seed uint64) (struck string) {
		s := newShop(t, stripetest.Options{Seed: seed, Faults: []stripetest.Fault{
			{Rate: 0.2, Times: -1, Error: stripetest.Overloaded()}, {Rate: 0.2, Times: -1, DropAnswer: true},
		}})
		for range 40 {
			s.post("/v1/customers", "")
		}
		for _, r := range s.server.Requests() {
			switch {
			case r.Status == 0:
				struck += "0"
			case r.Faulted:
				struck += "5"
			default:
				struck += "-"
			}
		}
		return struck
	}
	first := run(1)
	if again := run(1); first != again || first == run(2) {
		t.Errorf("faults don't follow the seed: %s, %s", first, again)
	}
	if !strings.Contains(first, "0") || !strings.Contains(first, "5") || strings.Count(first, "-") < 10 {
		t.Errorf("faults struck like %s", first)
	}
}

func TestStopFailingEndsFaults(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	s.account.Fail(stripetest.Fault{Times: -1, Error: stripetest.Unavailable()})
	if _, err := s.api.Customers.New(nil); err == nil {
		t.Error("nothing failed")
	}
	s.account.StopFailing()
	must(s.api.Customers.New(nil))(t)
}

func TestIdempotencyConforms(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	s.server.NewAccount(stripetest.AccountOptions{TestKey: "sk_test_other"})
	s.oracle.ExpectRefusal("POST /v1/customers")
	first := must(s.api.Customers.New(newCustomer("key-1")))(t)

	other := must(s.client("sk_test_other").Customers.New(newCustomer("key-1")))(t)
	if other.ID == first.ID {
		t.Error("a key is shared between accounts")
	}
	_, err := s.api.Products.New(&stripe.ProductParams{Params: stripe.Params{IdempotencyKey: stripe.String("key-1")}, Name: stripe.String("x")})
	wantError(t, err, http.StatusBadRequest, "", "")

	invalid := newCustomer("key-2")
	invalid.AddExtra("nickname", "x")
	_, err = s.api.Customers.New(invalid)
	wantError(t, err, http.StatusBadRequest, stripe.ErrorCodeParameterUnknown, "nickname")
	must(s.api.Customers.New(newCustomer("key-2")))(t) // what was refused as invalid was not kept

	if status, body := s.post("/v1/customers", strings.Repeat("k", 256)); status != http.StatusBadRequest || !strings.Contains(body, "idempotency_error") {
		t.Errorf("a key of 256 characters: %d %s", status, body)
	}

	again := must(s.api.Customers.New(newCustomer("key-1")))(t)
	if header := again.LastResponse.Header; again.ID != first.ID || header.Get("Original-Request") != first.LastResponse.RequestID || again.LastResponse.RequestID == first.LastResponse.RequestID {
		t.Errorf("the replay of %s answers %s %v", first.LastResponse.RequestID, again.ID, header)
	}
	form := url.Values{"email": {"a@example.com"}}
	if status, _ := s.ask(http.MethodPost, "/v1/customers", "", form); status != http.StatusOK {
		t.Errorf("a request without a key: %d", status)
	}
}
