package jwtauth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/jwtauth"
)

// pair is a private key with its public half and the algorithm that they are for.
type pair struct {
	algorithm string
	private   any
	public    crypto.PublicKey
}

func pairs() []pair {
	return []pair{
		{"RS256", rsaKey(), rsaKey().Public()},
		{"ES256", ecKey(), ecKey().Public()},
		{"EdDSA", edKey, edKey.Public()},
	}
}

func header(algorithm string, members ...string) string {
	return fmt.Sprintf(`{"alg":%q%s}`, algorithm, strings.Join(append([]string{""}, members...), ","))
}

func TestEachAlgorithmVerifiesItsOwnTokens(t *testing.T) {
	for _, p := range pairs() {
		t.Run(p.algorithm, func(t *testing.T) {
			auth := newAuth(t, publicOptions(p.algorithm, p.public))
			accepted(t, auth, mint(p.algorithm, p.private, header(p.algorithm), payload()))
			for _, other := range pairs() {
				if other.algorithm != p.algorithm {
					refused(t, auth, mint(other.algorithm, other.private, header(other.algorithm), payload()))
				}
			}
		})
	}
	accepted(t, hmacAuth(t), endUserToken())
}

func TestSeveralAlgorithmsEachKeepToTheirKeys(t *testing.T) {
	opts := publicOptions("RS256", nil)
	opts.Algorithms, opts.Keys = nil, nil
	for _, p := range pairs() {
		opts.Algorithms = append(opts.Algorithms, p.algorithm)
		opts.Keys = append(opts.Keys, jwtauth.Key{ID: p.algorithm, Public: p.public})
	}
	auth := newAuth(t, opts)
	for _, p := range pairs() {
		accepted(t, auth, mint(p.algorithm, p.private, header(p.algorithm), payload()))
		for _, other := range pairs() {
			refusedUnless := refused
			if other.algorithm == p.algorithm {
				refusedUnless = accepted
			}
			refusedUnless(t, auth, mint(p.algorithm, p.private, header(p.algorithm, `"kid":"`+other.algorithm+`"`), payload()))
		}
	}
}

func TestATokenIsNeverUnsigned(t *testing.T) {
	for _, opts := range []jwtauth.VerifierOptions{publicOptions("RS256", rsaKey().Public()), hmacOptions(endUsersAud, endUserSecret)} {
		auth := newAuth(t, opts)
		for _, alg := range []string{`"none"`, `"None"`, `"noNE"`, `"NONE"`, `""`, `null`, `0`, `["HS256"]`, `"hs256"`, `"HS256 "`} {
			for _, signature := range []string{"", "AA", encode(strings.Repeat("x", 32))} {
				refused(t, auth, encode(`{"alg":`+alg+`}`)+"."+encode(payload())+"."+signature)
			}
		}
		refused(t, auth, encode(`{"typ":"JWT"}`)+"."+encode(payload())+".")
		refused(t, auth, mint("none", jwt.UnsafeAllowNoneSignatureType, `{"alg":"none"}`, payload()))
	}
}

func TestAPublicKeyIsNeverAnHMACKey(t *testing.T) {
	for _, p := range pairs() {
		auth := newAuth(t, publicOptions(p.algorithm, p.public))
		der := must(x509.MarshalPKIXPublicKey(p.public))
		text := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
		jwk := fmt.Sprintf(`{"kty":"RSA","n":%q,"e":"AQAB"}`, base64.RawURLEncoding.EncodeToString(rsaKey().N.Bytes()))
		for _, secret := range [][]byte{der, text, []byte(strings.TrimSpace(string(text))), []byte(jwk), rsaKey().N.Bytes(), {}} {
			refused(t, auth, mint("HS256", secret, hsHeader, payload()))
			refused(t, auth, mint("HS256", secret, header("HS256", `"kid":"k1"`), payload()))
			refused(t, auth, mint("HS256", secret, header(p.algorithm), payload()))
		}
	}
}

func TestUnlistedAlgorithmsAreRefused(t *testing.T) {
	hmac := hmacAuth(t)
	for _, algorithm := range []string{"HS384", "HS512"} {
		refused(t, hmac, mint(algorithm, []byte(endUserSecret), header(algorithm), payload()))
	}
	for _, p := range pairs() {
		refused(t, hmac, mint(p.algorithm, p.private, header(p.algorithm), payload()))
	}
	rs := newAuth(t, publicOptions("RS256", rsaKey().Public()))
	for _, algorithm := range []string{"RS384", "RS512", "PS256", "PS384", "PS512"} {
		refused(t, rs, mint(algorithm, rsaKey(), header(algorithm), payload()))
	}
	es := newAuth(t, publicOptions("ES256", ecKey().Public()))
	p384 := must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	refused(t, es, mint("ES384", p384, header("ES384"), payload()))
}

func TestASignatureIsOfTheKeyAndOfEveryByte(t *testing.T) {
	auth := hmacAuth(t)
	refused(t, auth, mint("HS256", []byte(developerSecret), hsHeader, payload()))
	refused(t, auth, mint("HS256", []byte(endUserSecret[1:]), hsHeader, payload()))
	parts := strings.Split(endUserToken(), ".")
	refused(t, auth, parts[0]+"."+encode(payload("sub", `"user-2"`))+"."+parts[2])
	refused(t, auth, encode(header("HS256"))+"."+parts[1]+"."+parts[2])
	refused(t, auth, parts[0]+"."+parts[1]+"."+parts[2][:40])
	refused(t, auth, parts[0]+"."+parts[1]+".")
	other := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	refused(t, newAuth(t, publicOptions("ES256", ecKey().Public())), mint("ES256", other, header("ES256"), payload()))
}

func TestTheKeyIDSelectsTheKey(t *testing.T) {
	const old, young = "old: 5b0c9d1e7f3a2846 of no use elsewhere", "new: 3e9a7c5d1b0f8642 of no use elsewhere"
	opts := hmacOptions(endUsersAud, endUserSecret)
	opts.Keys = []jwtauth.Key{
		{ID: "old", HMAC: payments.NewSecret(old)},
		{ID: "new", HMAC: payments.NewSecret(young)},
		{HMAC: payments.NewSecret(endUserSecret)},
	}
	auth := newAuth(t, opts)
	cases := []struct {
		rule, secret, kid string
		ok                bool
	}{
		{"its own id", young, `,"kid":"new"`, true},
		{"the older key's own id", old, `,"kid":"old"`, true},
		{"another key's id", young, `,"kid":"old"`, false},
		{"an unknown id", young, `,"kid":"newer"`, false},
		{"no id", young, ``, true},
		{"an empty id", young, `,"kid":""`, true},
		{"a key without an id, any id", endUserSecret, `,"kid":"newer"`, true},
		{"a key without an id, no id", endUserSecret, ``, true},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			token := mint("HS256", []byte(c.secret), `{"alg":"HS256"`+c.kid+`}`, payload())
			if c.ok {
				accepted(t, auth, token)
			} else {
				refused(t, auth, token)
			}
		})
	}
}

func TestHostileKeyIDsAreRefused(t *testing.T) {
	auth := newAuth(t, publicOptions("EdDSA", edKey.Public()))
	accepted(t, auth, mint("EdDSA", edKey, header("EdDSA", `"kid":"k1"`), payload()))
	for _, kid := range []string{
		`"../../x"`, `"k1' OR '1'='1"`, `"k1\u0000"`, `"K1"`, `"` + strings.Repeat("k", 257) + `"`, `"` + strings.Repeat("k", 64<<10) + `"`,
		`1`, `null`, `true`, `["k1"]`, `{"k1":1}`, `1e999`, strings.Repeat("1", 2000) + "e999",
	} {
		t.Run(fmt.Sprintf("%.40s", kid), func(t *testing.T) {
			refused(t, auth, mint("EdDSA", edKey, header("EdDSA", `"kid":`+kid), payload()))
		})
	}
}

func TestAKeyIDIsShortEvenWhereItSelectsNothing(t *testing.T) {
	auth := hmacAuth(t)
	for length, check := range map[int]func(*testing.T, *jwtauth.Auth, string){256: accepted, 257: refused} {
		check(t, auth, mint("HS256", []byte(endUserSecret), header("HS256", `"kid":"`+strings.Repeat("k", length)+`"`), payload()))
	}
}

func TestATokenNeverBringsItsOwnKey(t *testing.T) {
	var requests atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { requests.Add(1) }))
	defer server.Close()
	forger := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	raw := must(forger.PublicKey.Bytes())
	coordinate := func(b []byte) string { return base64.RawURLEncoding.EncodeToString(new(big.Int).SetBytes(b).Bytes()) }
	jwk := fmt.Sprintf(`{"kty":"EC","crv":"P-256","x":%q,"y":%q}`, coordinate(raw[1:33]), coordinate(raw[33:]))
	auth := newAuth(t, publicOptions("ES256", ecKey().Public()))
	for _, member := range []string{
		`"jku":"` + server.URL + `"`, `"x5u":"` + server.URL + `"`, `"jwk":` + jwk, `"x5c":["MIIB"]`, `"x5t":"AAAA"`,
	} {
		t.Run(member[:5], func(t *testing.T) {
			refused(t, auth, mint("ES256", forger, header("ES256", member), payload()))
			accepted(t, auth, mint("ES256", ecKey(), header("ES256", member), payload()))
		})
	}
	if n := requests.Load(); n != 0 {
		t.Errorf("verifying sent %d requests", n)
	}
}
