package payments

import (
	"context"
	"errors"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestIdentifiersKeepToTheirCharacters(t *testing.T) {
	for id, want := range map[string]bool{
		"a": true, "018f3b1e-7c1a-7000-8000-000000000000": true, "A.b_c~d-9": true, "...": true, strings.Repeat("x", 128): true,
		"": false, ".": false, "..": false, strings.Repeat("x", 129): false,
		"a b": false, "a/b": false, "a%2fb": false, "a\x00": false, "a\n": false, "ü": false, "a\xff": false, "a:b": false, "a+b": false, "a@b": false, "'": false, "\"": false, ";": false,
	} {
		if ProjectID(id).Valid() != want || UserID(id).Valid() != want {
			t.Errorf("%q: valid %v, want %v", id, ProjectID(id).Valid(), want)
		}
	}
	for mode, want := range map[Mode]bool{Test: true, Live: true, "": false, "Live": false, "LIVE": false, "prod": false, "test ": false, "test;x": false} {
		if mode.Valid() != want {
			t.Errorf("mode %q: valid %v", mode, mode.Valid())
		}
	}
}

func TestStripeIDsFitIntoAPath(t *testing.T) {
	for id, want := range map[string]bool{
		"price_1Abc": true, "gold-monthly": true, "1": true, strings.Repeat("x", 255): true,
		"": false, strings.Repeat("x", 256): false, "price_../../customers": false, "sub_?x=": false, "cus_%2e%2e": false, "a b": false, "a.b": false, "a\x00": false, "ü": false, "a/b": false, "a#b": false,
	} {
		if validStripeID(id) != want {
			t.Errorf("%q: valid %v", id, !want)
		}
	}
}

func TestBackoffDoublesWithinItsBounds(t *testing.T) {
	for attempts, full := range map[int]time.Duration{
		-1: time.Second, 0: time.Second, 1: time.Second, 2: 2 * time.Second, 3: 4 * time.Second, 9: 256 * time.Second, 10: 512 * time.Second,
		11: lastRetry, 19: lastRetry, 20: lastRetry, 64: lastRetry, 1 << 30: lastRetry,
	} {
		seen := map[time.Duration]bool{}
		for range 200 {
			wait := backoff(attempts)
			if wait < full/2 || wait > full {
				t.Fatalf("after %d attempts: %v, want %v to %v", attempts, wait, full/2, full)
			}
			seen[wait] = true
		}
		if len(seen) < 10 {
			t.Errorf("after %d attempts all retries fall together", attempts)
		}
	}
}

// No option may ever make an unsigned webhook acceptable, or let a zero value stand for less safety.
func TestOptionsHaveNoUnsafeSwitch(t *testing.T) {
	for field := range reflect.TypeFor[Options]().Fields() {
		name := strings.ToLower(field.Name)
		for _, word := range []string{"insecure", "skip", "disable", "unsigned", "unverified", "allow", "debug", "tolerance"} {
			if strings.Contains(name, word) {
				t.Errorf("Options.%s", field.Name)
			}
		}
	}
}

func TestNewNamesEveryProblemAndItsRemedy(t *testing.T) {
	s, err := New(nil, nil, nil, &Options{PublicURL: "api.example", StripeURL: "x", RedirectOrigins: []string{"https://ok.example", "https://app.example/", "*"}})
	if err == nil || s != nil {
		t.Fatal("a Service was made of nothing")
	}
	for _, part := range []string{
		"Store", "store/sqlite", "SecretCipher", "NewKeyRing", "Auth", "jwtauth", "Options.PublicURL", "https://api.example.com", "Options.StripeURL",
		`"https://app.example/"`, `"*"`, "http://localhost:3000",
	} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%v\n\ndoesn't mention %s", err, part)
		}
	}
	if strings.Contains(err.Error(), `"https://ok.example"`) {
		t.Errorf("%v\n\nblames an origin that is one", err)
	}
	for _, problem := range []struct {
		what string
		opts Options
	}{
		{"a query", Options{PublicURL: "https://api.example?x=1"}},
		{"a fragment", Options{PublicURL: "https://api.example#x"}},
		{"another scheme", Options{PublicURL: "ftp://api.example"}},
		{"credentials", Options{PublicURL: "https://me:pass@api.example"}},
		{"a space", Options{StripeURL: "https://api example"}},
	} {
		if _, err := problem.opts.withDefaults(); err == nil {
			t.Errorf("a URL with %s was taken", problem.what)
		}
	}
}

func TestZeroOptionsWork(t *testing.T) {
	for _, o := range []*Options{nil, {}} {
		d, err := o.withDefaults()
		if err != nil || d.StripeURL != "https://api.stripe.com" || d.MountPath != "/api/v1/payments" || d.Workers != 16 || d.Logger == nil || d.Now == nil || d.LoopbackRedirects || d.OnChange != nil {
			t.Errorf("%+v, %v", d, err)
		}
	}
	given := Options{RedirectOrigins: []string{"https://ok.example"}, MountPath: "pay/", Workers: -1}
	d, err := given.withDefaults()
	given.RedirectOrigins[0] = "https://evil.example"
	if err != nil || d.RedirectOrigins[0] != "https://ok.example" || d.MountPath != "/pay" || d.Workers != -1 {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestErrorsUnwrapToKindAndCause(t *testing.T) {
	err := wrapError(ErrUnavailable, "message", io.ErrUnexpectedEOF)
	if !errors.Is(err, ErrUnavailable) || !errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), "message") {
		t.Error(err)
	}
	if err := newError(ErrForbidden, ""); !errors.Is(err, ErrForbidden) || !strings.Contains(err.Error(), "forbidden") {
		t.Error(err)
	}
	for cause, want := range map[error]error{
		ErrNotFound: ErrNotFound, ErrConflict: ErrConflict, context.DeadlineExceeded: ErrTimeout, context.Canceled: ErrUnavailable,
		io.EOF: ErrUnavailable, newError(ErrForbidden, ""): ErrForbidden,
	} {
		if err := storeError(cause); !errors.Is(err, want) {
			t.Errorf("%v became %v", cause, err)
		}
	}
	if storeError(nil) != nil || projectError(io.EOF) == nil || tokenError(nil) != nil {
		t.Error("nil is no error, and an error is no nil")
	}
}

func TestMetadataKeepsToStripesLimitsAndOurKeys(t *testing.T) {
	many := func(n int) map[string]string {
		m := map[string]string{}
		for i := range n {
			m[strings.Repeat("k", i%30+1)+string(rune('a'+i/30))] = "v"
		}
		return m
	}
	for name, c := range map[string]struct {
		metadata map[string]string
		ok       bool
	}{
		"none": {nil, true}, "48": {many(48), true}, "49": {many(49), false},
		"key of 40": {map[string]string{strings.Repeat("ü", 40): ""}, true}, "key of 41": {map[string]string{strings.Repeat("k", 41): ""}, false}, "empty key": {map[string]string{"": "v"}, false},
		"brackets": {map[string]string{"a[b]": "v"}, false}, "ours": {map[string]string{"payments_user_id": "mallory"}, false}, "our prefix": {map[string]string{"payments_x": "v"}, false},
		"like ours": {map[string]string{"Payments_user_id": "v", "xpayments_": "v"}, true},
		"value 500": {map[string]string{"k": strings.Repeat("ü", 500)}, true}, "value 501": {map[string]string{"k": strings.Repeat("v", 501)}, false},
		"NUL": {map[string]string{"k": "a\x00"}, false}, "not UTF-8": {map[string]string{"k\xff": "v"}, false},
	} {
		var check checks
		checkMetadata(&check, c.metadata)
		if got := fieldsOf(t, check.err()); c.ok != (got == nil) || !c.ok && !slices.Equal(got, []string{"metadata"}) {
			t.Errorf("%s: refused for %v", name, got)
		}
	}
	r := CheckoutRequest{Metadata: map[string]string{metaUser: "mallory", "k": "v"}}
	if m := r.metadata("proj", "alice"); m[metaUser] != "alice" || m[metaProject] != "proj" || m["k"] != "v" || len(m) != 3 {
		t.Errorf("%v", m)
	}
}

func TestSessionKeysOfDifferentCallersDiffer(t *testing.T) {
	seen := map[string]bool{}
	for _, project := range []ProjectID{"a", "b", "ab"} {
		for _, mode := range []Mode{Test, Live} {
			for _, user := range []UserID{"a", "b", "ba"} {
				for _, customer := range []string{"a", "ab"} {
					for _, key := range []string{"a", "b", strings.Repeat("k", 255)} {
						c := Customer{Project: project, Mode: mode, User: user}
						k := sessionKey(c, customer, key)
						if seen[k] || len(k) > 255 || k != sessionKey(c, customer, key) {
							t.Errorf("%v %s %s: %q", c, customer, key, k)
						}
						seen[k] = true
					}
				}
			}
		}
	}
	if sessionKey(Customer{}, "a", "") != "" {
		t.Error("no key became one")
	}
}
