// Package demo makes the Service that the router examples mount: a project, a developer and a user, known
// by fixed tokens, on a database in a temporary folder.
package demo

import (
	"context"
	"crypto/rand"
	"log"
	"os"
	"path/filepath"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/store/sqlite"
)

// Service starts a Service; stop ends it and removes its database.
func Service() (service *payments.Service, stop func()) {
	folder, err := os.MkdirTemp("", "payments")
	if err != nil {
		log.Fatal(err)
	}
	store, err := sqlite.Open(context.Background(), filepath.Join(folder, "demo.db"), nil)
	if err != nil {
		log.Fatal(err)
	}
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // it never fails
	cipher, err := payments.NewKeyRing(payments.Key{ID: "demo", Secret: payments.NewSecret(string(secret))})
	if err != nil {
		log.Fatal(err)
	}
	service, err = payments.New(store, cipher, auth{}, &payments.Options{PublicURL: "http://127.0.0.1:8080"})
	if err != nil {
		log.Fatal(err)
	}
	return service, func() {
		_ = service.Close(context.Background())
		_ = store.Close()
		_ = os.RemoveAll(folder)
	}
}

// auth knows one developer, "ada", and one user, "mia", of one project, "notes".
type auth struct{}

func (auth) Developer(_ context.Context, token string) (payments.Developer, error) {
	if token != "token-of-ada" {
		return payments.Developer{}, payments.ErrUnauthenticated
	}
	return payments.Developer{ID: "ada"}, nil
}

func (auth) EndUser(_ context.Context, token string, _ payments.ProjectID) (payments.EndUser, error) {
	if token != "token-of-mia" {
		return payments.EndUser{}, payments.ErrUnauthenticated
	}
	return payments.EndUser{Project: "notes", ID: "mia"}, nil
}

func (auth) Project(_ context.Context, id payments.ProjectID) (payments.Project, error) {
	if id != "notes" {
		return payments.Project{}, payments.ErrNotFound
	}
	return payments.Project{ID: "notes", Owner: "ada", Name: "Notes"}, nil
}

func (a auth) ProjectsOf(ctx context.Context, developer payments.DeveloperID) ([]payments.Project, error) {
	if developer != "ada" {
		return nil, nil
	}
	notes, err := a.Project(ctx, "notes")
	return []payments.Project{notes}, err
}
