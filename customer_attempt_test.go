package payments_test

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/stripetest"
)

// wantField complains unless the error is ErrInvalid and names that field alone.
func wantField(t *testing.T, err error, field, what string) {
	t.Helper()
	var e *payments.Error
	if !errors.As(err, &e) || !errors.Is(err, payments.ErrInvalid) || len(e.Fields) != 1 || e.Fields[0].Field != field {
		t.Errorf("%s: %v, want ErrInvalid of %s", what, err, field)
	}
}

// Stripe keeps a failure of its own for the idempotency key, and answers it for a day.
func TestKeptFailureOfStripeLocksNobodyOut(t *testing.T) {
	for name, fault := range map[string]stripetest.Fault{
		"internal error": {Error: stripetest.Unavailable()},
		"overloaded":     {Error: stripetest.Overloaded()},
	} {
		t.Run(name, inBubble(func(t *testing.T) {
			s := newWorld(t).newShop("alpha")
			r := payments.CheckoutRequest{PriceID: s.price(1900, "usd", "month")}
			fault.Operation = "POST /v1/customers"
			s.account.Fail(fault)
			if _, err := s.checkout("alice", r); err != nil {
				t.Errorf("one failure: %v", err)
			}
			must(s.checkout("alice", r))(t)
			s.wantCustomers(1)
		}))
	}
}

func TestConcurrentCheckoutsAfterAKeptFailureMakeOneCustomer(t *testing.T) {
	for failures := range 3 {
		t.Run(strconv.Itoa(failures), inBubble(func(t *testing.T) {
			w := newWorld(t)
			s := w.newShop("alpha")
			price := s.price(1900, "usd", "month")
			s.account.Fail(stripetest.Fault{Operation: "POST /v1/customers", Error: stripetest.Unavailable(), Times: failures + 1})
			replicas := []*payments.Service{w.service, w.open()}
			var group sync.WaitGroup
			for i := range 8 {
				group.Go(func() {
					_, err := replicas[i%2].CreateCheckout(t.Context(), s.project, s.mode, "alice", payments.CheckoutRequest{PriceID: price, SuccessURL: successURL, CancelURL: cancelURL})
					if err != nil && failures == 0 {
						t.Error(err)
					}
				})
			}
			group.Wait()
			must(s.checkout("alice", payments.CheckoutRequest{PriceID: price}))(t)
			s.wantCustomers(1)
		}))
	}
}

// The failure that Stripe keeps may have come after the customer was made.
func TestCustomerThatAKeptFailureHidesIsFound(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	made := ""
	s.wire.onRequest(func(r *http.Request, pass func() (*http.Response, error)) (*http.Response, error) {
		answer, err := pass()
		if err != nil || r.Method != http.MethodPost || r.URL.Path != "/v1/customers" {
			return answer, err
		}
		made = r.Header.Get("Idempotency-Key")
		answer.StatusCode = http.StatusInternalServerError
		err = answer.Body.Close()
		answer.Body = io.NopCloser(strings.NewReader(`{"error":{"type":"api_error","message":"An unknown error occurred"}}`))
		return answer, err
	})
	r := payments.CheckoutRequest{PriceID: s.price(1900, "usd", "month")}
	if _, err := s.checkout("alice", r); err != nil || made == "" {
		t.Errorf("with the key %q: %v", made, err)
	}
	s.wantCustomers(1)
}

func TestFailureThatLastsIsToldAndThenOver(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	r := payments.CheckoutRequest{PriceID: s.price(1900, "usd", "month")}
	s.account.Fail(stripetest.Fault{Operation: "POST /v1/customers", Error: stripetest.Unavailable(), Times: -1})
	for range 3 {
		got := s.asked(func() {
			_, err := s.checkout("alice", r)
			wantKind(t, err, payments.ErrUnavailable, "while it lasts")
		})
		if len(got) > 8 {
			t.Errorf("one checkout asked %v", got)
		}
	}
	s.account.StopFailing()
	must(s.checkout("alice", r))(t)
	s.wantCustomers(1)
}

// An attempt's key is used for a quarter of an hour; for a minute after it nobody asks, so that a request under way can't be missed.
func TestOldAttemptIsLookedForInItsOwnTimeOnly(t *testing.T) {
	for later, kind := range map[time.Duration]error{
		14 * time.Minute: nil, 15*time.Minute + 30*time.Second: payments.ErrUnavailable, 17 * time.Minute: nil, 40 * day: nil,
	} {
		t.Run(later.String(), inBubble(func(t *testing.T) {
			s := newWorld(t).newShop("alpha")
			r := payments.CheckoutRequest{PriceID: s.price(1900, "usd", "month")}
			s.account.Fail(stripetest.Fault{Operation: "POST /v1/customers", DropRequest: true, Times: -1})
			_, err := s.checkout("alice", r)
			wantKind(t, err, payments.ErrUnavailable, "the request that got lost")
			s.account.StopFailing()
			s.stripe.Advance(later)
			for range 250 { // a large account's customers of today
				must(s.api.Customers.New(&stripe.CustomerParams{Metadata: map[string]string{"payments_user_id": "alice"}}))(t)
			}
			got := s.asked(func() { _, err = s.checkout("alice", r) })
			if !errors.Is(err, kind) {
				t.Errorf("%v, want %v", err, kind)
			}
			if lists := strings.Count(strings.Join(got, " "), "GET /v1/customers"); later > day && lists != 1 {
				t.Errorf("asked %v", got)
			}
			s.stripe.Advance(time.Hour)
			must(s.checkout("alice", r))(t)
			s.wantCustomers(251)
		}))
	}
}

func TestEmailThatStripeRefusesIsLeftOut(t *testing.T) {
	s := newWorld(t).newShop("alpha")
	r := payments.CheckoutRequest{PriceID: s.price(1900, "usd", "month"), Email: "alice@"}
	s.account.Fail(stripetest.Fault{Operation: "POST /v1/customers", Error: &stripetest.Error{
		Status: http.StatusBadRequest, Type: "invalid_request_error", Code: "email_invalid", Param: "email", Message: "Invalid email address: alice@",
	}})
	must(s.checkout("alice", r))(t)
	s.wantCustomers(1)
	if got := s.objects("customer")[0].text("email"); got != "" {
		t.Errorf("the e-mail is %q", got)
	}
}
