package stripetest_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/manytenants/payments/stripetest"
)

// fields reads "name=value name=value"; a + in a value is a space.
func fields(text string) url.Values {
	out := url.Values{}
	for pair := range strings.FieldsSeq(text) {
		name, value, _ := strings.Cut(pair, "=")
		out.Add(name, strings.ReplaceAll(value, "+", " "))
	}
	return out
}

// makes posts what is to succeed, and returns the document.
func (s *shop) makes(path, parameters string) map[string]any {
	s.t.Helper()
	status, document := s.ask(http.MethodPost, path, "", fields(parameters))
	if status != http.StatusOK {
		s.t.Fatalf("POST %s %s: %d %v", path, parameters, status, document)
	}
	return document
}

// refuses posts what Stripe answers 400, and wants the parameter and the code named.
func (s *shop) refuses(path, parameters, param, code string) {
	s.t.Helper()
	status, document := s.ask(http.MethodPost, path, "", fields(parameters))
	gotParam, _ := at(document, "error.param")
	gotCode, _ := at(document, "error.code")
	if gotParam == nil {
		gotParam = ""
	}
	if gotCode == nil {
		gotCode = ""
	}
	if status != http.StatusBadRequest || gotParam != param || gotCode != code {
		s.t.Errorf("POST %s %s answers %d with param %v and code %v, want 400 with %q and %q", path, parameters, status, gotParam, gotCode, param, code)
	}
}

func (s *shop) product() string { return s.makes("/v1/products", "name=Thing")["id"].(string) }

func TestAPriceRecursWithinThreeYears(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	base := "currency=usd unit_amount=1000 product=" + s.product() + " "
	for _, wrong := range []string{"month recurring[interval_count]=-1", "month recurring[interval_count]=0", "month recurring[interval_count]=37", "year recurring[interval_count]=4"} {
		code := ""
		if strings.HasSuffix(wrong, "=-1") || strings.HasSuffix(wrong, "=0") {
			code = "parameter_invalid_integer"
		}
		s.refuses("/v1/prices", base+"recurring[interval]="+wrong, "recurring[interval_count]", code)
	}
	s.makes("/v1/prices", base+"recurring[interval]=month recurring[interval_count]=36")
	if prices := s.account.Objects("price"); len(prices) != 1 {
		t.Errorf("%d prices are stored, want the good one", len(prices))
	}
}

func TestAPriceHasACurrencyOfStripes(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	product := s.product()
	s.refuses("/v1/prices", "currency=xyz unit_amount=1000 product="+product, "currency", "")
	s.refuses("/v1/payment_intents", "currency=xyz amount=1000", "currency", "")
	if p := s.makes("/v1/prices", "currency=EUR unit_amount=1000 product="+product); p["currency"] != "eur" {
		t.Errorf("the currency is %v", p["currency"])
	}
}

func TestALookupKeyFindsOneActivePrice(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	base := "currency=usd unit_amount=1000 product=" + s.product()
	first := s.makes("/v1/prices", base+" lookup_key=pro")["id"].(string)
	s.refuses("/v1/prices", base+" lookup_key=pro", "lookup_key", "")
	s.makes("/v1/prices/"+first, "active=false")
	second := s.makes("/v1/prices", base+" lookup_key=pro")["id"].(string)
	s.refuses("/v1/prices/"+first, "active=true", "lookup_key", "")
	s.makes("/v1/prices/"+second, "lookup_key=old")
	s.makes("/v1/prices/"+first, "active=true")
}

func TestARefusedRequestLeavesNothingItDescribed(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	inline := "mode=payment success_url=https://shop.example line_items[0][quantity]=1 line_items[0][price_data][currency]=usd " +
		"line_items[0][price_data][unit_amount]=1000 line_items[0][price_data][product_data][name]=Thing "
	s.refuses("/v1/checkout/sessions", inline+"line_items[1][price]=price_none line_items[1][quantity]=1", "line_items[1][price]", "resource_missing")
	s.refuses("/v1/products", "name=Thing default_price_data[currency]=xyz default_price_data[unit_amount]=1", "default_price_data[currency]", "")
	for _, kind := range []string{"product", "price", "event"} {
		if left := s.account.Objects(kind); len(left) > 0 {
			t.Errorf("%d objects are left: %v", len(left), left)
		}
	}
	s.wantEvents("")
	s.makes("/v1/checkout/sessions", inline)
	s.wantEvents("product.created price.created")
	if price := s.account.Objects("price"); len(price) != 1 || price[0]["active"] != false {
		t.Errorf("the inline price is %v", price)
	}
}

func TestAPreviewLeavesNothingItDescribed(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	s.subscribe(stripetest.CardVisa)
	sub := s.account.Objects("subscription")[0]["id"].(string)
	product := s.product()
	prices, events := len(s.account.Objects("price")), len(s.account.Objects("event"))
	s.get("/v1/invoices/upcoming?"+fields("subscription="+sub+" subscription_items[0][price_data][currency]=usd subscription_items[0][price_data][unit_amount]=500 "+
		"subscription_items[0][price_data][recurring][interval]=month subscription_items[0][price_data][product]="+product).Encode(), "")
	if p, e := len(s.account.Objects("price")), len(s.account.Objects("event")); p != prices || e != events {
		t.Errorf("the preview made %d prices and %d events", p-prices, e-events)
	}
}
