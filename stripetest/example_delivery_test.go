package stripetest_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/manytenants/payments/stripetest"
)

// In manual delivery a test decides in which order webhooks arrive, and which never do.
func ExampleServer_Deliveries() {
	server := stripetest.New(&stripetest.Options{ManualDelivery: true})
	defer server.Close()
	shop := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer shop.Close()
	account := server.Account("sk_test_shop")
	account.AddWebhook(stripetest.WebhookOptions{URL: shop.URL, APIVersion: "2025-03-31.basil"})
	account.Emit("customer.created", map[string]any{"id": "cus_1", "object": "customer"}, stripetest.EmitOptions{})
	account.Emit("customer.updated", map[string]any{"id": "cus_1", "object": "customer"}, stripetest.EmitOptions{})
	account.Emit("customer.deleted", map[string]any{"id": "cus_1", "object": "customer"}, stripetest.EmitOptions{})

	waiting := server.Deliveries()
	waiting[1].Drop()
	for _, d := range []*stripetest.Delivery{waiting[2], waiting[0], waiting[0].Duplicate()} {
		if err := d.Send(context.Background()); err != nil {
			fmt.Println(err)
		}
	}
	for _, attempt := range account.DeliveryLog() {
		fmt.Println(attempt.EventType, attempt.Status, attempt.Err)
	}
	// Output:
	// customer.updated 0 the delivery was lost on purpose
	// customer.deleted 200 <nil>
	// customer.created 200 <nil>
	// customer.created 200 <nil>
}
