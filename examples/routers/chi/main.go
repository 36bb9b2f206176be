// Command chi mounts the payments API on a chi router.
package main

import (
	"log"
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/examples/routers/demo"
	"github.com/manytenants/payments/httpadapter"
)

func main() {
	service, stop := demo.Service()
	defer stop()
	log.Fatal(http.ListenAndServe("127.0.0.1:8080", router(service))) //nolint:gosec // an example
}

func router(service *payments.Service) http.Handler {
	r := chi.NewRouter()
	r.Use(middleware.Recoverer)
	r.Get("/healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	r.Mount("/api/v1/payments", httpadapter.New(service, nil))
	return r
}
