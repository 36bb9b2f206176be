package payments

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
)

const redacted = "[REDACTED]"

// Secret is a plaintext key or webhook secret that can't print: fmt with any verb, slog, encoding/json
// and encoding/gob all show "[REDACTED]". Only [Secret.Reveal] gives the text. The zero value is the empty secret.
//
// The text is held behind a pointer, so that even fmt's walk over another struct's unexported fields,
// which bypasses methods, shows an address and never the text.
type Secret struct{ text *string }

// NewSecret wraps a plaintext.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{&text}
}

// Reveal returns the plaintext.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero reports whether the secret is empty.
func (s Secret) IsZero() bool { return s.text == nil }

// String returns "[REDACTED]".
func (Secret) String() string { return redacted }

// GoString returns "[REDACTED]".
func (Secret) GoString() string { return redacted }

// Format writes "[REDACTED]" for every verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue is "[REDACTED]".
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns "[REDACTED]"; encoding/json uses it too.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// GobEncode returns "[REDACTED]".
func (Secret) GobEncode() ([]byte, error) { return []byte(redacted), nil }

// mask shows enough of a key to recognise it: its prefix and its last four characters, as in
// "sk_test_...aBcD". A text too short to hide anything is masked whole.
func (s Secret) mask() string {
	text := s.Reveal()
	if text == "" {
		return ""
	}
	prefix := ""
	for _, known := range []string{"whsec_", "sk_test_", "sk_live_", "rk_test_", "rk_live_", "pk_test_", "pk_live_"} {
		if strings.HasPrefix(text, known) {
			prefix = known
		}
	}
	if len(text)-len(prefix) < 6 {
		return prefix + "..."
	}
	return prefix + "..." + text[len(text)-4:]
}
