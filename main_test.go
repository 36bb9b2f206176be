package payments

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails the package where a test leaves a goroutine behind: a closed Service has none.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}
