package jwtauth_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/jwtauth"
)

func TestVerifierSettingsAreRefusedWithTheRemedy(t *testing.T) {
	cases := []struct {
		rule   string
		change func(*jwtauth.VerifierOptions)
		want   string
	}{
		{"no issuer", func(o *jwtauth.VerifierOptions) { o.Issuer = "" }, "Issuer is empty: give"},
		{"no audience", func(o *jwtauth.VerifierOptions) { o.Audience = "" }, "Audience is empty: give"},
		{"no algorithms", func(o *jwtauth.VerifierOptions) { o.Algorithms = nil }, "Algorithms is empty: give"},
		{"no keys", func(o *jwtauth.VerifierOptions) { o.Keys = nil }, "Keys is empty: give"},
		{"too many keys", func(o *jwtauth.VerifierOptions) { o.Keys = goodKeys(17) }, "at most 16"},
		{"an empty algorithm", algorithms(""), `algorithm "" is not supported`},
		{"none", algorithms("none"), `algorithm "none" is not supported: give some of HS256`},
		{"an unsupported algorithm", algorithms("HS512"), `algorithm "HS512" is not supported`},
		{"another case", algorithms("hs256"), `algorithm "hs256" is not supported`},
		{"HMAC with others", algorithms("HS256", "RS256"), "mixes HS256 with others"},
		{"an algorithm without a key", algorithms("RS256"), "algorithm RS256 has no usable key"},
		{"a key without its algorithm", algorithms("RS256"), "Keys[0] is for HS256, which Algorithms doesn't list"},
		{"one ID twice", func(o *jwtauth.VerifierOptions) { o.Keys = goodKeys(1, "a", "a") }, "has the ID of an earlier key"},
		{"a negative leeway", func(o *jwtauth.VerifierOptions) { o.Leeway = -1 }, "Leeway is -1ns"},
		{"a long leeway", func(o *jwtauth.VerifierOptions) { o.Leeway = 5*time.Minute + 1 }, "at most 5 minutes"},
		{"the subject as project", func(o *jwtauth.VerifierOptions) { o.ProjectClaim = "sub" }, `claim name "sub" has a meaning`},
		{"the audience as e-mail", func(o *jwtauth.VerifierOptions) { o.EmailClaim = "Aud" }, `claim name "Aud" has a meaning`},
		{"one claim for two", func(o *jwtauth.VerifierOptions) { o.ProjectClaim = "email" }, "give two names"},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			opts := hmacOptions(endUsersAud, endUserSecret)
			c.change(&opts)
			v, err := jwtauth.NewVerifier(opts)
			if v != nil || err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, %v; want an error with %q", v, err, c.want)
			}
		})
	}
}

func algorithms(names ...string) func(*jwtauth.VerifierOptions) {
	return func(o *jwtauth.VerifierOptions) { o.Algorithms = names }
}

// goodKeys returns n good HMAC keys without an ID, and one more for each ID.
func goodKeys(n int, ids ...string) []jwtauth.Key {
	var keys []jwtauth.Key
	for i := range n + len(ids) {
		keys = append(keys, jwtauth.Key{HMAC: payments.NewSecret(fmt.Sprintf("%02d: 4f1c9a72e05b8d63 of no use elsewhere", i))})
	}
	for i, id := range ids {
		keys[n+i].ID = id
	}
	return keys
}

func TestEveryProblemIsToldAtOnce(t *testing.T) {
	_, err := jwtauth.NewVerifier(jwtauth.VerifierOptions{Leeway: time.Hour})
	for _, want := range []string{"Issuer", "Audience", "Algorithms", "Keys", "Leeway"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s named too", err, want)
		}
	}
}

func TestUpTo16KeysAreTaken(t *testing.T) {
	opts := hmacOptions(endUsersAud, endUserSecret)
	opts.Keys = goodKeys(16)
	if _, err := jwtauth.NewVerifier(opts); err != nil {
		t.Error(err)
	}
}

func TestWeakKeysAreRefused(t *testing.T) {
	p384 := must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	offCurve := &ecdsa.PublicKey{Curve: elliptic.P256(), X: big.NewInt(1), Y: big.NewInt(1)} //nolint:staticcheck // wrong on purpose
	modulus := func(bits uint) *big.Int { return new(big.Int).SetBit(big.NewInt(1), int(bits)-1, 1) }
	hmac := func(text string) jwtauth.Key { return jwtauth.Key{HMAC: payments.NewSecret(text)} }
	cases := []struct {
		rule      string
		algorithm string
		key       jwtauth.Key
		want      string
	}{
		{"no key", "HS256", jwtauth.Key{}, "exactly one of HMAC and Public"},
		{"two keys", "HS256", jwtauth.Key{HMAC: payments.NewSecret(endUserSecret), Public: edKey.Public()}, "exactly one of HMAC and Public"},
		{"a long ID", "EdDSA", jwtauth.Key{ID: strings.Repeat("k", 257), Public: edKey.Public()}, "ID is longer than 256"},
		{"an HMAC key of 31 bytes", "HS256", hmac(endUserSecret[:31]), "HMAC has 31 bytes: give at least 32"},
		{"an HMAC key of zeros", "HS256", hmac(strings.Repeat("\x00", 32)), "repeats a few bytes"},
		{"a placeholder", "HS256", hmac(strings.Repeat("secret", 8)), "repeats a few bytes"},
		{"a PEM text as HMAC key", "HS256", hmac("-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOC"), "HMAC is a PEM text"},
		{"an RSA key of 1024 bits", "RS256", jwtauth.Key{Public: &rsa.PublicKey{N: modulus(1024), E: 65537}}, "1024 bits: give one of 2048"},
		{"an RSA key of 2047 bits", "RS256", jwtauth.Key{Public: &rsa.PublicKey{N: modulus(2047), E: 65537}}, "2047 bits"},
		{"a huge RSA key", "RS256", jwtauth.Key{Public: &rsa.PublicKey{N: modulus(8193), E: 65537}}, "8193 bits"},
		{"an RSA key with exponent 1", "RS256", jwtauth.Key{Public: &rsa.PublicKey{N: modulus(2048), E: 1}}, "not an RSA key"},
		{"an RSA key with an even exponent", "RS256", jwtauth.Key{Public: &rsa.PublicKey{N: modulus(2048), E: 65536}}, "not an RSA key"},
		{"an RSA key with an even modulus", "RS256", jwtauth.Key{Public: &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 2047), E: 65537}}, "not an RSA key"},
		{"an empty RSA key", "RS256", jwtauth.Key{Public: &rsa.PublicKey{}}, "not an RSA key"},
		{"a nil RSA key", "RS256", jwtauth.Key{Public: (*rsa.PublicKey)(nil)}, "not an RSA key"},
		{"an ECDSA key on P-384", "ES256", jwtauth.Key{Public: p384.Public()}, "not an ECDSA key on P-256"},
		{"a point off the curve", "ES256", jwtauth.Key{Public: offCurve}, "not on its curve"},
		{"no point", "ES256", jwtauth.Key{Public: &ecdsa.PublicKey{Curve: elliptic.P256()}}, "has no point"},
		{"a nil ECDSA key", "ES256", jwtauth.Key{Public: (*ecdsa.PublicKey)(nil)}, "not an ECDSA key"},
		{"a short Ed25519 key", "EdDSA", jwtauth.Key{Public: ed25519.PublicKey("short")}, "not an Ed25519 key"},
		{"an Ed25519 key of zeros", "EdDSA", jwtauth.Key{Public: make(ed25519.PublicKey, 32)}, "not an Ed25519 key"},
		{"a private key", "EdDSA", jwtauth.Key{Public: edKey}, "Public is a ed25519.PrivateKey: give"},
		{"an RSA key by value", "RS256", jwtauth.Key{Public: rsaKey().PublicKey}, "Public is a rsa.PublicKey: give"},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			opts := hmacOptions(endUsersAud, endUserSecret)
			opts.Algorithms, opts.Keys = []string{c.algorithm}, []jwtauth.Key{c.key}
			_, err := jwtauth.NewVerifier(opts)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
}

func TestVerifiersMustNotOverlap(t *testing.T) {
	hashed := sha256.Sum256(bytes.Repeat([]byte(endUserSecret), 2))
	cases := []struct {
		rule                   string
		issuer, audience, hmac string // of the developers; the end users' are issuer, endUsersAud and the secret below
		endUsersHMAC           string
		want                   string
	}{
		{"one issuer and audience", issuer, endUsersAud, developerSecret, endUserSecret, "share issuer and audience"},
		{"one HMAC key", issuer, developersAud, endUserSecret, endUserSecret, "share an HMAC key"},
		{"one HMAC key under two issuers", "https://other.example", developersAud, endUserSecret, endUserSecret, "share an HMAC key"},
		{"one HMAC key, filled up", issuer, developersAud, endUserSecret + "\x00\x00", endUserSecret, "share an HMAC key"},
		{"one HMAC key, hashed", issuer, developersAud, string(hashed[:]), strings.Repeat(endUserSecret, 2), "share an HMAC key"},
		{"two audiences", issuer, developersAud, developerSecret, endUserSecret, ""},
		{"two issuers", "https://other.example", endUsersAud, developerSecret, endUserSecret, ""},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			opts := hmacOptions(c.audience, c.hmac)
			opts.Issuer = c.issuer
			developers := must(jwtauth.NewVerifier(opts))
			endUsers := must(jwtauth.NewVerifier(hmacOptions(endUsersAud, c.endUsersHMAC)))
			_, err := jwtauth.New(developers, endUsers, &directory{}, &jwtauth.Options{})
			if got := fmt.Sprint(err); c.want == "" && err != nil || c.want != "" && !strings.Contains(got, c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestNothingOfAnAuthMayBeForgotten(t *testing.T) {
	auth, err := jwtauth.New(nil, nil, nil, nil)
	for _, want := range []string{"developers is nil", "endUsers is nil", "projects is nil"} {
		if auth != nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
}

func TestNoPrintShowsASecret(t *testing.T) {
	opts := hmacOptions(endUsersAud, endUserSecret)
	verifier := must(jwtauth.NewVerifier(opts))
	signer := must(jwtauth.NewSigner(opts, time.Hour))
	auth := hmacAuth(t)
	weak := opts
	weak.Keys = []jwtauth.Key{{HMAC: payments.NewSecret(endUserSecret[:31])}}
	_, err := jwtauth.NewVerifier(weak)
	start := endUserSecret[:12]
	spellings := []string{start, fmt.Sprintf("%x", start), strings.Trim(fmt.Sprintf("%d", []byte(start)), "[]")}
	for _, v := range []any{opts, &opts, opts.Keys[0], verifier, *verifier, signer, *signer, auth, *auth, err} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			for _, spelling := range spellings {
				if strings.Contains(fmt.Sprintf(verb, v), spelling) {
					t.Errorf("%s of a %T shows the secret", verb, v)
				}
			}
		}
	}
}

func TestSettingsAreCopied(t *testing.T) {
	public := ed25519.PublicKey(bytes.Clone(edKey.Public().(ed25519.PublicKey)))
	opts := publicOptions("EdDSA", public)
	auth := newAuth(t, opts)
	clear(public)
	opts.Algorithms[0] = "none"
	accepted(t, auth, mint("EdDSA", edKey, header("EdDSA"), payload()))
}
