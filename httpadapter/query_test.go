package httpadapter_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestTestModeThatCantBeReadIsNeverLive(t *testing.T) {
	w := newWorld(t)
	w.configure()
	for _, o := range operations {
		if strings.HasPrefix(o.target, "/stripe/projects/shop/") && o.method != "GET" || strings.HasSuffix(o.target, "/config") ||
			strings.HasSuffix(o.target, "/webhook-urls") || o.target == "/projects" {
			continue // they have no test_mode
		}
		for _, query := range []string{
			"test_mode=False", "test_mode=FALSE", "test_mode=0", "test_mode=no", "test_mode=", "test_mode", "test_mode=%20false",
			"test_mode=true&test_mode=false", "test_mode=false&test_mode=false", "test_mode=false%00",
		} {
			if fields := w.do(o.method, o.target+"?"+query, o.token, o.body).fields(); fields[0] != "test_mode" {
				t.Errorf("%s?%s: %v", o.name(), query, fields)
			}
		}
		for _, query := range []string{"test_mode=%zz", "a;b=1&test_mode=false", "%"} {
			if fields := w.do(o.method, o.target+"?"+query, o.token, o.body).fields(); fields[0] != "query" {
				t.Errorf("%s?%s: %v", o.name(), query, fields)
			}
		}
	}
	if n := len(w.live.Requests()); n != 0 {
		t.Errorf("%d requests reached Stripe's live mode", n)
	}
}

func TestPagesAreCheckedOnEveryList(t *testing.T) {
	w := newWorld(t)
	lists := map[string]string{
		"/stripe/projects/shop/subscriptions": alice, "/stripe/projects/shop/payments": alice, "/subscriptions": alice,
		"/transactions": alice, "/stripe/my-payments": carol,
	}
	for target, token := range lists {
		for query, field := range map[string]string{
			"page=0": "page", "page=-1": "page", "page=abc": "page", "page=1.0": "page", "page=%2B1": "page", "page=": "page", "page=1&page=2": "page",
			"page=2147483648": "page", "page=99999999999999999999": "page", "page=21474837": "page", "page=0x1": "page", "page=1_0": "page",
			"page_size=0": "page_size", "page_size=-1": "page_size", "page_size=101": "page_size", "page_size=1000000000": "page_size",
			"page_size=all": "page_size", "cursor=": "cursor", "cursor=abc": "cursor", "cursor=" + strings.Repeat("A", 600): "cursor",
			"cursor=AAAA&cursor=BBBB": "cursor", "cursor=" + url.QueryEscape("' OR 1=1 --"): "cursor",
		} {
			if fields := w.do("GET", target+"?"+query, token, "").fields(); fields[0] != field {
				t.Errorf("%s?%s: %v", target, query, fields)
			}
		}
		empty := w.do("GET", target, token, "").want(200).json()
		mustHave(t, empty, map[string]any{"total": 0.0, "page": 1.0, "page_size": 50.0, "next_cursor": nil})
		far := w.do("GET", target+"?page=21474836&page_size=100", token, "").want(200).json()
		mustHave(t, far, map[string]any{"total": 0.0, "page": 21474836.0, "page_size": 100.0})
	}
}

func TestFiltersAreChecked(t *testing.T) {
	w := newWorld(t)
	for _, target := range []string{"/subscriptions", "/transactions"} {
		for query, field := range map[string]string{
			"project_id=": "project_id", "project_id=..": "project_id", "project_id=a%20b": "project_id", "project_id=a&project_id=b": "project_id",
			"project_id=" + strings.Repeat("a", 129): "project_id", "status=": "status", "status=%25": "status", "status=a'b": "status",
			"status=active&status=active": "status", "status=" + strings.Repeat("a", 10<<10): "status", "status=%00": "status",
			"created_after=": "created_after", "created_after=yesterday": "created_after", "created_after=2026-01-24": "created_after",
			"created_after=2026-13-01T00:00:00Z": "created_after", "created_after=1769248800": "created_after",
			"created_before=2026-01-24T10:00:00": "created_before", "created_before=2026-01-24T10:00:00+00:00": "created_before",
			"created_before=2026-01-24T10:00:00Z&created_before=2026-01-24T10:00:00Z": "created_before",
		} {
			if fields := w.do("GET", target+"?"+query, alice, "").fields(); fields[0] != field {
				t.Errorf("%s?%s: %v", target, query, fields)
			}
		}
		w.do("GET", target+"?created_after=2026-01-24T10:00:00%2B02:00&created_before=2026-02-01T00:00:00.5Z", alice, "").want(200)
	}
	w.do("GET", "/subscriptions?status=a_status_of_next_year", alice, "").want(200)
	if fields := w.do("GET", "/transactions?status=active", alice, "").fields(); fields[0] != "status" {
		t.Errorf("%v", fields)
	}
}

func TestUnknownParametersAreIgnored(t *testing.T) {
	w := newWorld(t)
	w.do("GET", "/stats?utm_source=mail&utm_source=web&limit=abc", alice, "").want(http.StatusOK)
}

func TestAllThatIsWrongIsToldAtOnce(t *testing.T) {
	w := newWorld(t)
	got := w.do("GET", "/transactions?test_mode=x&status=x&created_after=x&created_before=x&project_id=!&page=x&page_size=x&cursor=", alice, "")
	if fields := got.fields(); len(fields) != 8 {
		t.Errorf("%v", fields)
	}
}
