package jwtauth

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/mail"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// lastSecond is the end of the year 9999. Beyond it lie values that no issuer means and that overflow
// in arithmetic.
const lastSecond = 253402300799

type claimNames struct{ project, email string }

// claims are what this package reads of a token. golang-jwt decodes them before it knows whether the
// signature is right, which is why decoding is strict and bounded and has no effect.
type claims struct {
	names claimNames

	issuer    string
	audience  []string
	expires   *jwt.NumericDate
	notBefore *jwt.NumericDate
	issuedAt  *jwt.NumericDate
	subject   string
	project   *string // nil if the token names none
	email     string
}

var _ jwt.Claims = (*claims)(nil)

// GetIssuer gives golang-jwt the claim "iss".
func (c *claims) GetIssuer() (string, error) { return c.issuer, nil }

// GetSubject gives golang-jwt the claim "sub".
func (c *claims) GetSubject() (string, error) { return c.subject, nil }

// GetAudience gives golang-jwt the claim "aud".
func (c *claims) GetAudience() (jwt.ClaimStrings, error) { return c.audience, nil }

// GetExpirationTime gives golang-jwt the claim "exp", or nil.
func (c *claims) GetExpirationTime() (*jwt.NumericDate, error) { return c.expires, nil }

// GetNotBefore gives golang-jwt the claim "nbf", or nil.
func (c *claims) GetNotBefore() (*jwt.NumericDate, error) { return c.notBefore, nil }

// GetIssuedAt gives golang-jwt the claim "iat", or nil.
func (c *claims) GetIssuedAt() (*jwt.NumericDate, error) { return c.issuedAt, nil }

// UnmarshalJSON reads the claims, each of exactly its type.
func (c *claims) UnmarshalJSON(raw []byte) error {
	members, err := object(raw)
	if err != nil {
		return err
	}
	d := decoder{members: members}
	c.issuer = value(d.text("iss"))
	c.subject = value(d.text("sub"))
	c.audience = d.texts("aud")
	c.expires = d.date("exp")
	c.notBefore = d.date("nbf")
	c.issuedAt = d.date("iat")
	c.project = d.text(c.names.project)
	c.email = value(d.text(c.names.email))
	return errors.Join(d.problems...)
}

// decoder reads single members. Its errors name the claim and never quote it.
type decoder struct {
	members  map[string]json.RawMessage
	problems []error
}

func (d *decoder) refuse(name, rule string) {
	d.problems = append(d.problems, fmt.Errorf("the claim %q %s", name, rule))
}

// text returns a string, or nil where there is none or null.
func (d *decoder) text(name string) *string {
	var s *string
	if raw, ok := d.members[name]; ok && json.Unmarshal(raw, &s) != nil {
		d.refuse(name, "is not a string")
		return nil
	}
	return s
}

// texts returns a string or an array of strings.
func (d *decoder) texts(name string) []string {
	raw, ok := d.members[name]
	if !ok {
		return nil
	}
	var one string
	if json.Unmarshal(raw, &one) == nil {
		return []string{one}
	}
	var several []*string
	if json.Unmarshal(raw, &several) != nil {
		d.refuse(name, "is neither a string nor an array of strings")
		return nil
	}
	list := make([]string, 0, len(several))
	for _, s := range several {
		list = append(list, value(s))
	}
	return list
}

// date returns a time from 1970 to 9999. A null is refused like any other type: it
// would otherwise pass for a claim left out.
func (d *decoder) date(name string) *jwt.NumericDate {
	raw, ok := d.members[name]
	if !ok {
		return nil
	}
	var seconds *float64
	if json.Unmarshal(raw, &seconds) != nil || seconds == nil {
		d.refuse(name, "is not a number")
		return nil
	}
	if *seconds < 0 || *seconds > lastSecond {
		d.refuse(name, "is not a time between 1970 and 9999")
		return nil
	}
	whole, part := math.Modf(*seconds)
	return &jwt.NumericDate{Time: time.Unix(int64(whole), int64(part*1e9))}
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// validDeveloper is the rule for a developer's "sub".
func validDeveloper(subject string) bool {
	if len(subject) == 0 || len(subject) > 255 || strings.TrimSpace(subject) != subject {
		return false
	}
	return strings.IndexFunc(subject, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}

// address returns text if it is an e-mail address, and "" otherwise: a mistyped address in a profile
// must not keep anyone from paying.
func address(text string) string {
	if parsed, err := mail.ParseAddress(text); err != nil || parsed.Address != text || len(text) > 254 {
		return ""
	}
	return text
}
