package payments

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76/webhook"
)

const webhookSecret = "whsec_c2lnbmVkQnlTdHJpcGU"

var (
	signedBody = []byte(`{"id":"evt_1","object":"event","type":"invoice.paid"}`)
	signedAt   = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
)

// v1 signs "t.body" the way Stripe documents it, from crypto/hmac alone.
func v1(t, secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(fmt.Appendf(nil, "%s.%s", t, body))
	return hex.EncodeToString(mac.Sum(nil))
}

func headerAt(at time.Time) string {
	t := strconv.FormatInt(at.Unix(), 10)
	return "t=" + t + ",v1=" + v1(t, webhookSecret, signedBody)
}

func verifies(header string) bool {
	return verifySignature(signedBody, header, NewSecret(webhookSecret), signedAt)
}

func TestSignatureMadeByStripesLibraryIsAccepted(t *testing.T) {
	signed := webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: signedBody, Secret: webhookSecret, Timestamp: signedAt})
	if !verifies(signed.Header) {
		t.Errorf("refused %q", signed.Header)
	}
	if got := headerAt(signedAt); got != signed.Header {
		t.Errorf("the test's own signer says %q, stripe-go %q", got, signed.Header)
	}
}

func TestSignatureTimeIsToleratedFiveMinutesEitherWay(t *testing.T) {
	for skew, want := range map[time.Duration]bool{
		0: true, -299 * time.Second: true, -300 * time.Second: true, -301 * time.Second: false,
		299 * time.Second: true, 300 * time.Second: true, 301 * time.Second: false, 24 * time.Hour: false,
	} {
		if got := verifies(headerAt(signedAt.Add(skew))); got != want {
			t.Errorf("a signature %s from now: accepted %v, want %v", skew, got, want)
		}
	}
	// Stripe's seconds are whole, ours aren't.
	if !verifySignature(signedBody, headerAt(signedAt.Add(300*time.Second)), NewSecret(webhookSecret), signedAt.Add(500*time.Millisecond)) {
		t.Error("299.5 seconds ahead was refused")
	}
}

func TestSignatureTimeMustBePlainDigits(t *testing.T) {
	now := strconv.FormatInt(signedAt.Unix(), 10)
	for _, at := range []string{
		"0", "-1", "-" + now, "+" + now, " " + now, now + " ", "", "x", now + ".0", "0x6923", now + "e0", "1e9",
		"0" + now, "00000000" + now, strconv.FormatInt(math.MaxInt64, 10), strconv.FormatInt(math.MinInt64, 10), "9223372036854775808", "99999999999999999999999",
		"٣", now + "\x00",
	} {
		if verifies("t=" + at + ",v1=" + v1(at, webhookSecret, signedBody)) {
			t.Errorf("the time %q was accepted", at)
		}
	}
	if header := headerAt(signedAt); verifies("t="+now+","+header) || verifies(header+",t="+now) {
		t.Error("two times were accepted")
	}
}

func TestEmptySecretVerifiesNothing(t *testing.T) {
	at := strconv.FormatInt(signedAt.Unix(), 10)
	forged := "t=" + at + ",v1=" + v1(at, "", signedBody)
	for _, secret := range []Secret{{}, NewSecret("")} {
		if verifySignature(signedBody, forged, secret, signedAt) {
			t.Error("a signature made with the empty secret was accepted")
		}
	}
	if verifies(forged) {
		t.Error("a signature made with the empty secret was accepted for another one")
	}
	if webhook.ValidatePayloadIgnoringTolerance(signedBody, forged, "") != nil {
		t.Error("stripe-go has come to refuse it too: say so in verifySignature's comment")
	}
}

func TestOtherBodiesAndSecretsAreRefused(t *testing.T) {
	header := headerAt(signedAt)
	for name, body := range map[string]string{
		"one byte":    strings.Replace(string(signedBody), "evt_1", "evt_2", 1),
		"a space":     strings.Replace(string(signedBody), ":", ": ", 1),
		"a line end":  string(signedBody) + "\n",
		"other order": `{"object":"event","id":"evt_1","type":"invoice.paid"}`,
		"nothing":     "",
	} {
		if verifySignature([]byte(body), header, NewSecret(webhookSecret), signedAt) {
			t.Errorf("a body that differs in %s was accepted", name)
		}
	}
	for _, secret := range []string{webhookSecret + "x", webhookSecret[1:], strings.ToUpper(webhookSecret), "c2lnbmVkQnlTdHJpcGU", "whsec_"} {
		if verifySignature(signedBody, header, NewSecret(secret), signedAt) {
			t.Errorf("the secret %q opened it", secret)
		}
	}
}

func TestAnyOfSeveralSignaturesCounts(t *testing.T) {
	at := strconv.FormatInt(signedAt.Unix(), 10)
	good, bad := "v1="+v1(at, webhookSecret, signedBody), "v1="+v1(at, "whsec_other", signedBody)
	for header, want := range map[string]bool{
		"t=" + at + "," + good + "," + bad:                                    true,
		"t=" + at + "," + bad + "," + good:                                    true,
		"t=" + at + "," + bad:                                                 false,
		"t=" + at + "," + bad + "," + bad:                                     false,
		good + ",t=" + at:                                                     true,
		"t=" + at + ",v0=" + strings.Repeat("0", 64) + "," + good:             true,
		"t=" + at + ",v2=" + strings.Repeat("0", 64) + "," + good:             true,
		"t=" + at + ",v1=zz," + good:                                          true,
		"t=" + at + "," + strings.Replace(good, "v1", "v0", 1):                false,
		"t=" + at + "," + strings.Replace(good, "v1", "v2", 1):                false,
		"t=" + at + "," + strings.Replace(good, "v1", "V1", 1):                false,
		"t=" + at + ", " + good:                                               false,
		"t=" + at + ",v1=" + strings.ToUpper(strings.TrimPrefix(good, "v1=")): false,
		"t=" + at + "," + good[:len(good)-1]:                                  false, // 63 digits
		"t=" + at + "," + good + "0":                                          false, // 65
		"t=" + at + "," + good + "00":                                         false, // 66
		"t=" + at + "," + good[:len(good)-2]:                                  false, // 62
		"t=" + at + ",v1=":                                                    false,
		"t=" + at:                                                             false,
		good:                                                                  false,
		"":                                                                    false,
		",":                                                                   false,
		"=":                                                                   false,
		"t=" + at + ";" + good:                                                false,
		"T=" + at + "," + good:                                                false,
		"t=" + at + "," + good + ",":                                          false, // a pair without "="
		"t=" + at + "," + good + ",x":                                         false,
		"t=" + at + "," + good + ",x=1=2":                                     false,
		"t=" + at + "," + good + "\n":                                         false,
		"t=" + at + "," + good + ",t=" + strconv.FormatInt(signedAt.Unix()+86400*7, 10): false,
	} {
		if got := verifies(header); got != want {
			t.Errorf("%q: accepted %v, want %v", header, got, want)
		}
	}
}

func TestOversizedSignatureHeadersAreRefusedUnread(t *testing.T) {
	header := headerAt(signedAt)
	if pairs := header + strings.Repeat(",v0=0", 14); !verifies(pairs) {
		t.Error("16 pairs were refused")
	}
	if pairs := header + strings.Repeat(",v0=0", 15); verifies(pairs) {
		t.Error("17 pairs were accepted")
	}
	for size, want := range map[int]bool{maxSignatureHeader: true, maxSignatureHeader + 1: false, 5 << 10: false, 1 << 20: false} {
		long := header + ",v0="
		if got := verifies(long + strings.Repeat("0", size-len(long))); got != want {
			t.Errorf("a header of %d bytes: accepted %v, want %v", size, got, want)
		}
	}
	// What is too long must be refused before any work is done on it.
	huge := header + strings.Repeat(",v1="+strings.Repeat("0", 64), 1<<14)
	if allocs := testing.AllocsPerRun(10, func() { verifies(huge) }); allocs > 4 {
		t.Errorf("a header of a megabyte made %v allocations", allocs)
	}
}

// FuzzSignature compares with stripe-go's verifier. Ours must accept nothing that stripe-go refuses, and must refuse
// of what stripe-go accepts only what is listed here.
func FuzzSignature(f *testing.F) {
	at := strconv.FormatInt(signedAt.Unix(), 10)
	good := v1(at, webhookSecret, signedBody)
	for _, header := range []string{
		"t=" + at + ",v1=" + good, "t=" + at + ",v1=" + strings.ToUpper(good), "v1=" + good,
		"t=" + at + ",v1=GOOD", "t=" + at + ",v1=GOOD,x", "t=" + at + ",v1=GOOD,v0=a=b", "t=" + at + ",v0=1,v1=2,v1=GOOD",
		"t=0" + at + ",v1=GOOD", "t=1,t=" + at + ",v1=GOOD", "t=+" + at + ",v1=GOOD", "t=0,v1=GOOD", "t=,v1=GOOD", "t= " + at + ", v1=GOOD",
	} {
		f.Add(header, webhookSecret, signedBody)
		f.Add(header, "", signedBody)
	}
	f.Fuzz(func(t *testing.T, header, secret string, body []byte) {
		// Chance finds no valid MAC: GOOD stands for the one of the first time in the header.
		_, first, _ := strings.Cut(header, "t=")
		first, _, _ = strings.Cut(first, ",")
		header = strings.ReplaceAll(header, "GOOD", v1(first, secret, body))
		ours := verifySignature(body, header, NewSecret(secret), signedAt)
		theirs := webhook.ValidatePayloadIgnoringTolerance(body, header, secret) == nil
		if ours && !theirs {
			t.Fatalf("accepted %q of secret %q, which stripe-go refuses", header, secret)
		}
		if theirs && !ours && !refusedOnPurpose(header, secret) {
			t.Fatalf("refused %q of secret %q, which stripe-go accepts", header, secret)
		}
	})
}

// refusedOnPurpose lists what stripe-go accepts and this library doesn't.
func refusedOnPurpose(header, secret string) bool {
	at, others, _ := strings.Cut(header, ",")
	seconds, err := strconv.ParseInt(strings.TrimPrefix(at, "t="), 10, 64)
	return secret == "" ||
		len(header) > maxSignatureHeader || strings.Count(header, ",") >= maxSignaturePairs ||
		strings.ToLower(header) != header || // upper-case hexadecimal
		strings.Count(","+header, ",t=") != 1 || // several times, or none
		!strings.HasPrefix(at, "t=") || strings.Contains(others, "t=") ||
		err != nil || "t="+strconv.FormatInt(seconds, 10) != at || // a time that isn't written plainly
		time.Unix(seconds, 0).Sub(signedAt).Abs() > signatureTolerance
}
