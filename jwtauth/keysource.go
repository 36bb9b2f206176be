package jwtauth

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"slices"

	"github.com/golang-jwt/jwt/v5"

	"github.com/manytenants/payments"
)

// keySource finds the keys that a token may be signed with: those of the algorithm alone, and of
// the key id where there is one. It must be safe for concurrent use, and never return no keys without an error.
type keySource interface {
	find(ctx context.Context, algorithm, kid string) ([]jwt.VerificationKey, error)
	secrets() []payments.Secret // the HMAC keys
}

// staticKeys are the keys that the host configured.
type staticKeys struct{ all []checkedKey }

func (s *staticKeys) find(_ context.Context, algorithm, kid string) ([]jwt.VerificationKey, error) {
	var found []jwt.VerificationKey
	for _, k := range s.all {
		if k.algorithm == algorithm && (kid == "" || k.id == "" || k.id == kid) {
			found = append(found, k.material())
		}
	}
	if len(found) == 0 {
		return nil, errNoKey
	}
	return found, nil
}

func (s *staticKeys) has(id string) bool {
	return slices.ContainsFunc(s.all, func(k checkedKey) bool { return k.id == id })
}

func (s *staticKeys) secrets() []payments.Secret {
	var secrets []payments.Secret
	for _, k := range s.all {
		if k.algorithm == hs256 {
			secrets = append(secrets, k.secret)
		}
	}
	return secrets
}

// sharesHMAC compares what keys do rather than how they are spelled: HMAC fills a key up with zero bytes
// and hashes one that is longer than a block, so that different texts can be one key.
func sharesHMAC(a, b keySource) bool {
	code := func(key payments.Secret) []byte { return hmac.New(sha256.New, []byte(key.Reveal())).Sum(nil) }
	for _, x := range a.secrets() {
		for _, y := range b.secrets() {
			if hmac.Equal(code(x), code(y)) {
				return true
			}
		}
	}
	return false
}
