// Package jwtauth is [payments.Auth] for platforms whose callers carry JSON Web Tokens.
//
// A platform has two kinds of callers, and each has a [Verifier] of its own: one for the access tokens
// of developers, one for the tokens of their end users. A verifier accepts a token only if it is signed
// with one of its keys under one of its algorithms, was issued by its issuer for its audience, and has
// not expired. None of the four has a default that would accept more, and [NewVerifier] refuses settings
// that leave one out.
//
//	developers, err := jwtauth.NewVerifier(jwtauth.VerifierOptions{
//		Issuer:     "https://login.example",
//		Audience:   "payments-developers",
//		Algorithms: []string{"ES256"},
//		Keys:       []jwtauth.Key{key},
//	})
//
// [New] joins the two verifiers with the host's directory of projects. It refuses verifiers that overlap,
// so that a developer's token never speaks for an end user, nor the reverse.
//
// # What a token says
//
// The claim "sub" is the caller. For an end user it keeps to the rule of [payments.UserID]: 1 to 128
// characters of [A-Za-z0-9._~-]. For a developer it is 1 to 255 printable ASCII characters that neither
// begin nor end with a space, which covers what identity providers issue.
//
// The claim "project_id" is the project of an end user ([VerifierOptions.ProjectClaim] renames it). It is
// final: the project that a caller names beside the token neither replaces nor widens it, and is ignored.
// Only a token without the claim may be completed that way, and only if [Options.Member] says so.
//
// The claim "email" is passed on if it is an e-mail address and left out otherwise. It identifies nobody.
//
// All three must be JSON strings where they are present; null means that they are not.
//
// # What is refused
//
// Besides wrong signatures, issuers, audiences and times, a token is refused if it is longer than
// 8 KiB, has two members of one name (letter case aside), uses an extension that is marked critical,
// or deviates from base64url without padding. The headers jku, jwk, x5u and x5c are ignored: a token never
// brings its own key, and verifying one never sends a request.
//
// Every refusal is a [*payments.Error] of kind [payments.ErrUnauthenticated]. Its message is safe to show
// and its cause is for the log; neither contains the token, and no claim is returned beside it.
package jwtauth

import (
	"context"
	"errors"
	"fmt"

	"github.com/manytenants/payments"
)

// Options are the optional settings of [New].
type Options struct {
	// Member tells whether an end user belongs to a project. It is asked only for a token that names no
	// project, with the valid identifier that the caller claimed instead. An error means that the answer isn't
	// known, and is returned with its operation. It must be safe for concurrent use.
	//
	// Nil refuses every end-user token that names no project. Most hosts put the project in the token and
	// won't need this.
	Member func(ctx context.Context, project payments.ProjectID, user payments.UserID) (bool, error)
}

// Auth is [payments.Auth] on two verifiers. [New] makes one. It is safe for concurrent use.
type Auth struct {
	developers *Verifier
	endUsers   *Verifier
	projects   payments.Projects
	member     func(context.Context, payments.ProjectID, payments.UserID) (bool, error)
}

var _ payments.Auth = (*Auth)(nil)

// New returns an Auth that knows developers and end users by their tokens and asks projects about
// projects. Nil Options are the defaults.
//
// It refuses verifiers that could accept the same token: those with one issuer and one audience, and those
// that share an HMAC key, with which whoever issues one kind of token could make the other. Two verifiers
// of one issuer with different audiences are fine, also on the same public keys; a token that
// names both audiences is then accepted by neither.
func New(developers, endUsers *Verifier, projects payments.Projects, opts *Options) (*Auth, error) {
	var p problems
	p.require(developers != nil, "developers is nil: make a verifier for developer tokens with NewVerifier")
	p.require(endUsers != nil, "endUsers is nil: make a verifier for end-user tokens with NewVerifier")
	p.require(projects != nil, "projects is nil: give the host's directory of projects")
	if developers != nil && endUsers != nil {
		p.require(!sameIssuer(developers, endUsers) || developers.audience != endUsers.audience,
			"developers and end users share issuer and audience, so that one's token would pass for the other's: give them different audiences")
		p.require(!sharesHMAC(developers.keys, endUsers.keys),
			"developers and end users share an HMAC key, with which one's tokens can be forged from the other's: give them different keys")
	}
	if err := p.err(); err != nil {
		return nil, err
	}
	a := &Auth{developers: developers, endUsers: endUsers, projects: projects}
	if opts != nil {
		a.member = opts.Member
	}
	return a, nil
}

// Developer returns the developer that a token of the developers' verifier speaks for.
func (a *Auth) Developer(ctx context.Context, token string) (payments.Developer, error) {
	claims, err := verifyOnly(ctx, a.developers, a.endUsers, token)
	if err != nil {
		return payments.Developer{}, refuse(err)
	}
	if !validDeveloper(claims.subject) {
		return payments.Developer{}, refuse(errors.New(`the claim "sub" is not 1 to 255 printable ASCII characters`))
	}
	return payments.Developer{ID: payments.DeveloperID(claims.subject)}, nil
}

// EndUser returns the end user that a token of the end users' verifier speaks for. The project comes
// from the token, and claimed is then ignored. It counts only for a token that names no project, and only
// as far as [Options.Member] says that the user belongs to it.
func (a *Auth) EndUser(ctx context.Context, token string, claimed payments.ProjectID) (payments.EndUser, error) {
	claims, err := verifyOnly(ctx, a.endUsers, a.developers, token)
	if err != nil {
		return payments.EndUser{}, refuse(err)
	}
	user := payments.EndUser{ID: payments.UserID(claims.subject), Email: address(claims.email)}
	if !user.ID.Valid() {
		return payments.EndUser{}, refuse(errors.New(`the claim "sub" is not 1 to 128 characters of [A-Za-z0-9._~-]`))
	}
	if user.Project, err = a.projectOf(ctx, claims, claimed); err != nil {
		return payments.EndUser{}, err
	}
	return user, nil
}

func (a *Auth) projectOf(ctx context.Context, claims *claims, claimed payments.ProjectID) (payments.ProjectID, error) {
	if claims.project != nil {
		project := payments.ProjectID(*claims.project)
		if !project.Valid() {
			return "", refuse(errors.New("the project claim is not 1 to 128 characters of [A-Za-z0-9._~-]"))
		}
		return project, nil
	}
	if a.member == nil || !claimed.Valid() {
		return "", refuse(errNoProject)
	}
	switch is, err := a.member(ctx, claimed, payments.UserID(claims.subject)); {
	case err != nil:
		return "", fmt.Errorf("jwtauth: whether the user belongs to the project: %w", err)
	case !is:
		return "", refuse(errNoProject)
	}
	return claimed, nil
}

// Project asks the host's directory for one project, whoever owns it.
func (a *Auth) Project(ctx context.Context, id payments.ProjectID) (payments.Project, error) {
	return a.projects.Project(ctx, id)
}

// ProjectsOf asks the host's directory for every project of a developer.
func (a *Auth) ProjectsOf(ctx context.Context, developer payments.DeveloperID) ([]payments.Project, error) {
	return a.projects.ProjectsOf(ctx, developer)
}
