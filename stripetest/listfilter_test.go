package stripetest_test

import (
	"testing"

	"github.com/manytenants/payments/stripetest"
)

func TestAListHonoursEveryFilter(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	s.subscribe(stripetest.CardVisa)
	product := s.product()
	s.price(500, "year")
	open := s.session("payment", s.price(500, ""))
	email := s.account.Objects("customer")[0]["email"]
	for path, want := range map[string]int{
		"products?ids[]=" + product:                               1,
		"products?ids[]=prod_none":                                0,
		"prices?recurring[interval]=year":                         1,
		"prices?recurring[interval]=day":                          0,
		"prices?recurring[usage_type]=licensed":                   2,
		"checkout/sessions?status=open":                           1,
		"checkout/sessions?status=complete":                       1,
		"checkout/sessions?status=expired":                        0,
		"checkout/sessions?customer_details[email]=x@example.com": 0,
		"checkout/sessions?payment_link=plink_1":                  0,
	} {
		if got := s.get("/v1/"+path, "")["data"].([]any); len(got) != want {
			t.Errorf("%s lists %d, want %d", path, len(got), want)
		}
	}
	if text, ok := email.(string); ok {
		if got := s.get("/v1/checkout/sessions?customer_details[email]="+text, "")["data"].([]any); len(got) != 1 {
			t.Errorf("%d sessions of %s besides %s", len(got), text, open.ID)
		}
	}
	s.refused("/v1/setup_intents?attach_to_self=true", 400, "stripetest has no attach_to_self")
}
