package stripetest_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/client"

	"github.com/manytenants/payments/internal/stripeoracle"
	"github.com/manytenants/payments/stripetest"
)

// inBubble makes a server and a client that need no network.
func inBubble(t *testing.T, options stripetest.Options) (*stripetest.Server, *client.API) {
	server := stripetest.New(&options)
	t.Cleanup(server.Close)
	backend := stripe.GetBackendWithConfig(stripe.APIBackend, &stripe.BackendConfig{
		URL: stripe.String("http://stripe.test"), MaxNetworkRetries: stripe.Int64(0), EnableTelemetry: stripe.Bool(false),
		HTTPClient:    &http.Client{Transport: stripetest.Transport(stripeoracle.New(t, server))},
		LeveledLogger: &stripe.LeveledLogger{Level: stripe.LevelNull},
	})
	return server, client.New(shopKey, &stripe.Backends{API: backend})
}

func TestIdempotencyKeyInUseIsAConflict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, api := inBubble(t, stripetest.Options{})
		server.Account(shopKey).Fail(stripetest.Fault{Operation: "POST /v1/customers", Delay: time.Minute})
		create := func() error {
			params := &stripe.CustomerParams{}
			params.SetIdempotencyKey("key-1")
			_, err := api.Customers.New(params)
			return err
		}
		done := make(chan error, 1)
		go func() { done <- create() }()
		synctest.Wait()
		wantError(t, create(), http.StatusConflict, stripe.ErrorCodeIdempotencyKeyInUse, "")
		if err := <-done; err != nil {
			t.Errorf("the first request: %v", err)
		}
		if err := create(); err != nil {
			t.Errorf("the replay: %v", err)
		}
	})
}

func TestTheWallClockRunsWhatFallsDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		delivered := make(chan time.Time, 1)
		receiver := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { delivered <- time.Now() })
		server, api := inBubble(t, stripetest.Options{HTTPClient: &http.Client{Transport: stripetest.Transport(receiver)}})
		account := server.Account(shopKey)
		price := newPrice(t, api)
		account.AddWebhookEndpoint("http://shop.test/webhook", "checkout.session.expired")
		must(api.CheckoutSessions.New(sessionParams("payment", price)))(t)
		begin := time.Now()
		if at := <-delivered; at.Sub(begin).Round(time.Second) != 24*time.Hour {
			t.Errorf("the session expired after %v", at.Sub(begin))
		}
	})
}

func newPrice(t *testing.T, api *client.API) string {
	t.Helper()
	product := must(api.Products.New(&stripe.ProductParams{Name: stripe.String("Pro")}))(t)
	return must(api.Prices.New(&stripe.PriceParams{
		Currency: stripe.String("usd"), Product: stripe.String(product.ID), UnitAmount: stripe.Int64(900),
	}))(t).ID
}

func TestReceiverMayCallBackWhileTheClockMoves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var server *stripetest.Server
		var api *client.API
		var fetched []int64
		receiver := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			must(api.Subscriptions.List(&stripe.SubscriptionListParams{}).SubscriptionList(), nil)(t)
			fetched = append(fetched, server.Now().Unix())
		})
		server, api = inBubble(t, stripetest.Options{HTTPClient: &http.Client{Transport: stripetest.Transport(receiver)}})
		account := server.Account(shopKey)
		account.AddWebhookEndpoint("http://shop.test/webhook", "checkout.session.expired")
		session := must(api.CheckoutSessions.New(sessionParams("payment", newPrice(t, api))))(t)
		server.Advance(48 * time.Hour)
		if len(fetched) != 1 || fetched[0] != session.ExpiresAt {
			t.Errorf("fetched at %v, want once at %d: the webhook arrives at its event's moment", fetched, session.ExpiresAt)
		}
	})
}
