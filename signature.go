package payments

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

const (
	// signatureTolerance is how far a signature's time may lie from ours, either way: Stripe's own default.
	signatureTolerance = 5 * time.Minute

	maxSignatureHeader = 4 << 10
	maxSignaturePairs  = 16
)

// verifySignature checks a Stripe-Signature header, "t=<unix seconds>,v1=<hex HMAC-SHA256 of t.body>", as
// Stripe documents it. Several v1 stand in it while a secret is rolled; other schemes are passed over. Unlike
// stripe-go's it never accepts an empty secret, and refuses times in the future.
func verifySignature(body []byte, header string, secret Secret, now time.Time) bool {
	if secret.IsZero() {
		return false
	}
	at, signatures, ok := parseSignature(header)
	if !ok {
		return false
	}
	seconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > signatureTolerance {
		return false
	}
	mac := hmac.New(sha256.New, []byte(secret.Reveal()))
	mac.Write([]byte(at + "."))
	mac.Write(body)
	want := mac.Sum(nil)
	for _, got := range signatures {
		if hmac.Equal(got, want) {
			return true
		}
	}
	return false
}

// parseSignature takes a header apart: name=value pairs, exactly one time of plain digits, and the well-formed v1 signatures.
func parseSignature(header string) (at string, signatures [][]byte, ok bool) {
	if len(header) > maxSignatureHeader || strings.Count(header, ",") >= maxSignaturePairs {
		return "", nil, false
	}
	for pair := range strings.SplitSeq(header, ",") {
		scheme, value, isPair := strings.Cut(pair, "=")
		if !isPair || strings.Contains(value, "=") {
			return "", nil, false
		}
		switch scheme {
		case "t":
			if at != "" || !digits(value) {
				return "", nil, false
			}
			at = value
		case "v1":
			mac, err := hex.DecodeString(value)
			if err == nil && len(mac) == sha256.Size && value == strings.ToLower(value) {
				signatures = append(signatures, mac)
			}
		}
	}
	return at, signatures, at != "" && len(signatures) > 0
}

// digits reports whether s is a number as Stripe writes a time: without sign, space or leading zero.
func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != "" && s[0] != '0' && len(s) <= 12
}
