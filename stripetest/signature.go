package stripetest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

// Sign makes the Stripe-Signature header of a webhook body signed at a moment, for tests that post
// a body of their own. With several secrets it has a signature by each, as while one is rolled.
func Sign(body []byte, secret string, at time.Time, more ...string) string {
	parts := []string{"t=" + strconv.FormatInt(at.Unix(), 10), "v1=" + mac(body, secret, at)}
	for _, other := range more {
		parts = append(parts, "v1="+mac(body, other, at))
	}
	return strings.Join(parts, ",")
}

func mac(body []byte, secret string, at time.Time) string {
	hash := hmac.New(sha256.New, []byte(secret))
	hash.Write([]byte(strconv.FormatInt(at.Unix(), 10) + "."))
	hash.Write(body)
	return hex.EncodeToString(hash.Sum(nil))
}

// sign makes the header of a delivery. In test mode Stripe adds a v0 signature that means nothing, so
// that receivers learn to ignore schemes they don't know.
func (e *Endpoint) sign(body []byte, at time.Time) string {
	secrets := e.valid(at)
	header := Sign(body, secrets[0], at, secrets[1:]...)
	if !e.account.livemode {
		header += ",v0=" + mac(body, "v0", at)
	}
	return header
}
