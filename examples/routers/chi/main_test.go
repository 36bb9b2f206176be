package main

import (
	"testing"

	"github.com/manytenants/payments/examples/routers/demo"
	"github.com/manytenants/payments/examples/routers/routertest"
)

func TestRouterServesPaymentsBesideItsOwnRoutes(t *testing.T) {
	service, stop := demo.Service()
	defer stop()
	routertest.Check(t, router(service))
}
