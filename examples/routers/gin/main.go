// Command gin mounts the payments API on a gin engine.
package main

import (
	"log"
	"net/http"

	"github.com/gin-gonic/gin"

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
	r := gin.New()
	r.Use(gin.Recovery())
	r.GET("/healthz", func(c *gin.Context) { c.Status(http.StatusNoContent) })
	r.Any("/api/v1/payments/*path", gin.WrapH(httpadapter.New(service, nil)))
	return r
}
