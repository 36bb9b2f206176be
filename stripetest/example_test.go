package stripetest_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/client"

	"github.com/manytenants/payments/stripetest"
)

func Example() {
	server := stripetest.New(nil)
	defer server.Close()
	web := httptest.NewServer(server)
	defer web.Close()
	shop := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		fmt.Println("webhook, signed:", r.Header.Get("Stripe-Signature") != "")
	}))
	defer shop.Close()

	account := server.Account("sk_test_shop")
	account.AddWebhookEndpoint(shop.URL, "checkout.session.completed", "invoice.paid")
	api := client.New("sk_test_shop", &stripe.Backends{
		API: stripe.GetBackendWithConfig(stripe.APIBackend, &stripe.BackendConfig{URL: stripe.String(web.URL)}),
	})

	session, err := api.CheckoutSessions.New(&stripe.CheckoutSessionParams{
		Mode:       stripe.String("subscription"),
		SuccessURL: stripe.String("https://shop.example/thanks"),
		LineItems: []*stripe.CheckoutSessionLineItemParams{{
			Quantity: stripe.Int64(1),
			PriceData: &stripe.CheckoutSessionLineItemPriceDataParams{
				Currency: stripe.String("usd"), UnitAmount: stripe.Int64(1900),
				Recurring:   &stripe.CheckoutSessionLineItemPriceDataRecurringParams{Interval: stripe.String("month")},
				ProductData: &stripe.CheckoutSessionLineItemPriceDataProductDataParams{Name: stripe.String("Pro")},
			},
		}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := account.CompleteCheckout(session.ID, stripetest.CardVisa); err != nil {
		fmt.Println(err)
		return
	}
	if err := server.WaitDelivered(context.Background()); err != nil {
		fmt.Println(err)
		return
	}
	server.Advance(32 * 24 * time.Hour)
	fmt.Println("invoices:", len(account.Objects("invoice")))
	// Output:
	// webhook, signed: true
	// webhook, signed: true
	// webhook, signed: true
	// invoices: 2
}
