package stripetest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/client"
	"github.com/stripe/stripe-go/v76/webhook"

	"github.com/manytenants/payments/stripetest"
)

func sellByTheMonth() error {
	server := stripetest.New(nil)
	defer server.Close()
	web := httptest.NewServer(server)
	defer web.Close()
	api := client.New("sk_test_shop", &stripe.Backends{
		API: stripe.GetBackendWithConfig(stripe.APIBackend, &stripe.BackendConfig{URL: stripe.String(web.URL)}),
	})

	var secret string
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { // your code, under test
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		event, err := webhook.ConstructEventIgnoringTolerance(body, r.Header.Get("Stripe-Signature"), secret)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		fmt.Println(event.Type)
	}))
	defer shop.Close()
	account := server.Account("sk_test_shop")
	secret = account.AddWebhookEndpoint(shop.URL, "checkout.session.completed", "invoice.paid")

	session, err := api.CheckoutSessions.New(&stripe.CheckoutSessionParams{ // your code, under test
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
		return err
	}
	if err := account.CompleteCheckout(session.ID, stripetest.CardVisa); err != nil { // the customer pays
		return err
	}
	if err := server.WaitDelivered(context.Background()); err != nil { // the webhooks have arrived
		return err
	}
	server.Advance(32 * 24 * time.Hour) // the subscription renews, and its webhooks arrive
	return nil
}

func Example() {
	if err := sellByTheMonth(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// invoice.paid
	// checkout.session.completed
	// invoice.paid
}
