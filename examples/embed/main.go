// Command embed adds payments to a backend that has its own users, sessions and routes: the library is
// mounted on the existing mux, and an Auth of a few lines asks the backend's own session table who calls.
//
//	PAYMENTS_KEY=$(openssl rand -hex 32) go run ./examples/embed
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/httpadapter"
	"github.com/manytenants/payments/store/sqlite"
)

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	key, err := payments.ParseKey("2026-11", os.Getenv("PAYMENTS_KEY"))
	if err != nil {
		return fmt.Errorf("PAYMENTS_KEY: %w", err)
	}
	cipher, err := payments.NewKeyRing(key)
	if err != nil {
		return err
	}
	store, err := sqlite.Open(context.Background(), "backend.db", nil)
	if err != nil {
		return err
	}
	defer func() { _ = store.Close() }()
	service, err := payments.New(store, cipher, newBackend(), &payments.Options{
		PublicURL:       "https://api.example.com",
		RedirectOrigins: []string{"https://app.example.com"},
	})
	if err != nil {
		return err
	}
	defer func() { _ = service.Close(context.Background()) }()

	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintln(w, "ok") }) // the backend's own
	httpadapter.New(service, nil).Register(mux)                                                                   // payments, beside it

	server := &http.Server{Addr: "127.0.0.1:8080", Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	return server.ListenAndServe()
}

// backend stands for what a host has already. Its sessions are opaque tokens, no JSON Web Tokens.
type backend struct {
	developers map[string]payments.Developer // by session token
	users      map[string]payments.EndUser   // by session token
	projects   []payments.Project
}

func newBackend() *backend {
	return &backend{
		developers: map[string]payments.Developer{"session-of-ada": {ID: "ada"}},
		users:      map[string]payments.EndUser{"session-of-mia": {Project: "notes", ID: "mia", Email: "mia@example.com"}},
		projects:   []payments.Project{{ID: "notes", Owner: "ada", Name: "Notes", CreatedAt: time.Date(2026, 1, 24, 10, 0, 0, 0, time.UTC)}},
	}
}

// Developer implements payments.Auth.
func (b *backend) Developer(_ context.Context, token string) (payments.Developer, error) {
	if d, ok := b.developers[token]; ok {
		return d, nil
	}
	return payments.Developer{}, payments.ErrUnauthenticated
}

// EndUser implements payments.Auth. A session names its project: what the caller claims is not needed.
func (b *backend) EndUser(_ context.Context, token string, _ payments.ProjectID) (payments.EndUser, error) {
	if u, ok := b.users[token]; ok {
		return u, nil
	}
	return payments.EndUser{}, payments.ErrUnauthenticated
}

// Project implements payments.Auth.
func (b *backend) Project(_ context.Context, id payments.ProjectID) (payments.Project, error) {
	for _, p := range b.projects {
		if p.ID == id {
			return p, nil
		}
	}
	return payments.Project{}, payments.ErrNotFound
}

// ProjectsOf implements payments.Auth.
func (b *backend) ProjectsOf(_ context.Context, developer payments.DeveloperID) ([]payments.Project, error) {
	var owned []payments.Project
	for _, p := range b.projects {
		if p.Owner == developer {
			owned = append(owned, p)
		}
	}
	return owned, nil
}
