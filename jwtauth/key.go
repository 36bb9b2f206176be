package jwtauth

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"

	"github.com/manytenants/payments"
)

const (
	hs256 = "HS256"
	rs256 = "RS256"
	es256 = "ES256"
	edDSA = "EdDSA"

	maxKeys  = 16
	maxKeyID = 256
	minHMAC  = 32
	minRSA   = 2048
	maxRSA   = 8192
)

var algorithms = []string{hs256, rs256, es256, edDSA}

// Key is one key that tokens may be signed with. Exactly one of HMAC and Public is set, and it decides
// the algorithm: a key never verifies under another.
type Key struct {
	// ID is matched with the header "kid". A token with a kid is tried with the key of that ID and with
	// keys without an ID; a token without one is tried with each key of its algorithm. At most 256 characters.
	ID string

	// HMAC is the shared secret of HS256: at least 32 random bytes, used as they are.
	HMAC payments.Secret

	// Public is the public key of RS256 (*[rsa.PublicKey] of 2048 to 8192 bits), ES256 (*[ecdsa.PublicKey]
	// on P-256) or EdDSA ([ed25519.PublicKey]). [ParsePEM] reads one from a file.
	Public crypto.PublicKey
}

// ParsePEM returns the key in a PEM text with one "PUBLIC KEY" block, as openssl and the identity
// providers write it.
func ParsePEM(id string, text []byte) (Key, error) {
	block, rest := pem.Decode(text)
	switch {
	case block == nil:
		return Key{}, errors.New("jwtauth: no PEM block: give the text from -----BEGIN PUBLIC KEY----- to the end")
	case strings.Contains(block.Type, "PRIVATE"):
		return Key{}, errors.New("jwtauth: the PEM text is a private key, which only the issuer should have: give its public half (openssl pkey -pubout)")
	case block.Type != "PUBLIC KEY":
		return Key{}, fmt.Errorf("jwtauth: the PEM block is a %s, not a PUBLIC KEY: convert it with openssl", block.Type)
	case len(strings.TrimSpace(string(rest))) > 0:
		return Key{}, errors.New("jwtauth: the PEM text goes on after its first block: give one key at a time")
	}
	public, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return Key{}, fmt.Errorf("jwtauth: the PEM block can't be read as a public key: %w", err)
	}
	key := Key{ID: id, Public: public}
	if _, err := key.check(); err != nil {
		return Key{}, fmt.Errorf("jwtauth: %w", err)
	}
	return key, nil
}

// checkedKey is a key that is strong enough, with the one algorithm that it verifies. Its secret stays
// a [payments.Secret], so that printing whatever holds it shows nothing.
type checkedKey struct {
	id        string
	algorithm string
	secret    payments.Secret
	public    crypto.PublicKey
}

// material is what golang-jwt wants for the algorithm.
func (k checkedKey) material() jwt.VerificationKey {
	if k.algorithm == hs256 {
		return []byte(k.secret.Reveal())
	}
	return k.public
}

func (k Key) check() (checkedKey, error) {
	if len(k.ID) > maxKeyID {
		return checkedKey{}, errors.New("ID is longer than 256 characters: give a shorter one")
	}
	if k.HMAC.IsZero() == (k.Public == nil) {
		return checkedKey{}, errors.New("set exactly one of HMAC and Public")
	}
	switch public := k.Public.(type) {
	case nil:
		return checkedKey{k.ID, hs256, k.HMAC, nil}, checkHMAC([]byte(k.HMAC.Reveal()))
	case *rsa.PublicKey:
		return checkedKey{k.ID, rs256, payments.Secret{}, public}, checkRSA(public)
	case *ecdsa.PublicKey:
		return checkedKey{k.ID, es256, payments.Secret{}, public}, checkECDSA(public)
	case ed25519.PublicKey:
		return checkedKey{k.ID, edDSA, payments.Secret{}, slices.Clone(public)}, checkEd25519(public)
	}
	return checkedKey{}, fmt.Errorf("Public is a %T: give an *rsa.PublicKey, *ecdsa.PublicKey or ed25519.PublicKey", k.Public)
}

func checkHMAC(secret []byte) error {
	switch {
	case len(secret) < minHMAC:
		return fmt.Errorf("HMAC has %d bytes: give at least %d from crypto/rand", len(secret), minHMAC)
	case strings.Contains(string(secret), "-----BEGIN "):
		return errors.New("HMAC is a PEM text, which others may know: give random bytes, or a public key in Public")
	case isPlaceholder(secret):
		return errors.New("HMAC repeats a few bytes: give at least 32 from crypto/rand")
	}
	return nil
}

func checkRSA(public *rsa.PublicKey) error {
	if public == nil || public.N == nil || public.N.Bit(0) == 0 || public.E < 3 || public.E%2 == 0 {
		return errors.New("Public is not an RSA key: give one that crypto/x509 has parsed")
	}
	if bits := public.N.BitLen(); bits < minRSA || bits > maxRSA {
		return fmt.Errorf("Public is an RSA key of %d bits: give one of %d to %d", bits, minRSA, maxRSA)
	}
	return nil
}

func checkECDSA(public *ecdsa.PublicKey) error {
	if public == nil || public.Curve != elliptic.P256() {
		return errors.New("Public is not an ECDSA key on P-256, which ES256 demands: give one")
	}
	if public.X == nil || public.Y == nil { //nolint:staticcheck // Bytes would panic; nothing else tells.
		return errors.New("Public has no point: give a key that crypto/x509 has parsed")
	}
	if _, err := public.Bytes(); err != nil {
		return fmt.Errorf("Public is not on its curve: %w", err)
	}
	return nil
}

// checkEd25519 refuses an all-zero key and its like too: these are points of small order, under which
// anyone can sign.
func checkEd25519(public ed25519.PublicKey) error {
	if len(public) != ed25519.PublicKeySize || isPlaceholder(public) {
		return errors.New("Public is not an Ed25519 key: give the 32 bytes that crypto/x509 has parsed")
	}
	return nil
}

// isPlaceholder reports that a key has fewer than 8 different bytes. A random one of 32 bytes practically
// always has more than 20.
func isPlaceholder(key []byte) bool {
	distinct := map[byte]bool{}
	for _, b := range key {
		distinct[b] = true
	}
	return len(distinct) < 8
}
