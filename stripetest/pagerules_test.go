package stripetest_test

import (
	"net/http"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// checkPage holds the page the browser is at to what every page must have: the headers that protect
// it, nothing that needs a script or another server, and what people with a keyboard or a screen
// reader need.
func (b *browser) checkPage() {
	b.t.Helper()
	if kind := b.header.Get("Content-Type"); kind != "text/html; charset=utf-8" {
		b.t.Errorf("%s is %q", b.at, kind)
		return
	}
	b.checkHeader()
	b.checkDocument()
	b.checkFields()
	for n := range b.page.Descendants() {
		b.checkElement(n)
	}
}

func (b *browser) checkHeader() {
	b.t.Helper()
	referrer := "no-referrer"
	if b.at.Path == strings.TrimPrefix(b.site, "http://"+b.at.Host)+"/" {
		referrer = "same-origin" // the index has no secret in its address
	}
	for name, want := range map[string]string{
		"Referrer-Policy": referrer, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
	} {
		if got := b.header.Get(name); got != want {
			b.t.Errorf("%s: %s is %q, want %q", b.at, name, got, want)
		}
	}
	policy := b.header.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "style-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"} {
		if !strings.Contains(policy, part) {
			b.t.Errorf("%s: the policy %q lacks %s", b.at, policy, part)
		}
	}
}

func (b *browser) checkDocument() {
	b.t.Helper()
	count := map[string]int{}
	level := 0
	for n := range b.all("html", "title", "h1", "h2", "h3", "h4", "main", "meta", "link") {
		count[n.Data]++
		switch {
		case n.Data == "html" && attr(n, "lang") != "en":
			b.t.Errorf("%s tells no language", b.at)
		case n.Data == "link":
			b.checkStyle(n)
		case n.Data[0] == 'h' && len(n.Data) == 2:
			if now := int(n.Data[1] - '0'); now > level+1 {
				b.t.Errorf("%s: %q skips a level of headings", b.at, words(n))
			} else {
				level = now
			}
		}
		if (n.Data == "title" || n.Data == "h1") && words(n) == "" {
			b.t.Errorf("%s: an empty %s", b.at, n.Data)
		}
	}
	for _, once := range []string{"title", "h1", "main", "link"} {
		if count[once] != 1 {
			b.t.Errorf("%s has %d %s", b.at, count[once], once)
		}
	}
	b.shows(b.status, "Test Stripe: no money moves")
}

// checkStyle fetches the one stylesheet.
func (b *browser) checkStyle(link *html.Node) {
	b.t.Helper()
	target := must(b.at.Parse(attr(link, "href")))(b.t).String()
	answer, err := b.client.Do(must(http.NewRequestWithContext(b.t.Context(), http.MethodGet, target, nil))(b.t))
	if err != nil {
		b.t.Fatal(err)
	}
	if err := answer.Body.Close(); err != nil {
		b.t.Error(err)
	}
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "text/css; charset=utf-8" {
		b.t.Errorf("%s: the stylesheet %s answers %d", b.at, target, answer.StatusCode)
	}
}

// checkFields wants a label for each field, and one place to begin at most.
func (b *browser) checkFields() {
	b.t.Helper()
	labelled, begins, ids := map[string]bool{}, 0, map[string]bool{}
	for n := range b.page.Descendants() {
		if id := attr(n, "id"); id != "" {
			if ids[id] {
				b.t.Errorf("%s has two %s", b.at, id)
			}
			ids[id] = true
		}
		if n.Data == "label" {
			labelled[attr(n, "for")] = words(n) != ""
		}
		if has(n, "autofocus") {
			begins++
		}
	}
	if begins > 1 {
		b.t.Errorf("%s begins at %d fields", b.at, begins)
	}
	for n := range b.all("input", "select") {
		inside := n.Parent.Data == "label" && words(n.Parent) != ""
		if attr(n, "type") != "hidden" && !inside && !labelled[attr(n, "id")] {
			b.t.Errorf("%s: the field %q has no label", b.at, attr(n, "name"))
		}
		if by := attr(n, "aria-describedby"); by != "" && !ids[by] {
			b.t.Errorf("%s: the field %q is described by nothing", b.at, attr(n, "name"))
		}
	}
	for n := range b.all("fieldset") {
		if n.FirstChild.NextSibling.Data != "legend" && n.FirstChild.Data != "legend" {
			b.t.Errorf("%s has a group of fields without a legend", b.at)
		}
	}
}

func (b *browser) checkElement(n *html.Node) {
	b.t.Helper()
	switch {
	case n.Type != html.ElementNode:
		return
	case slices.Contains([]string{"script", "style", "img", "iframe", "object"}, n.Data):
		b.t.Errorf("%s has a %s", b.at, n.Data)
	case slices.Contains([]string{"a", "button", "summary", "th", "legend", "option"}, n.Data) && words(n) == "":
		b.t.Errorf("%s has a %s without text", b.at, n.Data)
	case n.Data == "a" && (attr(n, "href") == "" || strings.Contains(attr(n, "href"), "ZgotmplZ")):
		b.t.Errorf("%s: the link %q leads nowhere", b.at, words(n))
	case n.Data == "th" && attr(n, "scope") == "":
		b.t.Errorf("%s: the heading %q has no scope", b.at, words(n))
	}
	for _, a := range n.Attr {
		if a.Key == "style" || strings.HasPrefix(a.Key, "on") || a.Key == "src" {
			b.t.Errorf("%s: %s has %s", b.at, n.Data, a.Key)
		}
	}
}
