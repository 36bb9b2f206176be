package stripetest_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// browser visits pages as a person's would: it follows links and redirects, fills the fields that are
// there, and presses buttons by their text. Each page it sees is held to the rules of pagerules_test.go.
type browser struct {
	t      *testing.T
	client *http.Client
	at     *url.URL
	status int
	header http.Header
	page   *html.Node
	site   string // what the server's own URLs begin with
	left   string // the URL of another site that a redirect led to
}

func (s *shop) browser() *browser {
	return &browser{t: s.t, site: s.web.URL, client: &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// open visits a URL.
func (b *browser) open(address string) *browser {
	b.t.Helper()
	b.do(must(http.NewRequestWithContext(b.t.Context(), http.MethodGet, address, nil))(b.t))
	return b
}

// do sends a request and follows where it leads, until another site.
func (b *browser) do(r *http.Request) {
	b.t.Helper()
	for {
		answer, err := b.client.Do(r)
		if err != nil {
			b.t.Fatal(err)
		}
		b.at, b.status, b.header, b.left = r.URL, answer.StatusCode, answer.Header, ""
		b.page = must(html.Parse(answer.Body))(b.t)
		if err := answer.Body.Close(); err != nil {
			b.t.Error(err)
		}
		if b.status != http.StatusSeeOther {
			break
		}
		next := must(answer.Location())(b.t)
		if !strings.HasPrefix(next.String(), b.site) {
			b.left = next.String()
			return
		}
		r = must(http.NewRequestWithContext(b.t.Context(), http.MethodGet, next.String(), nil))(b.t)
	}
	b.checkPage()
}

// press fills a form's fields and presses the button with the text.
func (b *browser) press(text string, fields ...string) *browser {
	b.t.Helper()
	var button *html.Node
	for n := range b.all("button") {
		if words(n) == text {
			button = n
		}
	}
	if button == nil {
		b.t.Fatalf("%s has no button %q:\n%s", b.at, text, words(b.page))
	}
	form := button
	for form.Data != "form" {
		form = form.Parent
	}
	if attr(form, "method") != "post" {
		b.t.Errorf("the form of %q is not posted", text)
	}
	values := b.fill(form, fields)
	if name := attr(button, "name"); name != "" {
		values.Set(name, attr(button, "value"))
	}
	action := must(b.at.Parse(attr(form, "action")))(b.t)
	r := must(http.NewRequestWithContext(b.t.Context(), http.MethodPost, action.String(), strings.NewReader(values.Encode())))(b.t)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	policy := b.header.Get("Content-Security-Policy")
	b.do(r)
	if b.left != "" && !allows(policy, b.left) {
		b.t.Errorf("the policy %q keeps the form's redirect from %s", policy, b.left)
	}
	return b
}

// fill is what the form sends: its own values, and name=value for the fields.
func (b *browser) fill(form *html.Node, fields []string) url.Values {
	b.t.Helper()
	values := url.Values{}
	for n := range form.Descendants() {
		name, kind := attr(n, "name"), attr(n, "type")
		switch {
		case name == "" || n.Data == "button" || n.Data != "input" && n.Data != "select":
		case n.Data == "select":
			values.Set(name, firstOption(n))
		case kind != "radio" || has(n, "checked"):
			values.Set(name, attr(n, "value"))
		}
	}
	for _, field := range fields {
		name, value, _ := strings.Cut(field, "=")
		if !offers(form, name, value) {
			b.t.Fatalf("%s has no field for %s", b.at, field)
		}
		values.Set(name, value)
	}
	for n := range form.Descendants() {
		if has(n, "required") && values.Get(attr(n, "name")) == "" {
			b.t.Fatalf("a browser asks for %s first", attr(n, "name"))
		}
	}
	return values
}

// offers tells whether a person can give the field the value.
func offers(form *html.Node, name, value string) bool {
	for n := range form.Descendants() {
		switch {
		case attr(n, "name") != name || has(n, "readonly"):
		case n.Data == "input" && attr(n, "type") == "radio":
			if attr(n, "value") == value {
				return true
			}
		case n.Data == "input" && attr(n, "type") != "hidden":
			return true
		case n.Data == "select":
			for option := range n.Descendants() {
				if attr(option, "value") == value {
					return true
				}
			}
		}
	}
	return false
}

func firstOption(n *html.Node) string {
	for option := range n.Descendants() {
		if option.Data == "option" {
			return attr(option, "value")
		}
	}
	return ""
}

// follow opens the link with the text; one to another site is left there.
func (b *browser) follow(text string) *browser {
	b.t.Helper()
	for n := range b.all("a") {
		if words(n) != text {
			continue
		}
		target := must(b.at.Parse(attr(n, "href")))(b.t).String()
		if !strings.HasPrefix(target, b.site) {
			b.left = target
			return b
		}
		return b.open(target)
	}
	b.t.Fatalf("%s has no link %q:\n%s", b.at, text, words(b.page))
	return b
}

// shows checks the status, and that the page has each of the texts.
func (b *browser) shows(status int, texts ...string) *browser {
	b.t.Helper()
	if b.status != status || b.left != "" {
		b.t.Errorf("%s answers %d (and leads to %q), want %d", b.at, b.status, b.left, status)
	}
	for _, text := range texts {
		if !strings.Contains(words(b.page), text) {
			b.t.Errorf("%s doesn't show %q:\n%s", b.at, text, words(b.page))
		}
	}
	return b
}

// hides checks that the page has none of the texts.
func (b *browser) hides(texts ...string) *browser {
	b.t.Helper()
	for _, text := range texts {
		if strings.Contains(words(b.page), text) {
			b.t.Errorf("%s shows %q:\n%s", b.at, text, words(b.page))
		}
	}
	return b
}

// leads checks where the last form or link led to, off the server.
func (b *browser) leads(to string) {
	b.t.Helper()
	if b.left != to {
		b.t.Errorf("led to %q, want %q (%d):\n%s", b.left, to, b.status, words(b.page))
	}
}

func (b *browser) all(tags ...string) func(func(*html.Node) bool) {
	return func(yield func(*html.Node) bool) {
		for n := range b.page.Descendants() {
			if n.Type == html.ElementNode && slices.Contains(tags, n.Data) && !yield(n) {
				return
			}
		}
	}
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

// words is the text of a node, in single spaces.
func words(n *html.Node) string {
	var all []string
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			all = append(all, strings.Fields(d.Data)...)
		}
	}
	return strings.Join(all, " ")
}

// allows tells whether a Content-Security-Policy lets a form end at the URL.
func allows(policy, target string) bool {
	u, err := url.Parse(target)
	_, actions, _ := strings.Cut(policy, "form-action ")
	actions, _, _ = strings.Cut(actions, ";")
	return err == nil && slices.Contains(strings.Fields(actions), u.Scheme+"://"+u.Host)
}
