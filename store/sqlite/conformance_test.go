package sqlite_test

import (
	"testing"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/store/storetest"
)

func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) payments.Store { return open(t) })
}
