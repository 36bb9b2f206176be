package httpadapter

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
)

// exchange is one request with its answer: it numbers them, knows whether the answer has begun, and ends
// what fails.
type exchange struct {
	http.ResponseWriter
	request *http.Request
	id      string
	log     *slog.Logger
	begun   bool
}

func begin(w http.ResponseWriter, r *http.Request, log *slog.Logger) *exchange {
	x := &exchange{ResponseWriter: w, id: requestID(r), log: log}
	x.request = r.Clone(r.Context()) // its path values are ours to set
	header := w.Header()
	header.Set("X-Request-ID", x.id)
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	return x
}

// requestID keeps the id that a proxy gave the request where it is short and plain, and makes one otherwise.
func requestID(r *http.Request) string {
	if given := r.Header.Values("X-Request-Id"); len(given) == 1 && len(given[0]) <= 64 && isToken(given[0], "._-") {
		return given[0]
	}
	return rand.Text()
}

// isToken reports whether s has at least one character, and only letters, digits and those of extra.
func isToken(s, extra string) bool {
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
			continue
		}
		found := false
		for j := range len(extra) {
			found = found || extra[j] == c
		}
		if !found {
			return false
		}
	}
	return s != ""
}

// WriteHeader notes that the answer has begun.
func (x *exchange) WriteHeader(status int) {
	x.begun = true
	x.ResponseWriter.WriteHeader(status)
}

// Write notes that the answer has begun.
func (x *exchange) Write(b []byte) (int, error) {
	x.begun = true
	return x.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the server's own writer.
func (x *exchange) Unwrap() http.ResponseWriter { return x.ResponseWriter }

// fail answers with the error's problem document. An answer that has begun can't be taken back: its
// connection is cut, so that no client takes the part for the whole.
func (x *exchange) fail(err error) {
	p := problemOf(err)
	x.report(p.Status, slog.Any("error", err))
	x.abandon()
	p.RequestID = x.id
	p.write(x)
}

// contain turns a panic into a 500. The panic's value may hold anything, so only a runtime error's text
// is logged, and of another value its type.
func (x *exchange) contain() {
	v := recover()
	if v == nil {
		return
	}
	if v == http.ErrAbortHandler { //nolint:errorlint // net/http looks for the very value
		panic(v)
	}
	what := fmt.Sprintf("%T", v)
	if err, ok := v.(runtime.Error); ok {
		what = err.Error()
	}
	x.report(http.StatusInternalServerError, slog.String("panic", what), slog.String("stack", string(debug.Stack())))
	x.abandon()
	p := problemOf(errPanic)
	p.RequestID = x.id
	p.write(x)
}

// report logs failures of the server's own. That a client has gone away is none.
func (x *exchange) report(status int, cause ...slog.Attr) {
	level := slog.LevelWarn
	switch {
	case status < 500 && !x.begun:
		return
	case errors.Is(x.request.Context().Err(), context.Canceled):
		level = slog.LevelDebug
	case status == http.StatusInternalServerError:
		level = slog.LevelError
	}
	attrs := append([]slog.Attr{
		slog.String("request_id", x.id), slog.String("method", x.request.Method), slog.String("path", x.request.URL.Path),
		slog.Int("status", status),
	}, cause...)
	x.log.LogAttrs(x.request.Context(), level, "payments: a request failed", attrs...)
}

func (x *exchange) abandon() {
	if x.begun {
		panic(http.ErrAbortHandler)
	}
}

// writeJSON encodes before it writes, so that a value which can't be encoded is still a 500.
func writeJSON(w http.ResponseWriter, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = w.Write(append(body, '\n')) // fails only when the client is gone
	return nil
}
