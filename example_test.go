package payments_test

import (
	"context"
	"log"
	"net/http"
	"os"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/httpadapter"
	"github.com/manytenants/payments/jwtauth"
	"github.com/manytenants/payments/store/sqlite"
)

// host is what the platform has already: its projects, and the keys of its tokens.
var host struct {
	projects            payments.Projects
	developers, endUser *jwtauth.Verifier
}

// The whole of a backend: a store, a cipher, the callers, and the API on the host's own mux.
func Example() {
	ctx := context.Background()
	store, err := sqlite.Open(ctx, "payments.db", nil)
	if err != nil {
		log.Fatal(err)
	}
	key, err := payments.ParseKey("2026-11", os.Getenv("PAYMENTS_KEY")) // openssl rand -hex 32
	if err != nil {
		log.Fatal(err)
	}
	cipher, err := payments.NewKeyRing(key)
	if err != nil {
		log.Fatal(err)
	}
	auth, err := jwtauth.New(host.developers, host.endUser, host.projects, nil)
	if err != nil {
		log.Fatal(err)
	}
	service, err := payments.New(store, cipher, auth, &payments.Options{PublicURL: "https://api.example.com"})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux() // the host's, with its other routes
	mux.Handle("/api/v1/payments/", httpadapter.New(service, nil))
	log.Fatal(http.ListenAndServe("127.0.0.1:8080", mux))
}
