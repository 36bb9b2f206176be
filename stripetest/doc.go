// Package stripetest is a stateful Stripe in the process, for tests of code that sells through
// Stripe. The real stripe-go client talks to it over HTTP: requests change state, state changes make
// events, events arrive as signed webhooks, and time moves when the test says so.
//
//	import (
//		"context"
//		"fmt"
//		"io"
//		"net/http"
//		"net/http/httptest"
//		"time"
//
//		"github.com/stripe/stripe-go/v76"
//		"github.com/stripe/stripe-go/v76/client"
//		"github.com/stripe/stripe-go/v76/webhook"
//
//		"github.com/manytenants/payments/stripetest"
//	)
//
//	func sellByTheMonth() error {
//		server := stripetest.New(nil)
//		defer server.Close()
//		web := httptest.NewServer(server)
//		defer web.Close()
//		api := client.New("sk_test_shop", &stripe.Backends{
//			API: stripe.GetBackendWithConfig(stripe.APIBackend, &stripe.BackendConfig{URL: stripe.String(web.URL)}),
//		})
//
//		var secret string
//		shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { // your code, under test
//			body, err := io.ReadAll(r.Body)
//			if err != nil {
//				return
//			}
//			event, err := webhook.ConstructEventIgnoringTolerance(body, r.Header.Get("Stripe-Signature"), secret)
//			if err != nil {
//				http.Error(w, err.Error(), http.StatusBadRequest)
//				return
//			}
//			fmt.Println(event.Type)
//		}))
//		defer shop.Close()
//		account := server.Account("sk_test_shop")
//		secret = account.AddWebhookEndpoint(shop.URL, "checkout.session.completed", "invoice.paid")
//
//		session, err := api.CheckoutSessions.New(&stripe.CheckoutSessionParams{ // your code, under test
//			Mode:       stripe.String("subscription"),
//			SuccessURL: stripe.String("https://shop.example/thanks"),
//			LineItems: []*stripe.CheckoutSessionLineItemParams{{
//				Quantity: stripe.Int64(1),
//				PriceData: &stripe.CheckoutSessionLineItemPriceDataParams{
//					Currency: stripe.String("usd"), UnitAmount: stripe.Int64(1900),
//					Recurring:   &stripe.CheckoutSessionLineItemPriceDataRecurringParams{Interval: stripe.String("month")},
//					ProductData: &stripe.CheckoutSessionLineItemPriceDataProductDataParams{Name: stripe.String("Pro")},
//				},
//			}},
//		})
//		if err != nil {
//			return err
//		}
//		if err := account.CompleteCheckout(session.ID, stripetest.CardVisa); err != nil { // the customer pays
//			return err
//		}
//		if err := server.WaitDelivered(context.Background()); err != nil { // the webhooks have arrived
//			return err
//		}
//		server.Advance(32 * 24 * time.Hour) // the subscription renews, and its webhooks arrive
//		return nil
//	}
//
// Webhooks are delivered in the background: those of CompleteCheckout or an API request have arrived
// once WaitDelivered returns. They are signed at the time of the server's clock, which Advance
// moves away from the machine's. A receiver that refuses old signatures, as webhook.ConstructEvent does,
// must take the time from Server.Now, or leave the tolerance out as above.
//
// The session's URL opens a page that does the same as CompleteCheckout in a browser.
//
// Payment and setup intents, payment methods, refunds and disputes work through the API, with Stripe's
// test ids such as "pm_card_visa" and its test cards. What a customer or a bank does there has a method:
// CompleteAuthentication, CompletePayment, Dispute, CloseDispute, FailRefund. Stripe's own command line
// runs its fixtures here too: stripe trigger charge.refunded --api-base URL --api-key sk_test_shop.
//
// Answers and webhooks have the shape of the API version that asks, from 2023-10-16 on: a request's
// Stripe-Version, an endpoint's (AddWebhook) or the account's. What goes wrong between two machines can be
// had by seed or by hand: webhooks that are late, lost, doubled or out of order (DeliveryRule,
// Server.Deliveries), API requests that fail or whose answers are lost (Fault), events that belong to
// somebody else (Account.Emit).
//
// People and scripts use the hosted pages, which need no JavaScript: Checkout behind a session's URL, the
// billing portal behind a portal session's, an invoice behind its hosted_invoice_url, and at the root an
// index of what happened, with buttons that move the clock. A page's form takes the same fields from a
// script, for example the test card 4242 for a session whose customer is known:
//
//	curl -d card=4242424242424242 SESSION_URL
//
// A session without a customer wants email= too. card=other takes the number from number=, with expiry=
// and cvc=. A card that asks for authentication leads on to a page that takes result=complete or
// result=fail. An invoice takes card=. The portal takes action=cancel, resume or switch with
// subscription=, switch also with price=; and action=card with card=. Success answers 303, a declined card
// 402, a field that is wrong 400 and a page that has expired 410. AuthenticateCheckout, PortalCancel,
// PortalResume and PortalSwitch are the same in Go.
//
// Accounts are isolated from each other, and test mode from live mode. Parameters that Stripe's
// API version 2023-10-16 doesn't know are refused with Stripe's own error, and so are missing ones
// and wrong types. A parameter that Stripe knows, that would change an amount or what happens, and that
// has no effect here, such as a coupon, taxes or an application fee, is refused too: "stripetest has no
// discounts". Only texts, consents and the looks of a page (locale, custom_text, consent_collection,
// adjustable_quantity, mandate_data, radar_options, evidence and the like) are accepted without effect, and
// listed in Request.Ignored, as are values that say the default. Money is never moved, and nothing is sent anywhere but to the webhook endpoints
// that were added. Everything is held in memory: objects for good, of the events of an account, the
// requests and the attempts to deliver webhooks the newest 10,000.
package stripetest
