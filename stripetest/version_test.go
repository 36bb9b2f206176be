package stripetest_test

import (
	"net/http"
	"testing"

	"github.com/manytenants/payments/stripetest"
)

func TestVersionsThatStripeHasAreTakenOthersRefused(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	for version, status := range map[string]int{
		"":                            http.StatusOK,
		"2023-10-16":                  http.StatusOK,
		"2024-06-20":                  http.StatusOK,
		"2024-09-30.acacia":           http.StatusOK,
		"2025-03-31.basil":            http.StatusOK,
		"2025-08-27.basil":            http.StatusOK,
		"2025-09-30.clover":           http.StatusOK,
		"2026-10-28.endive":           http.StatusOK,
		"2023-10-16; some_beta=v1":    http.StatusOK,
		"2023-10-17":                  http.StatusBadRequest,
		"2019-01-01":                  http.StatusBadRequest,
		"2025-03-31":                  http.StatusBadRequest,
		"2025-03-31.clover":           http.StatusBadRequest,
		"2025-09-29.clover":           http.StatusBadRequest,
		"latest":                      http.StatusBadRequest,
		"2025-13-31.basil":            http.StatusBadRequest,
		"2025-03-31.basil.of.another": http.StatusBadRequest,
	} {
		got, _ := s.ask(http.MethodGet, "/v1/customers", version, nil)
		if got != status {
			t.Errorf("version %q: %d, want %d", version, got, status)
		}
	}
}

func TestAnswersNameTheVersionTheyAreIn(t *testing.T) {
	s := newShop(t, stripetest.Options{APIVersion: "2025-03-31.basil"})
	for asked, want := range map[string]string{"": "2025-03-31.basil", "2023-10-16": "2023-10-16"} {
		s.ask(http.MethodGet, "/v1/customers", asked, nil)
		if s.answered.Get("Stripe-Version") != want {
			t.Errorf("asked in %q, answered in %q, want %q", asked, s.answered.Get("Stripe-Version"), want)
		}
	}
}
