package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/manytenants/payments/stripetest"
)

// journal makes the Stripe inside survive a restart. stripetest lives in memory, and is deterministic: with the same seed, the same
// changes at the same times lead to the same state. So every change is written down before it is made, and made
// again at the next start.
type journal struct {
	mu      sync.Mutex // one change at a time, in the order in which they are written down
	file    *os.File
	server  *stripetest.Server
	account map[string]*stripetest.Account // by secret key

	frozen atomic.Pointer[time.Time] // the wall clock while changes are replayed; nil = it runs

	beginning // the first line
}

// beginning is how the Stripe inside began.
type beginning struct {
	Seed  uint64    `json:"seed"`
	Began time.Time `json:"began"` // when, by the real clock
}

// entry is one change: a request, or an action that has no request.
type entry struct {
	At      time.Time     `json:"at"`
	Method  string        `json:"method,omitempty"`
	URL     string        `json:"url,omitempty"`
	Header  http.Header   `json:"header,omitempty"`
	Body    string        `json:"body,omitempty"`
	Advance time.Duration `json:"advance,omitempty"`
	Pay     string        `json:"pay,omitempty"` // the session that is paid
	Key     string        `json:"key,omitempty"` // of the account that it is in
	Card    string        `json:"card,omitempty"`
	Seeded  bool          `json:"seeded,omitempty"` // the history is complete
}

// history is how far back the demo's data reach.
const history = 90 * 24 * time.Hour

// openJournal opens or begins a journal and returns the entries that stand in it.
func openJournal(path string) (*journal, []entry, error) {
	j := &journal{account: map[string]*stripetest.Account{}}
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, err
	}
	text = text[:bytes.LastIndexByte(text, '\n')+1] // what a crash cut off was never answered
	entries, err := j.parse(text)
	if err != nil {
		return nil, nil, fmt.Errorf("%s can't be read; -reset starts anew: %w", path, err)
	}
	if j.file, err = os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600); err == nil {
		err = j.file.Truncate(int64(len(text)))
	}
	if err == nil && j.Seed == 0 {
		j.beginning = beginning{Seed: uint64(time.Now().UnixNano()), Began: time.Now()}
		err = j.write(j.beginning)
	}
	if len(entries) > 0 {
		began := j.Began.Add(-history)
		j.frozen.Store(&began)
	}
	return j, entries, err
}

// parse reads a journal: how it began, then the changes.
func (j *journal) parse(text []byte) ([]entry, error) {
	lines := json.NewDecoder(bytes.NewReader(text))
	err := lines.Decode(&j.beginning)
	var entries []entry
	for err == nil {
		var e entry
		if err = lines.Decode(&e); err == nil {
			entries = append(entries, e)
		}
	}
	if errors.Is(err, io.EOF) {
		return entries, nil
	}
	return nil, err
}

func (j *journal) write(line any) error {
	text, err := json.Marshal(line)
	if err == nil {
		_, err = j.file.Write(append(text, '\n'))
	}
	return err
}

// now is the wall clock of the Stripe inside: it begins 90 days ago and is moved ahead by the history.
func (j *journal) now() time.Time {
	if at := j.frozen.Load(); at != nil {
		return *at
	}
	return time.Now().Add(-history)
}

// ServeHTTP writes a request down before Stripe handles it, unless it changes nothing.
func (j *journal) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		j.server.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil {
		http.Error(w, "The body can't be read.", http.StatusBadRequest)
		return
	}
	e := entry{Method: r.Method, URL: r.URL.String(), Header: r.Header, Body: string(body)}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if err := j.do(e, func() error { j.server.ServeHTTP(w, r); return nil }); err != nil {
		http.Error(w, "The demo's journal can't be written.", http.StatusServiceUnavailable)
	}
}

func (j *journal) do(e entry, change func() error) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	e.At = j.now()
	if err := j.write(e); err != nil {
		return err
	}
	return change()
}

func (j *journal) advance(d time.Duration) error {
	return j.do(entry{Advance: d}, func() error { j.server.Advance(d); return nil })
}

func (j *journal) pay(key, session string, card stripetest.Card) error {
	return j.do(entry{Pay: session, Key: key, Card: string(card)}, func() error {
		return j.account[key].CompleteCheckout(session, card)
	})
}

// replay makes all changes again. What they cause is delivered again too; the inbox knows it already.
func (j *journal) replay(ctx context.Context, entries []entry) error {
	for _, e := range entries {
		j.frozen.Store(&e.At)
		switch {
		case e.Advance > 0:
			j.server.Advance(e.Advance)
		case e.Pay != "":
			if err := j.account[e.Key].CompleteCheckout(e.Pay, stripetest.Card(e.Card)); err != nil {
				return fmt.Errorf("the demo's history is of another version; -reset starts anew: %w", err)
			}
		case e.Method != "":
			r := httptest.NewRequestWithContext(ctx, e.Method, e.URL, strings.NewReader(e.Body))
			r.Header = e.Header
			j.server.ServeHTTP(httptest.NewRecorder(), r)
		}
	}
	j.frozen.Store(nil)
	return nil
}
