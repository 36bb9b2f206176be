package payments_test

import (
	"context"
	"errors"
	"log"
	"net/http"
	"os"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/httpadapter"
	"github.com/manytenants/payments/jwtauth"
	"github.com/manytenants/payments/store/sqlite"
)

var host struct { // yours: the directory of projects, and whose tokens you accept
	projects             payments.Projects
	developers, endUsers *jwtauth.Verifier
}

func Example() {
	key, err1 := payments.ParseKey("2026-11", os.Getenv("PAYMENTS_KEY")) // openssl rand -hex 32
	cipher, err2 := payments.NewKeyRing(key)
	store, err3 := sqlite.Open(context.Background(), "payments.db", nil)
	auth, err4 := jwtauth.New(host.developers, host.endUsers, host.projects, nil)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		log.Fatal(err)
	}
	service, err := payments.New(store, cipher, auth, &payments.Options{PublicURL: "https://api.example.com"})
	if err != nil {
		log.Fatal(err)
	}
	http.Handle("/api/v1/payments/", httpadapter.New(service, nil)) // beside your own routes
	log.Fatal(http.ListenAndServe("127.0.0.1:8080", nil))
}
