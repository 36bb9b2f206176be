package stripetest_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/manytenants/payments/stripetest"
)

func TestASessionIsRefusedAsStripeRefusesIt(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	once, monthly, yearly, cheap, dear := s.price(1000, ""), s.price(1000, "month"), s.price(1000, "year"), s.price(49, ""), s.price(100000000, "")
	euro := s.makes("/v1/prices", "currency=eur unit_amount=1000 product_data[name]=A")["id"].(string)
	customer := s.makes("/v1/customers", "")["id"].(string)
	events := len(s.account.Objects("event"))
	at := func(d time.Duration) string { return strconv.FormatInt(s.server.Now().Add(d).Unix(), 10) }
	line := func(price string) string { return "line_items[0][quantity]=1 line_items[0][price]=" + price + " " }
	and := func(price string) string { return "line_items[1][quantity]=1 line_items[1][price]=" + price + " " }
	pay, subscribe := "mode=payment success_url=https://shop.example/{CHECKOUT_SESSION_ID} ", "mode=subscription success_url=https://shop.example "
	for _, wrong := range [][3]string{
		{pay + "line_items[0][price]=" + once, "line_items[0][quantity]", "parameter_missing"},
		{"mode=payment success_url=/thanks " + line(once), "success_url", "url_invalid"},
		{pay + "cancel_url=shop.example " + line(once), "cancel_url", "url_invalid"},
		{pay + "return_url=/back " + line(once), "return_url", ""},
		{pay + "customer_email=nobody " + line(once), "customer_email", "email_invalid"},
		{pay + line(cheap), "", "amount_too_small"},
		{pay + line(dear), "", "amount_too_large"},
		{pay + line(once) + and(euro), "line_items", ""},
		{pay + line(once) + "currency=eur", "currency", ""},
		{pay + line(once) + "payment_method_collection=always", "payment_method_collection", ""},
		{pay + line(once) + "expires_at=" + at(time.Minute) + " customer=" + customer, "expires_at", ""},
		{pay + line(once) + "expires_at=" + at(25*time.Hour), "expires_at", ""},
		{subscribe + line(monthly) + and(yearly), "line_items", ""},
		{subscribe + line(monthly) + "subscription_data[trial_end]=" + at(47*time.Hour), "subscription_data[trial_end]", ""},
		{subscribe + line(monthly) + "subscription_data[trial_period_days]=-1", "subscription_data[trial_period_days]", "parameter_invalid_integer"},
		{subscribe + line(monthly) + "customer_creation=always", "customer_creation", ""},
	} {
		s.refuses("/v1/checkout/sessions", wrong[0], wrong[1], wrong[2])
	}
	s.refuses("/v1/customers", "email=nobody", "email", "email_invalid")
	s.refuses("/v1/billing_portal/sessions", "return_url=/back customer="+customer, "return_url", "url_invalid")
	if left := len(s.account.Objects("event")) - events; left != 0 || len(s.account.Objects("checkout.session")) != 0 {
		t.Errorf("refused requests left %d events", left)
	}
	s.makes("/v1/checkout/sessions", pay+line(cheap)+and(once)+"currency=usd customer_email=a@example.com")
	s.makes("/v1/checkout/sessions", subscribe+line(monthly)+and(once)+"subscription_data[trial_end]="+at(49*time.Hour))
}
