package stripetest

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/manytenants/payments/internal/stripeoracle"
)

// TestObjectsAgreeWithTheirSchemas holds what a year of business leaves behind to the field types,
// enums and required fields of 2023-10-16.
func TestObjectsAgreeWithTheirSchemas(t *testing.T) {
	server := New(&Options{Now: func() time.Time { return time.Date(2024, 1, 15, 0, 0, 0, 0, time.UTC) }})
	t.Cleanup(server.Close)
	account := server.Account("sk_test_shop")
	business(t, server, account)
	for _, name := range []string{"account", "balance"} {
		answer := post(t, server, http.MethodGet, "/v1/"+name, "")
		if problems := disagreements(t, answer); len(problems) > 0 {
			t.Error(strings.Join(problems, "\n"))
		}
	}
	checkStored(t, account)
}

// checkStored holds all the account's objects to their schemas.
func checkStored(t *testing.T, account *Account) {
	t.Helper()
	for _, name := range objectNames {
		seen := map[string]bool{}
		for _, o := range account.Objects(name) {
			for _, problem := range disagreements(t, o) {
				if !seen[problem] {
					t.Error(problem)
				}
				seen[problem] = true
			}
		}
	}
}

// disagreements are those of a document, as JSON shows it, with its schema.
func disagreements(t *testing.T, document map[string]any) []string {
	t.Helper()
	text, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	var shown map[string]any
	if err := json.Unmarshal(text, &shown); err != nil {
		t.Fatal(err)
	}
	return stripeoracle.CheckObject(shown)
}

func business(t *testing.T, server *Server, account *Account) {
	for card, mode := range map[Card]string{CardVisa: "subscription", CardAlwaysAuthenticates: "subscription", CardMastercard: "payment"} {
		form := "mode=" + mode + "&success_url=https://shop.example/&line_items[0][quantity]=1&line_items[0][price_data][currency]=usd" +
			"&line_items[0][price_data][unit_amount]=500&line_items[0][price_data][product_data][name]=Pro"
		if mode == "subscription" {
			form += "&line_items[0][price_data][recurring][interval]=month"
		}
		session := post(t, server, http.MethodPost, "/v1/checkout/sessions", form)
		if err := account.CompleteCheckout(session.id(), card); err != nil {
			t.Fatal(err)
		}
	}
	server.Advance(80 * 24 * time.Hour)
}

func post(t *testing.T, server *Server, method, path, form string) object {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://stripe.test"+path, strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer sk_test_shop")
	answer, err := Transport(stripeoracle.New(t, server)).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	o := decodeObject(t, answer)
	if err := answer.Body.Close(); err != nil {
		t.Error(err)
	}
	return o
}

func decodeObject(t *testing.T, answer *http.Response) object {
	t.Helper()
	var o map[string]any
	if err := json.NewDecoder(answer.Body).Decode(&o); err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("%d: %v", answer.StatusCode, o)
	}
	return o
}
