package payments

import (
	"bytes"
	"encoding/base64"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"text/template"
)

const canary = "sk_test_cAnArY0123456789zYx"

// leaks reports whether a text holds the canary, plain or in a usual encoding. A base64 text differs with the
// canary's place in it, so each of the three places is looked for, without the characters that its neighbours change.
func leaks(text string) bool {
	for _, form := range []string{canary, hex.EncodeToString([]byte(canary)), url.QueryEscape(canary), fmt.Sprintf("%v", []byte(canary))} {
		if strings.Contains(strings.ToLower(text), strings.ToLower(form)) {
			return true
		}
	}
	for shift := range 3 {
		encoded := base64.RawStdEncoding.EncodeToString([]byte("---"[:shift] + canary))
		if strings.Contains(text, encoded[shift+1:len(encoded)-2]) {
			return true
		}
	}
	return false
}

type holder struct{ Secret Secret }

type hidden struct{ secret Secret }

type embedded struct{ Secret }

type deep struct {
	Name  string
	inner map[string][]*hidden
}

type secretError struct{ secret Secret }

func (e secretError) Error() string { return fmt.Sprintf("the key %v of %+v", e.secret, hidden(e)) }

// containers are the shapes in which a secret might reach a log.
func containers() map[string]any {
	s := NewSecret(canary)
	return map[string]any{
		"itself":            s,
		"pointer":           &s,
		"exported field":    holder{s},
		"pointer to field":  &holder{s},
		"unexported field":  hidden{s},
		"pointer to hidden": &hidden{s},
		"slice":             []Secret{s},
		"array":             [1]Secret{s},
		"map":               map[string]Secret{"key": s},
		"any":               []any{s, &s, hidden{s}, []any{s}},
		"deep":              deep{"x", map[string][]*hidden{"y": {{s}}}},
		"embedded":          embedded{s},
		"error":             secretError{s},
		"wrapped error":     fmt.Errorf("op: %w", secretError{s}),
		"config update":     ConfigUpdate{Test: CredentialsUpdate{SecretKey: SetSecret(canary)}},
		"secret update":     SetSecret(canary),
		"stripe":            (&gateway{}).open(s),
		"key ring":          mustRing(Key{ID: "k", Secret: NewSecret((canary + canary)[:32])}),
	}
}

func mustRing(keys ...Key) *KeyRing {
	ring, err := NewKeyRing(keys...)
	if err != nil {
		panic(err)
	}
	return ring
}

func TestLeaksFindsWhatItShould(t *testing.T) {
	for shift := range 3 {
		for _, text := range []string{canary, hex.EncodeToString([]byte(canary)), fmt.Sprintf("%X", canary), fmt.Sprintf("%v", []byte(canary))} {
			if !leaks(strings.Repeat("x", shift) + text + "x") {
				t.Errorf("%q goes unseen", text)
			}
		}
		if text := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + canary + "yz")); !leaks(text) {
			t.Errorf("%q goes unseen at %d", text, shift)
		}
	}
	if leaks("sk_test_...9zYx [REDACTED]") {
		t.Error("a mask is taken for a secret")
	}
}

func TestSecretCannotBeFormatted(t *testing.T) {
	combinations := 0
	for name, value := range containers() {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%t", "%p", "%c", "%U", "%e", "%b", "%o", "%T", "%w", "%20v", "%!", "%[1]*[1]v"} {
			combinations++
			if text := fmt.Sprintf(verb, value); leaks(text) {
				t.Errorf("%s by %s: %s", name, verb, text)
			}
		}
		if text := fmt.Sprint(value) + fmt.Sprintln(value) + fmt.Errorf("x: %v", value).Error(); leaks(text) {
			t.Errorf("%s by Sprint: %s", name, text)
		}
	}
	if combinations < 60 {
		t.Errorf("only %d combinations", combinations)
	}
	if got := fmt.Sprintf("%v %s %q %x %d %+v %#v", NewSecret(canary), NewSecret(canary), NewSecret(canary), NewSecret(canary), NewSecret(canary), holder{NewSecret(canary)}, NewSecret("")); strings.Count(got, redacted) != 7 {
		t.Errorf("%q", got)
	}
}

func TestSecretCannotBeLogged(t *testing.T) {
	for name, value := range containers() {
		for format, handler := range map[string]func(*bytes.Buffer) slog.Handler{
			"text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
			"json": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
		} {
			var b bytes.Buffer
			log := slog.New(handler(&b)).With("bound", value)
			log.WithGroup("group").Error("message", "value", value, slog.Group("inner", "value", value))
			log.Error(fmt.Sprint(value), "value", slog.AnyValue(value))
			if leaks(b.String()) || b.Len() == 0 {
				t.Errorf("%s as %s: %s", name, format, b.String())
			}
		}
	}
}

func TestSecretCannotBeEncoded(t *testing.T) {
	for name, value := range containers() {
		if text, err := json.Marshal(value); leaks(string(text)) || err != nil && leaks(err.Error()) {
			t.Errorf("%s by json: %s, %v", name, text, err)
		}
		if text, err := xml.Marshal(value); leaks(string(text)) || err != nil && leaks(err.Error()) {
			t.Errorf("%s by xml: %s, %v", name, text, err)
		}
		var b bytes.Buffer
		if err := gob.NewEncoder(&b).Encode(value); leaks(b.String()) || err != nil && leaks(err.Error()) {
			t.Errorf("%s by gob: %q, %v", name, b.String(), err)
		}
		b.Reset()
		if err := template.Must(template.New("").Parse(`{{.}} {{printf "%+v" .}} {{print .}} {{js .}}`)).Execute(&b, value); leaks(b.String()) || err != nil && leaks(err.Error()) {
			t.Errorf("%s by template: %s, %v", name, b.String(), err)
		}
	}
	if text, err := json.Marshal(map[Secret]holder{NewSecret(canary): {NewSecret(canary)}}); leaks(string(text)) || !strings.Contains(string(text), redacted) {
		t.Errorf("as key and value of a map: %s, %v", text, err)
	}
}

func TestSecretCannotPrintFromAPanic(t *testing.T) {
	for name, value := range containers() {
		func() {
			defer func() {
				if text := fmt.Sprintf("panic: %v %+v", recover(), value); leaks(text) {
					t.Errorf("%s: %s", name, text)
				}
			}()
			panic(value)
		}()
	}
	err := errors.Join(secretError{NewSecret(canary)}, wrapError(ErrUnavailable, "message", secretError{NewSecret(canary)}))
	if leaks(err.Error()) || leaks(fmt.Sprintf("%+v %#v", err, err)) {
		t.Errorf("%v", err)
	}
}

func TestSecretReveals(t *testing.T) {
	if s := NewSecret(canary); s.Reveal() != canary || s.IsZero() {
		t.Error("NewSecret lost its text")
	}
	for _, s := range []Secret{{}, NewSecret("")} {
		if s.Reveal() != "" || !s.IsZero() || s.String() != redacted {
			t.Error("an empty secret isn't empty, or tells that it is")
		}
	}
}

func TestMaskShowsPrefixAndLastFour(t *testing.T) {
	for text, want := range map[string]string{
		"sk_test_51H8abcdefghijklmnopaBcD":  "sk_test_...aBcD",
		"rk_live_51H8abcdefghijklmnopaBcD":  "rk_live_...aBcD",
		"pk_live_51H8abcdefghijklmnopeFgH":  "pk_live_...eFgH",
		"whsec_c2lnbmVkQnlTdHJpcGUiJkL":     "whsec_...iJkL",
		"whsec_ab_cdefghijklmnopqrstuvwxyz": "whsec_...wxyz",
		"sk_test_ab_cdefghijklmnopqrstuvwx": "sk_test_...uvwx",
		"sk_test_abcdefghijkl_mnopqrstuvwx": "sk_test_...uvwx",
		"whsec_abcdefghijklmno_qrstuvwxyz":  "whsec_...wxyz",
		"sk_test_12345":                     "sk_test_...",
		"12345":                             "...",
		"":                                  "",
	} {
		if got := NewSecret(text).mask(); got != want {
			t.Errorf("the mask of %q is %q, want %q", text, got, want)
		}
	}
}
