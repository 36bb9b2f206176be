package payments

import (
	"strings"
	"testing"
)

func TestPanicIsToldWithoutItsValue(t *testing.T) {
	if text := panicError("sync", "sk_test_"+canary).Error(); strings.Contains(text, canary) || !strings.Contains(text, "string") {
		t.Errorf("told as %q", text)
	}
	none := []int{}
	defer func() {
		if text := panicError("sync", recover()).Error(); !strings.Contains(text, "index out of range") {
			t.Errorf("a runtime error is told as %q", text)
		}
	}()
	_ = none[len(none)]
}
