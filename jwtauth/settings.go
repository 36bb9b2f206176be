package jwtauth

import (
	"slices"
	"strings"
	"time"
)

// registered are the claims that have a meaning of their own.
var registered = []string{"iss", "sub", "aud", "exp", "nbf", "iat", "jti"}

func (o VerifierOptions) withDefaults() VerifierOptions {
	if o.Leeway == 0 {
		o.Leeway = defaultLeeway
	}
	if o.ProjectClaim == "" {
		o.ProjectClaim = "project_id"
	}
	if o.EmailClaim == "" {
		o.EmailClaim = "email"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

func (o VerifierOptions) names() claimNames {
	return claimNames{project: o.ProjectClaim, email: o.EmailClaim}
}

// check returns the usable keys, or everything that is wrong with the options.
func (o VerifierOptions) check() (*staticKeys, error) {
	var p problems
	p.require(o.Issuer != "", `Issuer is empty: give the exact "iss" of the tokens, such as https://login.example`)
	p.require(o.Audience != "", `Audience is empty: give the "aud" that the issuer puts in tokens for this API`)
	p.require(0 < o.Leeway && o.Leeway <= maxLeeway, "Leeway is %v: give 0 for 30 seconds, or at most 5 minutes", o.Leeway)
	o.checkClaimNames(&p)
	o.checkAlgorithms(&p)
	keys := o.checkKeys(&p)
	return keys, p.err()
}

func (o VerifierOptions) checkClaimNames(p *problems) {
	for _, name := range []string{o.ProjectClaim, o.EmailClaim} {
		p.require(!slices.Contains(registered, fold(name)), "claim name %q has a meaning of its own: give a private claim", name)
	}
	p.require(fold(o.ProjectClaim) != fold(o.EmailClaim), "ProjectClaim and EmailClaim are one claim: give two names")
}

func (o VerifierOptions) checkAlgorithms(p *problems) {
	p.require(len(o.Algorithms) > 0, "Algorithms is empty: give the algorithms of the issuer, such as ES256")
	for _, name := range o.Algorithms {
		p.require(slices.Contains(algorithms, name), "algorithm %q is not supported: give some of %s", name, strings.Join(algorithms, ", "))
	}
	other := slices.ContainsFunc(o.Algorithms, func(name string) bool { return name != hs256 })
	p.require(!other || !slices.Contains(o.Algorithms, hs256),
		"Algorithms mixes HS256 with others, which invites key confusion: make one verifier per issuer, with HS256 alone or without it")
}

// checkKeys demands that keys and algorithms fit each other, so that no setting is without effect.
func (o VerifierOptions) checkKeys(p *problems) *staticKeys {
	p.require(len(o.Keys) > 0, "Keys is empty: give the issuer's keys")
	p.require(len(o.Keys) <= maxKeys, "Keys has %d keys, and a token without a key id is tried with each: give at most %d", len(o.Keys), maxKeys)
	keys := &staticKeys{}
	for i, k := range o.Keys {
		checked, err := k.check()
		if err != nil {
			p.require(false, "Keys[%d]: %w", i, err)
			continue
		}
		p.require(slices.Contains(o.Algorithms, checked.algorithm), "Keys[%d] is for %s, which Algorithms doesn't list: add it or take the key away", i, checked.algorithm)
		p.require(k.ID == "" || !keys.has(k.ID), "Keys[%d] has the ID of an earlier key: give each key its own", i)
		keys.all = append(keys.all, checked)
	}
	for _, name := range o.Algorithms {
		p.require(slices.ContainsFunc(keys.all, func(k checkedKey) bool { return k.algorithm == name }) || !slices.Contains(algorithms, name),
			"algorithm %s has no usable key: add one or take the algorithm away", name)
	}
	return keys
}
