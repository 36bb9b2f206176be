package httpadapter_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// withBody are the operations that read a JSON body.
func withBody() []operation {
	return slices.DeleteFunc(slices.Clone(operations), func(o operation) bool { return o.body == "" })
}

func TestBodiesThatCanBeReadTwoWaysAreMalformed(t *testing.T) {
	w := newWorld(t)
	for name, body := range map[string]string{
		"not JSON":              `price_1`,
		"single quotes":         `{'a':1}`,
		"trailing comma":        `{"a":1,}`,
		"comment":               `{/**/}`,
		"NaN":                   `{"a":NaN}`,
		"cut off":               `{"a":`,
		"blank":                 " \n",
		"byte order mark":       "\xef\xbb\xbf{}",
		"two values":            `{} {}`,
		"trailing text":         `{}x`,
		"duplicate name":        `{"quantity":1,"quantity":2}`,
		"duplicate by escape":   `{"quantity":1,"\u0071uantity":2}`,
		"duplicate inside":      `{"metadata":{"a":"1","a":"2"}}`,
		"duplicate in an array": `{"x":[{"a":1,"a":1}]}`,
		"invalid UTF-8":         "{\"a\":\"\xff\"}",
		"overlong UTF-8":        "{\"a\":\"\xc0\xaf\"}",
		"lone surrogate":        `{"a":"\ud800"}`,
		"reversed surrogates":   `{"a":"\udc00\ud800"}`,
		"control character":     "{\"a\":\"\x01\"}",
		"nested 10,001 deep":    `{"a":` + strings.Repeat("[", 10_001) + strings.Repeat("]", 10_001) + `}`,
	} {
		for _, o := range withBody() {
			if got := w.do(o.method, o.target, o.token, body); got.status != http.StatusBadRequest {
				t.Errorf("%s, %s: %d %s", o.name(), name, got.status, got.body)
			}
		}
	}
	if n := w.door.calls.Load(); n != 0 {
		t.Errorf("Stripe was asked %d times", n)
	}
}

func TestBodiesOfWrongShapeNameTheField(t *testing.T) {
	w := newWorld(t)
	for body, field := range map[string]string{
		`[]`: "body", `null`: "body", `"text"`: "body", `17`: "body", `true`: "body",
		`{"customer":"cus_1"}`: "customer", `{"project_id":"kiosk"}`: "project_id", `{"user_id":"dave"}`: "user_id",
		`{"livemode":true}`: "livemode", `{"":1}`: "body", `{"metadata[project]":"x"}`: "metadata[project]",
		`{"` + strings.Repeat("ü", 5000) + `":1}`: strings.Repeat("ü", 16),
	} {
		for _, o := range withBody() {
			if fields := w.do(o.method, o.target, o.token, body).fields(); !slices.Contains(fields, field) {
				t.Errorf("%s %.50s: %v", o.name(), body, fields)
			}
		}
	}
}

func TestFieldNamesAreExact(t *testing.T) {
	w := newWorld(t)
	for _, o := range withBody() {
		if name, rest, ok := strings.Cut(strings.TrimPrefix(o.body, `{"`), `"`); ok {
			body := `{"` + strings.ToUpper(name) + `"` + rest
			if fields := w.do(o.method, o.target, o.token, body).fields(); !slices.Contains(fields, strings.ToUpper(name)) {
				t.Errorf("%s %s: %v", o.name(), body, fields)
			}
		}
	}
}

func TestMediaTypeMustBeJSON(t *testing.T) {
	w := newWorld(t)
	w.configure()
	for _, o := range withBody() {
		for _, media := range [][]string{
			nil, {""}, {"text/plain"}, {"application/x-www-form-urlencoded"}, {"application/json; charset=latin1"}, {"application/jsonp"},
			{"application/problem+json"}, {"application/json", "application/json"}, {"application/json,text/plain"}, {";"},
		} {
			w.do(o.method, o.target, o.token, o.body, header("Content-Type", media...)).want(http.StatusUnsupportedMediaType)
		}
		for _, coding := range []string{"gzip", "br", "deflate, gzip", "x"} {
			w.do(o.method, o.target, o.token, o.body, header("Content-Encoding", coding)).want(http.StatusUnsupportedMediaType)
		}
	}
	for _, media := range []string{"application/json", "Application/JSON; charset=UTF-8", `application/json;charset="utf-8"`} {
		w.do("PUT", "/stripe/projects/shop/config", alice, `{}`, header("Content-Type", media)).want(200)
	}
}

func TestBodyIsNeededWhereItIsNotOptional(t *testing.T) {
	w := newWorld(t)
	for _, o := range withBody() {
		want := http.StatusBadRequest
		if strings.HasSuffix(o.target, "/cancel-subscription") || strings.HasSuffix(o.target, "/resume-subscription") {
			want = http.StatusNotFound // read as the default, and there is nothing to cancel
		}
		w.do(o.method, o.target, o.token, "").want(want)
	}
}

func TestBodyIsCapped(t *testing.T) {
	w := newWorld(t)
	const limit = 64 << 10
	for _, o := range withBody() {
		for size, tooLarge := range map[int]bool{limit: false, limit + 1: true, 4 << 20: true} {
			body := `{"x":"` + strings.Repeat("x", size-8) + `"}`
			for _, chunked := range []bool{false, true} {
				got := w.do(o.method, o.target, o.token, body, func(r *http.Request) {
					if chunked {
						r.ContentLength = -1
					}
				})
				if want := map[bool]int{false: 422, true: 413}[tooLarge]; got.status != want {
					t.Errorf("%s with %d bytes (chunked %v): %d", o.name(), size, chunked, got.status)
				}
			}
		}
	}
}

func TestCheckoutFieldsAreChecked(t *testing.T) {
	w := newWorld(t)
	w.configure()
	asked := w.door.calls.Load()
	long := strings.Repeat("x", 501)
	for extra, field := range map[string]string{
		`,"quantity":0`: "quantity", `,"quantity":-1`: "quantity", `,"quantity":1.5`: "quantity", `,"quantity":1e3`: "quantity",
		`,"quantity":1.0`: "quantity", `,"quantity":"1"`: "quantity", `,"quantity":null`: "quantity", `,"quantity":true`: "quantity",
		`,"quantity":2147483648`: "quantity", `,"quantity":9223372036854775808`: "quantity", `,"quantity":1000000`: "quantity",
		`,"mode":""`: "mode", `,"mode":"setup"`: "mode", `,"mode":"Payment"`: "mode", `,"mode":null`: "mode", `,"mode":1`: "mode",
		`,"metadata":[]`: "metadata", `,"metadata":"a"`: "metadata", `,"metadata":{"a":1}`: "metadata", `,"metadata":{"a":true}`: "metadata",
		`,"metadata":{"a":null}`: "metadata", `,"metadata":{"a":{}}`: "metadata", `,"metadata":{"a":["b"]}`: "metadata",
		`,"metadata":{"payments_user_id":"dave"}`: "metadata", `,"metadata":{"":"a"}`: "metadata", `,"metadata":{"a":"` + long + `"}`: "metadata",
		`,"metadata":{"` + long[:41] + `":"a"}`: "metadata", `,"metadata":{"a[b]":"a"}`: "metadata", `,"metadata":{"a":"\u0000"}`: "metadata",
		`,"metadata":` + manyEntries(51):       "metadata",
		`,"allow_existing_subscription":1`:     "allow_existing_subscription",
		`,"allow_existing_subscription":null`:  "allow_existing_subscription",
		`,"application_fee_amount":1`:          "application_fee_amount",
		`,"allow_existing_subscription":"yes"`: "allow_existing_subscription",
	} {
		if fields := w.do("POST", "/stripe/checkout-session", carol, checkoutBody("price_1", extra)).fields(); len(fields) != 1 || fields[0] != field {
			t.Errorf("%.60s: %v", extra, fields)
		}
	}
	for _, price := range []string{"", "../../customers", "price_1?x=", "price_%2e%2e", "price 1", `price_\u0000`, strings.Repeat("p", 256)} {
		if fields := w.do("POST", "/stripe/checkout-session", carol, checkoutBody(price, "")).fields(); fields[0] != "price_id" {
			t.Errorf("price %q: %v", price, fields)
		}
	}
	if fields := w.do("POST", "/stripe/checkout-session", carol, `{}`).fields(); !slices.Equal(fields, []string{"price_id", "success_url", "cancel_url"}) {
		t.Errorf("an empty body: %v", fields)
	}
	if n := w.door.calls.Load(); n != asked {
		t.Errorf("Stripe was asked %d times", n-asked)
	}
}

func manyEntries(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(`,"k` + strings.Repeat("k", i%30) + string(rune('a'+i/30)) + `":"v"`)
	}
	return "{" + b.String()[1:] + "}"
}

func TestURLsMustBeOfAnAllowedOrigin(t *testing.T) {
	w := newWorld(t)
	w.configure()
	asked := w.door.calls.Load()
	for _, url := range []string{
		"javascript:alert(1)", "data:text/html,x", "//app.example/", "https:app.example", "https://u@app.example/", `https://app.example\\@evil/`,
		"https://sub.app.example/", "https://example/", "https://app.example.evil/", "https://app.example:444/", "http://app.example/",
		"https://аpp.example/", "https://xn--pp-7kc.example/", "https://app.example./", "https://APP.example/", "https://127.0.0.1/",
		`https://app.example/\r\nX: y`, `https://app.example/\t`, " https://app.example/", "/account", "https://app.example" + strings.Repeat("/x", 1100),
	} {
		checkout := `{"price_id":"price_1","success_url":"` + url + `","cancel_url":"` + url + `"}`
		if fields := w.do("POST", "/stripe/checkout-session", carol, checkout).fields(); !slices.Equal(fields, []string{"success_url", "cancel_url"}) {
			t.Errorf("%q: %v", url, fields)
		}
		if fields := w.do("POST", "/stripe/customer-portal", carol, `{"return_url":"`+url+`"}`).fields(); !slices.Equal(fields, []string{"return_url"}) {
			t.Errorf("%q: %v", url, fields)
		}
	}
	if n := w.door.calls.Load(); n != asked {
		t.Errorf("Stripe was asked %d times", n-asked)
	}
}

func TestOtherFieldsAreChecked(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ target, token, body, field string }{
		{"/stripe/update-subscription", carol, `{}`, "new_price_id"},
		{"/stripe/update-subscription", carol, `{"new_price_id":null}`, "new_price_id"},
		{"/stripe/update-subscription", carol, `{"new_price_id":"price_../.."}`, "new_price_id"},
		{"/stripe/update-subscription", carol, `{"new_price_id":"p","proration_behavior":""}`, "proration_behavior"},
		{"/stripe/update-subscription", carol, `{"new_price_id":"p","proration_behavior":"all"}`, "proration_behavior"},
		{"/stripe/update-subscription", carol, `{"new_price_id":"p","quantity":0}`, "quantity"},
		{"/stripe/update-subscription", carol, `{"new_price_id":"p","quantity":1000000}`, "quantity"},
		{"/stripe/update-subscription", carol, `{"new_price_id":"p","subscription_id":"sub_1"}`, "subscription_id"},
		{"/stripe/cancel-subscription", carol, `{"cancel_immediately":"true"}`, "cancel_immediately"},
		{"/stripe/cancel-subscription", carol, `{"cancel_immediately":null}`, "cancel_immediately"},
		{"/stripe/cancel-subscription", carol, `{"subscription_id":"sub_1"}`, "subscription_id"},
		{"/stripe/resume-subscription", carol, `{"cancel_immediately":true}`, "cancel_immediately"},
		{"/stripe/projects/shop/validate-credentials", alice, `{}`, "secret_key"},
		{"/stripe/projects/shop/validate-credentials", alice, `{"secret_key":""}`, "secret_key"},
		{"/stripe/projects/shop/validate-credentials", alice, `{"secret_key":"` + testKey + `","is_test_mode":1}`, "is_test_mode"},
	} {
		if fields := w.do("POST", c.target, c.token, c.body).fields(); !slices.Equal(fields, []string{c.field}) {
			t.Errorf("%s %s: %v", c.target, c.body, fields)
		}
	}
}
