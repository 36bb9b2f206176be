package walk

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// walk is one run: whom it acts for, and what it has checked.
type walk struct {
	ctx              context.Context
	out              io.Writer
	credentials      credentials
	project          project
	developer, other caller // the project's, and another one
	user             caller // who has bought nothing yet
	checks, failed   int
}

// object is a JSON answer.
type object = map[string]any

// check notes whether something is as it should be.
func (w *walk) check(ok bool, format string, args ...any) {
	w.checks++
	mark := "ok  "
	if !ok {
		w.failed++
		mark = "FAIL"
	}
	fmt.Fprintf(w.out, "  %s %s\n", mark, fmt.Sprintf(format, args...))
}

func (w *walk) title(text string) { fmt.Fprintf(w.out, "\n%s\n", text) }

// caller is somebody with a token.
type caller struct {
	walk  *walk
	token string
}

// call makes a request of the API; a string body is sent as it is, anything else as JSON.
func (c caller) call(method, path string, body any) (int, object) {
	var reader io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(b)
	default:
		text, err := json.Marshal(b)
		if err != nil {
			return 0, object{"detail": err.Error()}
		}
		reader = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(c.walk.ctx, method, c.walk.credentials.BaseURL+"/api/v1/payments"+path, reader)
	if err != nil {
		return 0, object{"detail": err.Error()}
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return send(r)
}

func (c caller) get(path string) object {
	_, answer := c.call(http.MethodGet, path, nil)
	return answer
}

func (c caller) post(path string, body any) (int, object) { return c.call(http.MethodPost, path, body) }

func send(r *http.Request) (int, object) {
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, object{"detail": err.Error()}
	}
	defer func() { _ = response.Body.Close() }()
	var answer object
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil && response.ContentLength != 0 {
		answer = object{"detail": err.Error()}
	}
	return response.StatusCode, answer
}

// stripe posts a form to Stripe's API with the project's key, as its developer would.
func (w *walk) stripe(path string, form url.Values) (int, object) {
	r, err := http.NewRequestWithContext(w.ctx, http.MethodPost, w.credentials.StripeURL+path, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, object{"detail": err.Error()}
	}
	r.Header.Set("Authorization", "Bearer "+w.project.TestSecretKey)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return send(r)
}

// browse does what a browser does with a page that Stripe hosts, but for following redirects; it returns the status.
func (w *walk) browse(method, page string, form url.Values) int {
	r, err := http.NewRequestWithContext(w.ctx, method, page, strings.NewReader(form.Encode()))
	if err != nil {
		return 0
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := browser.Do(r)
	if err != nil {
		return 0
	}
	_ = response.Body.Close()
	return response.StatusCode
}

// within asks again, for up to a second, until the answer is as expected; it returns the last one.
func within(ask func() object, expected func(object) bool) object {
	for end := time.Now().Add(time.Second); ; <-time.After(10 * time.Millisecond) {
		if answer := ask(); expected(answer) || time.Now().After(end) {
			return answer
		}
	}
}

// number reads a JSON number; a missing one is -1.
func number(o object, key string) int64 {
	if f, ok := o[key].(float64); ok {
		return int64(f)
	}
	return -1
}

// rows reads a list of a JSON answer.
func rows(o object, key string) []object {
	list, _ := o[key].([]any)
	all := make([]object, 0, len(list))
	for _, item := range list {
		row, _ := item.(object)
		all = append(all, row)
	}
	return all
}
