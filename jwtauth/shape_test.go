package jwtauth_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

func TestATokenHasOneSpelling(t *testing.T) {
	auth := hmacAuth(t)
	token := endUserToken()
	accepted(t, auth, token)
	parts := strings.Split(token, ".")
	cases := map[string]string{
		"empty":                 "",
		"a line break at end":   token + "\n",
		"a carriage return":     token + "\r",
		"a line break inside":   token[:20] + "\n" + token[20:],
		"a space before":        " " + token,
		"a space after":         token + " ",
		"a scheme":              "Bearer " + token,
		"padding":               token + "=",
		"padded parts":          parts[0] + "==." + parts[1] + "=." + parts[2] + "=",
		"the other alphabet":    parts[0] + "." + parts[1] + "." + strings.Repeat("+/", 21) + "A",
		"percent-encoded":       strings.ReplaceAll(token, ".", "%2E"),
		"one part":              parts[0],
		"two parts":             parts[0] + "." + parts[1],
		"four parts":            token + "." + parts[2],
		"five parts, encrypted": token + ".AA.AA",
		"a dot at the end":      token + ".",
		"a dot before":          "." + token,
		"no header":             "." + parts[1] + "." + parts[2],
		"no claims":             parts[0] + ".." + parts[2],
		"only dots":             "..",
		"a NUL":                 token + "\x00",
		"not UTF-8":             token + "\xff",
		"a JSON serialisation":  fmt.Sprintf(`{"protected":%q,"payload":%q,"signature":%q}`, parts[0], parts[1], parts[2]),
	}
	for rule, token := range cases {
		t.Run(rule, func(t *testing.T) { refused(t, auth, token) })
	}
}

func TestUnusedBitsOfTheLastCharacterMustBeZero(t *testing.T) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	auth := hmacAuth(t)
	token := endUserToken()
	last := strings.IndexByte(alphabet, token[len(token)-1])
	if last%4 != 0 {
		t.Fatalf("the last of 43 characters holds four bits, but is %d", last)
	}
	for variant := 1; variant < 4; variant++ {
		refused(t, auth, token[:len(token)-1]+string(alphabet[last+variant]))
	}
}

// sized returns a valid token of exactly n bytes. Base64 skips some lengths, so the header varies too.
func sized(t *testing.T, n int) string {
	t.Helper()
	for _, space := range []string{"", " ", "  "} {
		for fill := n*3/4 - 400; ; fill++ {
			token := mint("HS256", []byte(endUserSecret), `{"alg":"HS256"`+space+`}`, payload("fill", `"`+strings.Repeat("x", fill)+`"`))
			if len(token) == n {
				return token
			}
			if len(token) > n {
				break
			}
		}
	}
	t.Fatalf("no token of %d bytes", n)
	return ""
}

func TestATokenHasAtMost8KiB(t *testing.T) {
	auth := hmacAuth(t)
	accepted(t, auth, sized(t, 8<<10))
	refused(t, auth, sized(t, 8<<10+1))
	refused(t, auth, sized(t, 64<<10))
}

func TestAHugeTokenCostsNothing(t *testing.T) {
	auth := hmacAuth(t)
	for _, token := range []string{strings.Repeat(".", 5<<20), strings.Repeat("A", 5<<20), endUserToken() + strings.Repeat(".", 5<<20)} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := auth.EndUser(t.Context(), token, "")
		runtime.ReadMemStats(&after)
		if allocated := after.TotalAlloc - before.TotalAlloc; err == nil || allocated > 64<<10 {
			t.Errorf("got %v and %d bytes allocated, want a refusal and at most 64 KiB", err, allocated)
		}
	}
}

func TestDeepNestingIsHarmless(t *testing.T) {
	auth := hmacAuth(t)
	deep := strings.Repeat("[", 2500) + strings.Repeat("]", 2500)
	accepted(t, auth, endUserToken("x", deep))
	refused(t, auth, endUserToken("sub", deep))
	refused(t, auth, mint("HS256", []byte(endUserSecret), `{"alg":"HS256","crit":`+deep+`}`, payload()))
}

func TestCriticalExtensionsAreRefused(t *testing.T) {
	auth := hmacAuth(t)
	for _, member := range []string{
		`"crit":["exp"]`, `"crit":["b64"],"b64":false`, `"crit":["urn:example:later"],"urn:example:later":1`,
		`"crit":[]`, `"crit":null`, `"crit":"b64"`, `"b64":false`, `"b64":true`,
	} {
		t.Run(member, func(t *testing.T) {
			refused(t, auth, mint("HS256", []byte(endUserSecret), header("HS256", member), payload()))
		})
	}
}

func TestTheHeaderMustBeAnObjectInUTF8(t *testing.T) {
	auth := hmacAuth(t)
	for _, header := range []string{
		``, `null`, `[]`, `"HS256"`, `{}`, `{"alg":"HS256"`, `{"alg":"HS256"}{}`, "\xef\xbb\xbf" + hsHeader,
		"{\"alg\":\"HS256\",\"x\":\"\xff\"}", `{"alg":"HS256","x":1e999}`, `{"alg":"HS256","x":` + strings.Repeat("9", 3000) + `}`,
	} {
		t.Run(fmt.Sprintf("%.40q", header), func(t *testing.T) {
			refused(t, auth, mint("HS256", []byte(endUserSecret), header, payload()))
		})
	}
}
