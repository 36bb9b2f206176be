package jwtauth_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/jwtauth"
)

// The settings that most tests share: two issuers' worth of tokens at a fixed time.
const (
	issuer        = "https://login.example"
	developersAud = "payments-developers"
	endUsersAud   = "payments-end-users"

	developerSecret = "developers: 4f1c9a72e05b8d63 of no use elsewhere"
	endUserSecret   = "end users: 90b7d3f2c61e48a5 of no use elsewhere"
)

var (
	now = time.Date(2026, 1, 24, 10, 0, 0, 0, time.UTC)

	rsaKey = sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 2048)) })
	ecKey  = sync.OnceValue(func() *ecdsa.PrivateKey { return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) })
	edKey  = ed25519.NewKeyFromSeed([]byte("a seed of thirty-two bytes, 0123"))
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func clock() time.Time { return now }

// hmacOptions are valid settings; a test changes what it is about.
func hmacOptions(audience, secret string) jwtauth.VerifierOptions {
	return jwtauth.VerifierOptions{
		Issuer:     issuer,
		Audience:   audience,
		Algorithms: []string{"HS256"},
		Keys:       []jwtauth.Key{{HMAC: payments.NewSecret(secret)}},
		Now:        clock,
	}
}

func publicOptions(algorithm string, key crypto.PublicKey) jwtauth.VerifierOptions {
	opts := hmacOptions(endUsersAud, endUserSecret)
	opts.Algorithms, opts.Keys = []string{algorithm}, []jwtauth.Key{{ID: "k1", Public: key}}
	return opts
}

// directory is a host's directory of projects that counts how often it is asked.
type directory struct{ asked int }

func (d *directory) Project(_ context.Context, id payments.ProjectID) (payments.Project, error) {
	d.asked++
	if id != "shop" {
		return payments.Project{}, payments.ErrNotFound
	}
	return payments.Project{ID: id, Owner: "dev|1"}, nil
}

func (d *directory) ProjectsOf(_ context.Context, developer payments.DeveloperID) ([]payments.Project, error) {
	d.asked++
	return []payments.Project{{ID: "shop", Owner: developer}}, nil
}

// newAuth returns an Auth whose end users are verified as opts say, and whose developers carry
// HS256 tokens.
func newAuth(t testing.TB, opts jwtauth.VerifierOptions) *jwtauth.Auth {
	t.Helper()
	developers := must(jwtauth.NewVerifier(hmacOptions(developersAud, developerSecret)))
	endUsers, err := jwtauth.NewVerifier(opts)
	if err != nil {
		t.Fatal(err)
	}
	return must(jwtauth.New(developers, endUsers, &directory{}, nil))
}

func hmacAuth(t testing.TB) *jwtauth.Auth {
	t.Helper()
	return newAuth(t, hmacOptions(endUsersAud, endUserSecret))
}

// payload is the claims of a valid end-user token, with some replaced by other JSON. Replacing by ""
// takes a claim away.
func payload(replacements ...string) string {
	claims := map[string]json.RawMessage{
		"iss":        json.RawMessage(`"` + issuer + `"`),
		"aud":        json.RawMessage(`"` + endUsersAud + `"`),
		"sub":        json.RawMessage(`"user-1"`),
		"project_id": json.RawMessage(`"shop"`),
		"email":      json.RawMessage(`"ada@example.com"`),
		"iat":        must(json.Marshal(now.Unix())),
		"exp":        must(json.Marshal(now.Add(time.Hour).Unix())),
	}
	for i := 0; i < len(replacements); i += 2 {
		claims[replacements[i]] = json.RawMessage(replacements[i+1])
	}
	maps.DeleteFunc(claims, func(_ string, raw json.RawMessage) bool { return len(raw) == 0 })
	return string(must(json.Marshal(claims)))
}

// plus adds text to the end of an object, for members that a map can't hold twice.
func plus(object, members string) string {
	return strings.TrimSuffix(object, "}") + "," + members + "}"
}

const hsHeader = `{"alg":"HS256","typ":"JWT"}`

// mint signs any header and payload, however wrong.
func mint(algorithm string, key any, header, payload string) string {
	text := encode(header) + "." + encode(payload)
	return text + "." + encode(string(must(jwt.GetSigningMethod(algorithm).Sign(text, key))))
}

func encode(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

func endUserToken(replacements ...string) string {
	return mint("HS256", []byte(endUserSecret), hsHeader, payload(replacements...))
}

func developerToken(replacements ...string) string {
	claims := payload(append([]string{"aud", `"` + developersAud + `"`, "sub", `"dev|1"`}, replacements...)...)
	return mint("HS256", []byte(developerSecret), hsHeader, claims)
}

// accepted demands that the token speaks for an end user.
func accepted(t *testing.T, auth *jwtauth.Auth, token string) {
	t.Helper()
	if user, err := auth.EndUser(t.Context(), token, ""); err != nil || user.ID != "user-1" || user.Project != "shop" {
		t.Errorf("got %+v, %v; want user-1 of shop", user, err)
	}
}

// refused demands what holds for every token that is not accepted.
func refused(t *testing.T, auth *jwtauth.Auth, token string) {
	t.Helper()
	user, err := auth.EndUser(t.Context(), token, "")
	checkRefusal(t, token, err)
	if user != (payments.EndUser{}) {
		t.Errorf("claims came with an error: %+v", user)
	}
}

func checkRefusal(t *testing.T, token string, err error) {
	t.Helper()
	var refusal *payments.Error
	if !errors.As(err, &refusal) || !errors.Is(err, payments.ErrUnauthenticated) {
		t.Fatalf("got %v, want a *payments.Error that is ErrUnauthenticated", err)
	}
	if refusal.Message == "" || refusal.Err == nil {
		t.Errorf("message %q and cause %v, want both", refusal.Message, refusal.Err)
	}
	if len(err.Error()) > 400 {
		t.Errorf("the error has %d bytes; a caller could fill the log", len(err.Error()))
	}
	for segment := range strings.SplitSeq(token, ".") {
		if len(segment) >= 16 && strings.Contains(err.Error(), segment) {
			t.Errorf("the error quotes the token: %v", err)
		}
	}
}
