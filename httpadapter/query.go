package httpadapter

import (
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/manytenants/payments"
)

const (
	maxPage   = math.MaxInt32 / payments.MaxPageSize // the Service's own limit
	maxCursor = 512                                  // ours are far shorter
)

// query reads the query parameters of a request by name and type; err then reports everything that was
// wrong. Parameters that nobody reads are ignored, so that proxies and clients may add their own.
type query struct {
	values url.Values
	fields []payments.FieldError
}

func readQuery(r *http.Request) *query {
	values, err := url.ParseQuery(r.URL.RawQuery)
	q := &query{values: values}
	if err != nil {
		q.wrong("query", "can't be read")
	}
	return q
}

func (q *query) wrong(name, message string) {
	q.fields = append(q.fields, payments.FieldError{Field: name, Message: message})
}

func (q *query) err() error { return invalid(q.fields) }

// value returns a parameter that is there exactly once.
func (q *query) value(name string) (string, bool) {
	values := q.values[name]
	if len(values) > 1 {
		q.wrong(name, "must not be sent twice")
	}
	if len(values) != 1 {
		return "", false
	}
	return values[0], true
}

// mode reads test_mode. What can't be read is never live.
func (q *query) mode(absent payments.Mode) payments.Mode {
	text, ok := q.value("test_mode")
	switch {
	case !ok:
		return absent
	case text == "true":
		return payments.Test
	case text == "false":
		return payments.Live
	}
	q.wrong("test_mode", "must be true or false")
	return payments.Test
}

// page reads the parameters of one page. A cursor goes before a page number.
func (q *query) page() payments.PageRequest {
	p := payments.PageRequest{Number: q.number("page", 1, maxPage), Size: q.number("page_size", payments.DefaultPageSize, payments.MaxPageSize)}
	if cursor, ok := q.value("cursor"); ok {
		if cursor == "" || len(cursor) > maxCursor {
			q.wrong("cursor", "must be the next_cursor of a page")
		}
		p.Cursor = cursor
	}
	return p
}

func (q *query) number(name string, absent, most int) int {
	text, ok := q.value(name)
	if !ok {
		return absent
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most || text[0] == '+' {
		q.wrong(name, "must be a whole number from 1 to "+strconv.Itoa(most))
	}
	return n
}

// list reads the filters of a list across projects. Where known is empty a status of any name goes: the
// set of subscription statuses is Stripe's, and open.
func (q *query) list(known ...string) payments.ListQuery {
	l := payments.ListQuery{Mode: q.mode(""), After: q.time("created_after"), Before: q.time("created_before")}
	if text, ok := q.value("project_id"); ok {
		l.Project = payments.ProjectID(text)
		if !l.Project.Valid() {
			q.wrong("project_id", "must be 1 to 128 characters of A-Z a-z 0-9 . _ ~ -")
		}
	}
	if text, ok := q.value("status"); ok {
		l.Status = text
		if len(known) > 0 && !slices.Contains(known, text) {
			q.wrong("status", "must be one of "+strings.Join(known, ", "))
		} else if len(text) > 64 || !isToken(text, "_") {
			q.wrong("status", "must be a status such as active")
		}
	}
	return l
}

func (q *query) time(name string) time.Time {
	text, ok := q.value(name)
	if !ok {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || t.IsZero() {
		q.wrong(name, "must be a time such as 2026-01-24T10:00:00Z")
	}
	return t.UTC()
}
