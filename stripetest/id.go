package stripetest

import (
	"math/rand/v2"
	"strings"
)

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// random is n characters from the server's seeded source. Server.mu must be held.
func (s *Server) random(n int) string { return characters(s.ids, n) }

func characters(source *rand.Rand, n int) string {
	out := make([]byte, n)
	for i := range out {
		out[i] = base62[source.IntN(len(base62))]
	}
	return string(out)
}

// newID is an id with Stripe's prefix and length for the kind.
func (a *Account) newID(prefix string) string {
	switch prefix {
	case "cus", "prod", "si":
		return prefix + "_" + a.server.random(14)
	case "cs":
		return "cs_" + a.mode() + "_" + a.server.random(58)
	}
	return prefix + "_1" + a.server.random(23)
}

func (a *Account) mode() string {
	if a.livemode {
		return "live"
	}
	return "test"
}

// keyMode tells the mode of a secret or restricted key, and whether it is one at all.
func keyMode(key string) (live, restricted, ok bool) {
	prefix, rest, _ := strings.Cut(key, "_")
	mode, secret, _ := strings.Cut(rest, "_")
	ok = (prefix == "sk" || prefix == "rk") && (mode == "test" || mode == "live") && secret != ""
	return mode == "live", prefix == "rk", ok
}
