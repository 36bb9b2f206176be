package stripetest_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/form"

	"github.com/manytenants/payments/stripetest"
)

func TestUnknownParameterIsRefused(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	s.oracle.ExpectRefusal("POST /v1/customers")
	params := &stripe.CustomerParams{}
	params.AddExtra("nickname", "x")
	_, err := s.api.Customers.New(params)
	wantError(t, err, http.StatusBadRequest, stripe.ErrorCodeParameterUnknown, "nickname")
}

func TestParametersAreChecked(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	s.oracle.ExpectRefusal("POST /v1/prices")
	for name, test := range map[string]struct {
		body, param string
		code        stripe.ErrorCode
	}{
		"missing":        {"unit_amount=1", "currency", stripe.ErrorCodeParameterMissing},
		"not a number":   {"currency=usd&unit_amount=ten", "unit_amount", stripe.ErrorCodeParameterInvalidInteger},
		"not in enum":    {"currency=usd&recurring[interval]=hour", "recurring[interval]", ""},
		"nested":         {"currency=usd&recurring[every]=hour", "recurring[every]", stripe.ErrorCodeParameterUnknown},
		"key too long":   {"currency=usd&metadata[" + strings.Repeat("k", 41) + "]=v", "metadata", ""},
		"no such thing":  {"currency=usd&unit_amount=1&product=prod_none", "product", stripe.ErrorCodeResourceMissing},
		"required empty": {"currency=&unit_amount=1", "currency", stripe.ErrorCodeParameterInvalidEmpty},
	} {
		t.Run(name, func(t *testing.T) {
			backend := s.api.Prices.B
			err := backend.CallRaw(http.MethodPost, "/v1/prices", shopKey, formBody(test.body), &stripe.Params{}, &stripe.Price{})
			wantError(t, err, http.StatusBadRequest, test.code, test.param)
		})
	}
}

func formBody(encoded string) *form.Values {
	values := &form.Values{}
	for pair := range strings.SplitSeq(encoded, "&") {
		name, value, _ := strings.Cut(pair, "=")
		values.Add(name, value)
	}
	return values
}

func TestUnknownURLIsRefused(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	s.oracle.ExpectRefusal("GET /v1/nothing")
	err := s.api.Prices.B.Call(http.MethodGet, "/v1/nothing", shopKey, nil, &stripe.Price{})
	wantError(t, err, http.StatusNotFound, "", "")
}

func TestKeysOpenOnlyWhatTheyMay(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	_, err := s.client("sk_test_stranger").Customers.New(nil)
	wantError(t, err, http.StatusUnauthorized, "", "")

	s.account.AddKey("sk_test_second")
	must(s.client("sk_test_second").Customers.New(nil))(t)
	s.account.RevokeKey("sk_test_second")
	_, err = s.client("sk_test_second").Customers.New(nil)
	wantError(t, err, http.StatusUnauthorized, stripe.ErrorCodeAPIKeyExpired, "")

	s.account.AddRestrictedKey("rk_test_reader", "customer_read")
	reader := s.client("rk_test_reader")
	list := reader.Customers.List(nil)
	if list.Next(); list.Err() != nil {
		t.Errorf("reading with customer_read: %v", list.Err())
	}
	_, err = reader.Customers.New(nil)
	wantError(t, err, http.StatusForbidden, "", "")
}

func TestAccountsAndModesAreIsolated(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	test, live := s.server.NewAccount(stripetest.AccountOptions{ID: "acct_1abc", TestKey: "sk_test_a", LiveKey: "sk_live_a"})
	customer := must(s.client("sk_test_a").Customers.New(nil))(t)
	_, err := s.client("sk_live_a").Customers.Get(customer.ID, nil)
	wantError(t, err, http.StatusNotFound, stripe.ErrorCodeResourceMissing, "id")
	_, err = s.api.Customers.Get(customer.ID, nil)
	wantError(t, err, http.StatusNotFound, stripe.ErrorCodeResourceMissing, "id")
	if test.ID() != live.ID() || test.Livemode() || !live.Livemode() || s.server.Account("sk_live_a") != live {
		t.Error("the modes are not those of one account")
	}
}

func TestListsPageInBothDirections(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	var ids []string
	for range 7 {
		ids = append(ids, must(s.api.Customers.New(nil))(t).ID)
	}
	params := &stripe.CustomerListParams{}
	params.Limit = stripe.Int64(3)
	var got []string
	list := s.api.Customers.List(params)
	for list.Next() {
		got = append([]string{list.Customer().ID}, got...)
	}
	if list.Err() != nil || strings.Join(got, " ") != strings.Join(ids, " ") {
		t.Errorf("pages made %v of %v (%v)", got, ids, list.Err())
	}
	params = &stripe.CustomerListParams{}
	params.EndingBefore, params.Limit, params.Single = stripe.String(ids[0]), stripe.Int64(2), true
	page := s.api.Customers.List(params)
	if page.Next(); page.Customer().ID != ids[2] && page.Customer().ID != ids[1] {
		t.Errorf("before the oldest comes %s", page.Customer().ID)
	}
}

func TestIdempotencyKeyReplaysFirstAnswer(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	create := func(email string) (*stripe.Customer, error) {
		params := &stripe.CustomerParams{Email: stripe.String(email)}
		params.SetIdempotencyKey("key-1")
		return s.api.Customers.New(params)
	}
	first := must(create("a@example.com"))(t)
	again := must(create("a@example.com"))(t)
	if again.ID != first.ID || again.LastResponse.Header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("got %s, want the first answer %s replayed", again.ID, first.ID)
	}
	_, err := create("b@example.com")
	wantError(t, err, http.StatusBadRequest, "", "")
	if got := new(stripe.Error); !errors.As(err, &got) || got.Type != stripe.ErrorTypeIdempotency {
		t.Errorf("type %s", got.Type)
	}
	s.server.Advance(24 * time.Hour)
	if later := must(create("b@example.com"))(t); later.ID == first.ID {
		t.Error("the key was remembered for more than a day")
	}
}

func TestFaultStrikesAsOftenAsToldAndIsLogged(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	s.account.Fail(stripetest.Fault{Operation: "POST /v1/customers", Error: stripetest.RateLimited(), Times: 2})
	for range 2 {
		_, err := s.api.Customers.New(nil)
		wantError(t, err, http.StatusTooManyRequests, stripe.ErrorCodeRateLimit, "")
	}
	must(s.api.Customers.New(nil))(t)
	s.account.Fail(stripetest.Fault{DropAnswer: true})
	if _, err := s.api.Customers.New(nil); err == nil {
		t.Error("the dropped answer arrived")
	}
	if n := len(s.account.Objects("customer")); n != 2 {
		t.Errorf("%d customers, want the one whose answer was lost too", n)
	}
	log := s.account.Requests()
	if last := log[len(log)-1]; last.Operation != "POST /v1/customers" || last.Status != 0 || last.Key != shopKey {
		t.Errorf("logged %+v", last)
	}
}

func TestParameterWithoutEffectIsLogged(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	must(s.api.Customers.New(&stripe.CustomerParams{Tax: &stripe.CustomerTaxParams{IPAddress: stripe.String("192.0.2.1")}}))(t)
	log := s.server.Requests()
	if got := log[len(log)-1].Ignored; len(got) != 1 || got[0] != "tax[ip_address]" {
		t.Errorf("ignored %v", got)
	}
}

func TestAccountAndBalanceAreReadable(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	s.subscribe(stripetest.CardVisa)
	if a := must(s.api.Accounts.Get())(t); a.ID != s.account.ID() {
		t.Errorf("account %s, want %s", a.ID, s.account.ID())
	}
	const net = 1000 - 29 - 30
	if b := must(s.api.Balance.Get(nil))(t); b.Pending[0].Amount != net || b.Available[0].Amount != 0 {
		t.Errorf("balance %+v, %+v pending", b.Available[0], b.Pending[0])
	}
	s.server.Advance(2 * 24 * time.Hour)
	if b := must(s.api.Balance.Get(nil))(t); b.Pending[0].Amount != 0 || b.Available[0].Amount != net {
		t.Errorf("two days later, balance %+v, %+v pending", b.Available[0], b.Pending[0])
	}
}

func TestSeedMakesIdsRepeatable(t *testing.T) {
	id := func(seed uint64) string {
		s := newShop(t, stripetest.Options{Seed: seed})
		return must(s.api.Customers.New(nil))(t).ID
	}
	if first, again, other := id(7), id(7), id(8); first != again || first == other {
		t.Error("ids don't follow the seed")
	}
}
