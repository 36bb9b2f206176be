package stripeoracle_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/manytenants/payments/internal/stripeoracle"
)

// witness is a test that notes what it is told instead of failing.
type witness struct {
	testing.TB
	told     []string
	cleanups []func()
}

func (w *witness) Helper() {}

func (w *witness) Cleanup(f func()) { w.cleanups = append(w.cleanups, f) }

func (w *witness) Error(args ...any) { w.told = append(w.told, fmt.Sprint(args...)) }

func (w *witness) Errorf(format string, args ...any) {
	w.told = append(w.told, fmt.Sprintf(format, args...))
}

const (
	deleted  = `{"id":"cus_1","object":"customer","deleted":true}`
	customer = `{"id":"cus_1","object":"customer","created":1,"livemode":false,"shipping":null,"description":null,"email":null%s}`
	refusal  = `{"error":{"type":"invalid_request_error","message":"no"}}`
)

func TestOracleTellsWhatDisagreesWithTheDescription(t *testing.T) {
	for name, test := range map[string]struct {
		request string
		status  int
		answer  string
		want    string // part of what is told, empty for nothing
	}{
		"agrees":                {"POST /v1/customers name=x", 200, fmt.Sprintf(customer, ""), ""},
		"another alternative":   {"GET /v1/customers/cus_1 ", 200, deleted, ""},
		"an error":              {"POST /v1/customers name=x", 402, refusal, ""},
		"unknown parameter":     {"POST /v1/customers nick=x", 200, fmt.Sprintf(customer, ""), "Stripe refuses"},
		"refused by both":       {"POST /v1/customers nick=x", 400, refusal, "Stripe refuses"},
		"missing parameter":     {"POST /v1/prices unit_amount=1", 400, refusal, "Stripe refuses"},
		"unknown operation":     {"GET /v1/nothing ", 404, refusal, "no such operation"},
		"wrong type":            {"POST /v1/customers ", 200, fmt.Sprintf(customer, `,"balance":"1"`), ".balance"},
		"missing field":         {"POST /v1/customers ", 200, `{"id":"cus_1","object":"customer","livemode":false}`, ".created: missing"},
		"invented field":        {"POST /v1/customers ", 200, fmt.Sprintf(customer, `,"nick":"x"`), "no such field"},
		"another object's body": {"POST /v1/customers ", 200, deleted, "missing"},
		"expanded, wrong":       {"GET /v1/invoices?expand[]=data.customer ", 200, `{"object":"list","url":"/v1/invoices","has_more":false,"data":[{"object":"invoice","customer":{"object":"customer","id":7}}]}`, "customer.id"},
		"no JSON":               {"POST /v1/customers ", 200, `<html>`, "no JSON"},
		"wrong error":           {"POST /v1/customers ", 500, `{"error":{"type":"sorry"}}`, ".error.type"},
	} {
		t.Run(name, func(t *testing.T) {
			w := &witness{TB: t}
			ask(t, stripeoracle.New(w, answering("2023-10-16", test.status, test.answer)), test.request)
			if told := strings.Join(w.told, "\n"); (test.want == "") != (told == "") || !strings.Contains(told, test.want) {
				t.Errorf("told %q, want %q", told, test.want)
			}
		})
	}
}

func TestOracleLeavesOtherVersionsAlone(t *testing.T) {
	w := &witness{TB: t}
	ask(t, stripeoracle.New(w, answering("2025-03-31.basil", 200, `{}`)), "POST /v1/customers nick=x")
	if len(w.told) > 0 {
		t.Error(w.told)
	}
}

func TestAnnouncedDeviationsPassAndMustCome(t *testing.T) {
	w := &witness{TB: t}
	oracle := stripeoracle.New(w, answering("2023-10-16", 400, refusal))
	oracle.ExpectRefusal("POST /v1/customers", "POST /v1/prices")
	oracle.ExpectBroken("GET /v1/customers")
	ask(t, oracle, "POST /v1/customers nick=x")
	broken := stripeoracle.New(w, answering("2023-10-16", 200, "<html>"))
	broken.ExpectBroken("GET /v1/customers")
	ask(t, broken, "GET /v1/customers ")
	if len(w.told) > 0 {
		t.Error(w.told)
	}
	for _, cleanup := range w.cleanups {
		cleanup()
	}
	if len(w.told) != 1 || !strings.Contains(w.told[0], "POST /v1/prices") {
		t.Errorf("told %q, want the refusal that never came", w.told)
	}
}

func TestARefusalThatWasNotRefusedIsTold(t *testing.T) {
	w := &witness{TB: t}
	oracle := stripeoracle.New(w, answering("2023-10-16", 200, fmt.Sprintf(customer, "")))
	oracle.ExpectRefusal("POST /v1/customers")
	ask(t, oracle, "POST /v1/customers nick=x")
	if len(w.told) != 1 {
		t.Errorf("told %q", w.told)
	}
}

func answering(version string, status int, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Stripe-Version", version)
		w.WriteHeader(status)
		if _, err := io.WriteString(w, body); err != nil {
			panic(err)
		}
	})
}

// ask sends "METHOD url form" through the oracle.
func ask(t *testing.T, oracle http.Handler, request string) {
	t.Helper()
	parts := strings.Split(request, " ")
	r := httptest.NewRequestWithContext(t.Context(), parts[0], parts[1], strings.NewReader(parts[2]))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	oracle.ServeHTTP(httptest.NewRecorder(), r)
}
