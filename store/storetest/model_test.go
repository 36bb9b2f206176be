package storetest

import (
	"testing"

	"github.com/manytenants/payments"
)

func TestModelKeepsEveryPromise(t *testing.T) {
	t.Parallel()
	Run(t, func(*testing.T) payments.Store { return newModel() })
}
