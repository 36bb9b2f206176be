package stripetest_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stripe/stripe-go/v76"

	"github.com/manytenants/payments/stripetest"
)

// refused asks for what Stripe refuses, and wants the message.
func (s *shop) refused(path string, status int, message string) {
	s.t.Helper()
	got, document := s.ask(http.MethodGet, path, "", nil)
	if text, _ := at(document, "error.message"); got != status || !strings.HasPrefix(text.(string), message) {
		s.t.Errorf("GET %s answers %d %v, want %d %s", path, got, text, status, message)
	}
}

func TestAPageIsCutFromOneSideOnly(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	first, second := must(s.api.Customers.New(nil))(t).ID, must(s.api.Customers.New(nil))(t).ID
	s.refused("/v1/customers?starting_after="+first+"&ending_before="+second, http.StatusBadRequest,
		"Received both starting_after and ending_before parameters.")
}

func TestAListExpandsItsElementsOnly(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	for _, field := range []string{"status", "nothing"} {
		s.refused("/v1/invoices?expand[]=data."+field, http.StatusBadRequest, "This property cannot be expanded (data."+field+").")
	}
	for path, version := range map[string]string{"subscription.customer": "", "lines.data.price": "", "parent.subscription_details.subscription": "2025-03-31.basil"} {
		s.get("/v1/invoices?expand[]=data."+path, version) // of which there is none yet
	}
	s.subscribe(stripetest.CardVisa)
	s.refused("/v1/invoices?expand[]=subscription", http.StatusBadRequest,
		"This property cannot be expanded (subscription). You may want to try expanding 'data.subscription' instead.")
	s.refused("/v1/invoices?expand[]=data.status", http.StatusBadRequest, "This property cannot be expanded (data.status).")
	id, _ := at(s.get("/v1/invoices?expand[]=data.subscription.customer", ""), "data")
	if kind, _ := at(id, "subscription.customer.object"); kind != "customer" {
		t.Errorf("data.subscription.customer is %v", kind)
	}
}

func TestASearchIsNoObject(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	query := url.Values{"query": {"email:'a@example.com'"}}.Encode()
	s.refused("/v1/customers/search?"+query, http.StatusNotFound, "Unrecognized request URL (GET: /v1/customers/search).")
}

func TestAKeyReachesItsOwnAccountOnly(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	other := s.server.Account("sk_test_other")
	for _, header := range []string{"Stripe-Account", "Stripe-Context"} {
		for id, reached := range map[string]bool{s.account.ID(): true, other.ID(): false, "acct_none": false} {
			params := &stripe.CustomerParams{}
			params.Headers = http.Header{header: {id}}
			_, err := s.api.Customers.New(params)
			if reached {
				must(0, err)(t)
				continue
			}
			wantError(t, err, http.StatusForbidden, stripe.ErrorCodeAccountInvalid, "")
		}
	}
}

func TestAKeyOfNobodyCannotBeRevoked(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	s.server.Account("sk_test_other")
	for _, key := range []string{"sk_test_typo", "sk_test_other"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("RevokeKey(%q) does nothing", key)
				}
			}()
			s.account.RevokeKey(key)
		}()
	}
}
