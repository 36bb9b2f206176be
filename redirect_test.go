package payments

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

const allowedOrigin = "https://ok.example"

func redirectAllowed(r redirects, raw string) bool {
	var c checks
	r.check(&c, "success_url", raw)
	return c.err() == nil
}

// hostileURLs lead, or might lead in some reader's eyes, away from https://ok.example.
var hostileURLs = []string{
	"",
	"javascript:alert(1)",
	"javascript://ok.example/%0aalert(1)",
	"data:text/html,<script>alert(1)</script>",
	"//ok.example/",
	"//evil.example",
	"https:ok.example",
	"https:/ok.example",
	"https:///ok.example",
	"https:evil.example",
	"ok.example",
	"/thanks",
	"?x=https://ok.example",
	"#https://ok.example",
	"https://",
	"https://evil.example",
	"https://evil.example/https://ok.example",
	"https://evil.example#https://ok.example",
	"https://evil.example?https://ok.example",
	"https://ok.example@evil.example",
	"https://ok.example:x@evil.example",
	"https://user@ok.example",
	"https://user:pass@ok.example/",
	"https://@ok.example/",
	`https://evil.example\@ok.example`,
	`https://ok.example\.evil.example`,
	`https:\\ok.example`,
	"https://sub.ok.example",
	"https://ok.example.evil.example",
	"https://notok.example",
	"https://example",
	"https://ok.example:444",
	"https://ok.example:443",
	"https://ok.example:",
	"http://ok.example",
	"ftp://ok.example",
	"HTTPS://ok.example",
	"https://OK.example",
	"https://ok.example.",
	"https://ok%2eexample",
	"https://ok.example%2f@evil.example",
	"https://ok.example%00.evil.example",
	"https://оk.example", // a Cyrillic о
	"https://xn--k-9sb.example",
	"https://ok。example",
	"https://127.0.0.1",
	"https://2130706433",
	"https://0x7f.1",
	"https://[::1]/",
	"https://ok.example\r\nSet-Cookie: x=1",
	"https://ok.example/\r\n",
	"https://ok.example/\n",
	"https://ok.exam\tple",
	"\thttps://ok.example",
	" https://ok.example",
	"https://ok.example ",
	"https://ok.example/a b",
	"https://ok.example/\x00",
	"https://ok.example/\x7f",
	"https://ok.example/ü",
	"https://ok.example{CHECKOUT_SESSION_ID}",
	"https://{CHECKOUT_SESSION_ID}.ok.example",
	"https://ok.example/" + strings.Repeat("x", maxURLLength),
	"view-source:https://ok.example",
	"blob:https://ok.example/1",
}

func TestHostileRedirectsAreRefused(t *testing.T) {
	if len(hostileURLs) < 24 {
		t.Fatalf("only %d", len(hostileURLs))
	}
	for _, loopback := range []bool{false, true} {
		for _, raw := range hostileURLs {
			if redirectAllowed(redirects{origins: []string{allowedOrigin}, loopback: loopback}, raw) {
				t.Errorf("%q was allowed", raw)
			}
		}
	}
}

func TestRedirectsOfAnAllowedOriginPass(t *testing.T) {
	r := redirects{origins: []string{"https://other.example:8443", allowedOrigin}}
	for _, raw := range []string{
		"https://ok.example",
		"https://ok.example/",
		"https://ok.example?x=1",
		"https://ok.example#done",
		"https://ok.example/thanks?session_id={CHECKOUT_SESSION_ID}",
		"https://ok.example/{CHECKOUT_SESSION_ID}#{CHECKOUT_SESSION_ID}",
		"https://ok.example/a/../b//c;d=e?x=https://evil.example/@y",
		"https://ok.example/%0d%0a%00",
		"https://other.example:8443/x",
	} {
		if !redirectAllowed(r, raw) {
			t.Errorf("%q was refused", raw)
		}
	}
}

func TestNoOriginsAllowNoRedirect(t *testing.T) {
	for _, raw := range append(slices.Clone(hostileURLs), allowedOrigin, "http://localhost:3000", "http://127.0.0.1") {
		if redirectAllowed(redirects{}, raw) {
			t.Errorf("%q was allowed", raw)
		}
		if redirectAllowed(redirects{origins: []string{""}}, raw) {
			t.Errorf("%q was allowed by an empty origin", raw)
		}
	}
}

func TestLoopbackRedirectsAreExactlyLoopback(t *testing.T) {
	r := redirects{loopback: true}
	for raw, want := range map[string]bool{
		"http://localhost":                                true,
		"http://localhost/x":                              true,
		"http://localhost:3000/x":                         true,
		"http://127.0.0.1:65535/?x={CHECKOUT_SESSION_ID}": true,
		"https://localhost":                               false,
		"http://localhost.evil.example":                   false,
		"http://localhost@evil.example":                   false,
		"http://evil.example#localhost":                   false,
		"http://127.0.0.2":                                false,
		"http://127.0.0.1.evil.example":                   false,
		"http://0.0.0.0":                                  false,
		"http://[::1]":                                    false,
		"http://localhost:port":                           false,
		"http://localhost:{CHECKOUT_SESSION_ID}":          false,
		"http://LOCALHOST":                                false,
		"http://127.1":                                    false,
	} {
		if got := redirectAllowed(r, raw); got != want {
			t.Errorf("%q: allowed %v, want %v", raw, got, want)
		}
	}
}

func TestOriginsAreOriginsAlone(t *testing.T) {
	for text, want := range map[string]bool{
		"https://app.example": true, "http://localhost:3000": true, "https://[::1]:8080": true,
		"https://app.example/": false, "https://app.example/x": false, "app.example": false, "https://": false, "": false,
		"https://*.example":     true, // a star is no wildcard: it only ever matches itself
		"https://app.example?x": false, "https://app.example#": false, "https://user@app.example": false, "HTTPS://app.example": false,
		"https://app.example ": false, "*": false, "null": false, "file://x": false, "chrome-extension://abc": false,
	} {
		if got := validOrigin(text); got != want {
			t.Errorf("%q: an origin %v, want %v", text, got, want)
		}
	}
}

// FuzzRedirect looks for a URL that passes although a browser (by WHATWG's rules, which strip and convert more
// than net/url does) would go elsewhere.
func FuzzRedirect(f *testing.F) {
	for _, raw := range hostileURLs {
		f.Add(raw)
	}
	f.Add("https://ok.example/thanks?session_id={CHECKOUT_SESSION_ID}")
	f.Fuzz(func(t *testing.T, raw string) {
		if !redirectAllowed(redirects{origins: []string{allowedOrigin}}, raw) {
			return
		}
		rest, ok := strings.CutPrefix(raw, allowedOrigin)
		if !ok || rest != "" && !strings.ContainsRune("/?#", rune(rest[0])) {
			t.Fatalf("%q passed", raw)
		}
		u, err := url.Parse(raw)
		if err != nil || u.Scheme != "https" || u.Host != "ok.example" || u.User != nil {
			t.Fatalf("%q passed as %+v, %v", raw, u, err)
		}
		if strings.ContainsAny(raw, "\\\r\n\t \x00") || len(raw) > maxURLLength {
			t.Fatalf("%q passed", raw)
		}
	})
}
