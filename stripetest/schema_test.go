package stripetest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/manytenants/payments/internal/stripeoracle"
)

// TestObjectsAgreeWithTheirSchemas holds what a year of business leaves behind to the field types,
// enums and required fields of 2023-10-16.
func TestObjectsAgreeWithTheirSchemas(t *testing.T) {
	api := loadOpenAPI(t)
	server := New(&Options{Now: func() time.Time { return time.Date(2024, 1, 15, 0, 0, 0, 0, time.UTC) }})
	t.Cleanup(server.Close)
	account := server.Account("sk_test_shop")
	business(t, server, account)
	for _, name := range []string{"account", "balance"} {
		answer := post(t, server, http.MethodGet, "/v1/"+name, "")
		if problems := api.check(api.Components.Schemas[name], normalize(answer), name); len(problems) > 0 {
			t.Error(strings.Join(problems, "\n"))
		}
	}
	checkStored(t, api, account)
}

// checkStored holds all the account's objects to their schemas.
func checkStored(t *testing.T, api *openAPI, account *Account) {
	t.Helper()
	for _, name := range objectNames {
		seen := map[string]bool{}
		for _, o := range account.Objects(name) {
			for _, problem := range api.check(api.Components.Schemas[name], normalize(o), name) {
				if !seen[problem] {
					t.Error(problem)
				}
				seen[problem] = true
			}
		}
	}
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

// check lists where a value disagrees with its schema.
func (api *openAPI) check(s *schema, v any, at string) []string {
	s = api.resolve(s)
	if v == nil {
		if s.Nullable {
			return nil
		}
		return []string{at + ": null"}
	}
	if len(s.AnyOf) > 0 {
		return api.checkAny(s.AnyOf, v, at)
	}
	wrong := []string{fmt.Sprintf("%s: %T %v is no %s %v", at, v, v, s.Type, s.Enum)}
	switch v := v.(type) {
	case map[string]any:
		if s.Type != "object" {
			return wrong
		}
		return api.checkFields(s, v, at)
	case []any:
		if s.Type != "array" {
			return wrong
		}
		var all []string
		for _, element := range v {
			all = append(all, api.check(s.Items, element, at+"[]")...)
		}
		return all
	case string:
		if s.Type != "string" || len(s.Enum) > 0 && !slices.Contains(s.Enum, any(v)) {
			return wrong
		}
	case bool:
		if s.Type != "boolean" {
			return wrong
		}
	case int64, float64:
		if s.Type != "integer" && s.Type != "number" {
			return wrong
		}
	}
	return nil
}

func (api *openAPI) checkFields(s *schema, v map[string]any, at string) []string {
	var all []string
	for name, field := range s.Properties {
		value, present := v[name]
		if present {
			all = append(all, api.check(field, value, at+"."+name)...)
		} else if slices.Contains(s.Required, name) {
			all = append(all, at+"."+name+": missing")
		}
	}
	return all
}

// checkAny passes when one alternative fits, and tells the problems of the closest.
func (api *openAPI) checkAny(alternatives []*schema, v any, at string) []string {
	var closest []string
	for i, alternative := range alternatives {
		problems := api.check(alternative, v, at)
		if len(problems) == 0 {
			return nil
		}
		if i == 0 || len(problems) < len(closest) {
			closest = problems
		}
	}
	return closest
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
