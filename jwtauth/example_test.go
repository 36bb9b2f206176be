package jwtauth_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/jwtauth"
)

// shops is a host's directory of projects; a real one asks its database.
type shops map[payments.ProjectID]payments.Project

func (s shops) Project(_ context.Context, id payments.ProjectID) (payments.Project, error) {
	if p, ok := s[id]; ok {
		return p, nil
	}
	return payments.Project{}, payments.ErrNotFound
}

func (s shops) ProjectsOf(_ context.Context, developer payments.DeveloperID) ([]payments.Project, error) {
	list := []payments.Project{}
	for _, p := range s {
		if p.Owner == developer {
			list = append(list, p)
		}
	}
	return list, nil
}

// Developers sign in at an identity provider that signs with Ed25519; end users carry tokens that
// the platform signs itself.
func Example() {
	key, err := jwtauth.ParsePEM("2026-01", []byte(`-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----`))
	if err != nil {
		log.Fatal(err)
	}
	developers, err := jwtauth.NewVerifier(jwtauth.VerifierOptions{
		Issuer:     "https://login.example",
		Audience:   "payments",
		Algorithms: []string{"EdDSA"},
		Keys:       []jwtauth.Key{key},
	})
	if err != nil {
		log.Fatal(err)
	}

	platform := jwtauth.VerifierOptions{
		Issuer:     "https://platform.example",
		Audience:   "payments-end-users",
		Algorithms: []string{"HS256"},
		Keys:       []jwtauth.Key{{HMAC: payments.NewSecret("32 or more bytes of crypto/rand, from a secret store")}},
	}
	endUsers, err := jwtauth.NewVerifier(platform)
	if err != nil {
		log.Fatal(err)
	}
	auth, err := jwtauth.New(developers, endUsers, shops{"shop": {ID: "shop", Owner: "dev|1"}}, nil)
	if err != nil {
		log.Fatal(err)
	}

	signer, err := jwtauth.NewSigner(platform, time.Hour)
	if err != nil {
		log.Fatal(err)
	}
	token, err := signer.EndUser(payments.EndUser{Project: "shop", ID: "user-1", Email: "ada@example.com"})
	if err != nil {
		log.Fatal(err)
	}
	user, err := auth.EndUser(context.Background(), token, "")
	fmt.Println(user.ID, "of", user.Project, err)

	_, err = auth.Developer(context.Background(), token)
	fmt.Println("as a developer:", errors.Is(err, payments.ErrUnauthenticated))
	// Output:
	// user-1 of shop <nil>
	// as a developer: true
}
