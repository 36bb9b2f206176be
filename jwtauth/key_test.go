package jwtauth_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/manytenants/payments/jwtauth"
)

func pemText(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func TestAPEMKeyVerifies(t *testing.T) {
	for _, p := range pairs() {
		t.Run(p.algorithm, func(t *testing.T) {
			key, err := jwtauth.ParsePEM("k1", []byte(pemText("PUBLIC KEY", must(x509.MarshalPKIXPublicKey(p.public)))+"\n"))
			if err != nil {
				t.Fatal(err)
			}
			auth := newAuth(t, publicOptions(p.algorithm, key.Public))
			accepted(t, auth, mint(p.algorithm, p.private, header(p.algorithm, `"kid":"`+key.ID+`"`), payload()))
		})
	}
}

func TestOtherPEMTextsAreRefusedWithTheRemedy(t *testing.T) {
	public := pemText("PUBLIC KEY", must(x509.MarshalPKIXPublicKey(edKey.Public())))
	private := must(x509.MarshalPKCS8PrivateKey(edKey))
	small := must(rsa.GenerateKey(rand.Reader, 1024))
	p384 := must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	cases := []struct{ rule, text, want string }{
		{"no text", "", "no PEM block"},
		{"DER", "\x30\x82", "no PEM block"},
		{"a private key", pemText("PRIVATE KEY", private), "give its public half (openssl pkey -pubout)"},
		{"an old private key", pemText("RSA PRIVATE KEY", private), "give its public half"},
		{"a certificate", pemText("CERTIFICATE", private), "is a CERTIFICATE, not a PUBLIC KEY"},
		{"two keys", public + public, "one key at a time"},
		{"a private key after it", public + pemText("PRIVATE KEY", private), "one key at a time"},
		{"garbage inside", pemText("PUBLIC KEY", []byte("garbage")), "can't be read as a public key"},
		{"a short RSA key", pemText("PUBLIC KEY", must(x509.MarshalPKIXPublicKey(small.Public()))), "RSA key of 1024 bits"},
		{"another curve", pemText("PUBLIC KEY", must(x509.MarshalPKIXPublicKey(p384.Public()))), "on P-256"},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			key, err := jwtauth.ParsePEM("k1", []byte(c.text))
			if err == nil || !strings.Contains(err.Error(), c.want) || key.Public != nil {
				t.Errorf("got %v, %v; want an error with %q and no key", key, err, c.want)
			}
		})
	}
}
