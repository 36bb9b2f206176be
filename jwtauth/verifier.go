package jwtauth

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	maxToken      = 8 << 10
	maxLeeway     = 5 * time.Minute
	defaultLeeway = 30 * time.Second
)

// VerifierOptions say which tokens a [Verifier] accepts. The first four are required.
type VerifierOptions struct {
	// Issuer is what the claim "iss" must be, character by character.
	Issuer string

	// Audience is what the claim "aud" must be or contain.
	Audience string

	// Algorithms are the accepted values of the header "alg": HS256 alone, or any of RS256, ES256 and EdDSA.
	// Each needs a key, and each key needs its algorithm here.
	Algorithms []string

	// Keys are the 1 to 16 keys that tokens may be signed with. To rotate, add the new key, let the issuer
	// sign with it, and take the old key away once its last token has expired.
	Keys []Key

	// Leeway is how far the issuer's clock may differ from this one, for "exp", "nbf" and "iat".
	// Zero means 30 seconds; at most 5 minutes.
	Leeway time.Duration

	// ProjectClaim names the claim with an end user's project. Empty means "project_id".
	ProjectClaim string

	// EmailClaim names the claim with an end user's e-mail address. Empty means "email".
	EmailClaim string

	// Now is the clock. Nil means [time.Now]. It must be safe for concurrent use.
	Now func() time.Time
}

// Verifier knows the tokens of one kind of caller. [NewVerifier] makes one; [New] joins two. It is safe for
// concurrent use.
type Verifier struct {
	issuer   string
	audience string
	names    claimNames
	keys     keySource
	parser   *jwt.Parser
}

// NewVerifier returns a verifier, or every problem of its options at once.
func NewVerifier(opts VerifierOptions) (*Verifier, error) {
	opts = opts.withDefaults()
	keys, err := opts.check()
	if err != nil {
		return nil, err
	}
	return &Verifier{
		issuer:   opts.Issuer,
		audience: opts.Audience,
		names:    opts.names(),
		keys:     keys,
		parser: jwt.NewParser(
			jwt.WithValidMethods(slices.Clone(opts.Algorithms)),
			jwt.WithIssuer(opts.Issuer),
			jwt.WithAudience(opts.Audience),
			jwt.WithExpirationRequired(),
			jwt.WithIssuedAt(),
			jwt.WithLeeway(opts.Leeway),
			jwt.WithTimeFunc(opts.Now),
			jwt.WithStrictDecoding(),
		),
	}, nil
}

// verifyOnly returns the claims of a token that v accepts and other can't. Two verifiers of one issuer
// differ in their audience, so the token to beware of is the one that names both.
func verifyOnly(ctx context.Context, v, other *Verifier, token string) (*claims, error) {
	c, err := v.verify(ctx, token)
	if err != nil {
		return nil, err
	}
	if sameIssuer(v, other) && slices.Contains(c.audience, other.audience) {
		return nil, errBoth
	}
	return c, nil
}

// verify returns the claims of a token that v accepts. The claims of any other never leave it.
func (v *Verifier) verify(ctx context.Context, token string) (*claims, error) {
	if len(token) > maxToken {
		return nil, errTooLong
	}
	// encoding/base64 skips line breaks even when it is strict, so that one token would have many spellings.
	if strings.IndexFunc(token, outsideAlphabet) >= 0 {
		return nil, errAlphabet
	}
	c := &claims{names: v.names}
	if _, err := v.parser.ParseWithClaims(token, c, v.keysFor(ctx)); err != nil {
		return nil, withoutToken(err)
	}
	return c, nil
}

// keysFor chooses the keys for a token whose algorithm the parser has already found in the list.
func (v *Verifier) keysFor(ctx context.Context) jwt.Keyfunc {
	return func(token *jwt.Token) (any, error) {
		kid, err := v.checkHeader(token)
		if err != nil {
			return nil, err
		}
		keys, err := v.keys.find(ctx, token.Method.Alg(), kid)
		if err != nil {
			return nil, err
		}
		return jwt.VerificationKeySet{Keys: keys}, nil
	}
}

// checkHeader refuses what this package doesn't understand and returns the key id, or "".
func (v *Verifier) checkHeader(token *jwt.Token) (string, error) {
	segment, _, _ := strings.Cut(token.Raw, ".")
	raw, err := v.parser.DecodeSegment(segment)
	if err != nil {
		return "", err
	}
	members, err := object(raw)
	if err != nil {
		return "", err
	}
	if members["crit"] != nil || members["b64"] != nil {
		return "", errCritical
	}
	kid, isText := token.Header["kid"].(string)
	if members["kid"] != nil && !isText || len(kid) > maxKeyID {
		return "", errKeyID
	}
	return kid, nil
}

func sameIssuer(a, b *Verifier) bool { return a.issuer == b.issuer }

func outsideAlphabet(r rune) bool {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
		return false
	}
	return r != '-' && r != '_' && r != '.'
}
