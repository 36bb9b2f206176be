// Command echo mounts the payments API on an echo instance.
package main

import (
	"log"
	"net/http"

	"github.com/labstack/echo/v4"

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
	r := echo.New()
	r.GET("/healthz", func(c echo.Context) error { return c.NoContent(http.StatusNoContent) })
	r.Any("/api/v1/payments/*", echo.WrapHandler(httpadapter.New(service, nil)))
	return r
}
