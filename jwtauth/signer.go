package jwtauth

import (
	"errors"
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/manytenants/payments"
)

// Signer issues HS256 tokens that a [Verifier] of the same options accepts. It is for tests, demos and
// platforms that issue their own tokens; a platform with an identity provider won't need it. It is safe
// for concurrent use.
type Signer struct {
	opts     VerifierOptions
	lifetime time.Duration
}

// NewSigner returns a signer that signs with the first of the options' keys, which must be an HMAC key,
// and whose tokens expire after lifetime. Options that [NewVerifier] refuses are refused here too.
func NewSigner(opts VerifierOptions, lifetime time.Duration) (*Signer, error) {
	opts = opts.withDefaults()
	var p problems
	if _, err := opts.check(); err != nil {
		p = append(p, err)
	}
	p.require(len(opts.Keys) == 0 || !opts.Keys[0].HMAC.IsZero(), "Keys[0] is not an HMAC key, and a signer signs with that: give one")
	p.require(lifetime >= time.Second, "lifetime is %v: give a second or more", lifetime)
	if err := p.err(); err != nil {
		return nil, err
	}
	opts.Keys = slices.Clone(opts.Keys)
	return &Signer{opts, lifetime}, nil
}

// Developer returns a token that speaks for a developer.
func (s *Signer) Developer(developer payments.Developer) (string, error) {
	if !validDeveloper(string(developer.ID)) {
		return "", errors.New("jwtauth: the developer's ID is not 1 to 255 printable ASCII characters")
	}
	return s.sign(jwt.MapClaims{"sub": developer.ID})
}

// EndUser returns a token that speaks for an end user, with the project and the e-mail address that the user
// has. Without a project, the token is accepted only with the help of [Options.Member].
func (s *Signer) EndUser(user payments.EndUser) (string, error) {
	claims := jwt.MapClaims{"sub": user.ID}
	if !user.ID.Valid() {
		return "", errors.New("jwtauth: the user's ID is not 1 to 128 characters of [A-Za-z0-9._~-]")
	}
	if user.Project != "" {
		if !user.Project.Valid() {
			return "", errors.New("jwtauth: the user's Project is not 1 to 128 characters of [A-Za-z0-9._~-]")
		}
		claims[s.opts.ProjectClaim] = user.Project
	}
	if user.Email != "" {
		if address(user.Email) == "" {
			return "", errors.New("jwtauth: the user's Email is not an e-mail address of at most 254 characters")
		}
		claims[s.opts.EmailClaim] = user.Email
	}
	return s.sign(claims)
}

func (s *Signer) sign(claims jwt.MapClaims) (string, error) {
	now := s.opts.Now()
	claims["iss"] = s.opts.Issuer
	claims["aud"] = s.opts.Audience
	claims["iat"] = now.Unix()
	claims["exp"] = now.Add(s.lifetime).Unix()
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, claims)
	if id := s.opts.Keys[0].ID; id != "" {
		token.Header["kid"] = id
	}
	return token.SignedString([]byte(s.opts.Keys[0].HMAC.Reveal()))
}
