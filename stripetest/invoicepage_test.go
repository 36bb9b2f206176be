package stripetest_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/manytenants/payments/stripetest"
)

// overdue is the open invoice of a renewal whose card was declined.
func (s *shop) overdue() *stripe.Invoice {
	s.t.Helper()
	sub := s.subscribe(stripetest.CardVisa)
	if err := s.account.UseCard(sub.Customer.ID, stripetest.CardFailsLater); err != nil {
		s.t.Fatal(err)
	}
	s.server.Advance(31*24*time.Hour + 2*time.Hour)
	s.events()
	sub = must(s.api.Subscriptions.Get(sub.ID, nil))(s.t)
	return must(s.api.Invoices.Get(sub.LatestInvoice.ID, nil))(s.t)
}

func TestHostedInvoiceIsPaidWithACard(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	invoice := s.overdue()
	b := s.browser().open(invoice.HostedInvoiceURL).shows(http.StatusOK, "Invoice "+invoice.Number, "Payment failed", "1 × Pro (at $10.00 / month) Feb 15, 2024 – Mar 15, 2024 $10.00", "Amount due $10.00")
	b.press("Pay $10.00", "card=4000000000000002").shows(http.StatusPaymentRequired, "Your card was declined.")
	b.press("Pay $10.00", "card=other", "number=4111111111111111", "expiry=1/30", "cvc=123").shows(http.StatusPaymentRequired, "Your card number is incorrect.")
	s.events()
	b.press("Pay $10.00", "card=4242424242424242").shows(http.StatusOK, "Paid", "Amount due $0.00").hides("Pay this invoice")
	s.wantEvents(`charge.succeeded payment_intent.succeeded invoice.updated invoice.paid invoice.payment_succeeded customer.subscription.updated`)
	if sub := must(s.api.Subscriptions.Get(invoice.Subscription.ID, nil))(t); sub.Status != "active" {
		t.Errorf("the subscription is %s", sub.Status)
	}
}

func TestHostedInvoiceAsksTheBankForAuthentication(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	invoice := s.overdue()
	b := s.browser().open(invoice.HostedInvoiceURL)
	b.press("Pay $10.00", "card=4000002500003155").shows(http.StatusOK, "$10.00", "3155")
	s.wantEvents("payment_intent.requires_action invoice.payment_action_required")
	b.press("Fail authentication").shows(http.StatusOK, "unable to authenticate", "Pay this invoice")
	b.press("Pay $10.00", "card=4000002500003155").press("Complete authentication").shows(http.StatusOK, "Paid").hides("Pay this invoice")
}

func TestHostedInvoicePaidTwiceIsChargedOnce(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	invoice := s.overdue()
	charges := len(s.account.Objects("charge"))
	first, second := s.browser().open(invoice.HostedInvoiceURL), s.browser().open(invoice.HostedInvoiceURL)
	first.press("Pay $10.00").shows(http.StatusOK, "Paid")
	second.press("Pay $10.00").shows(http.StatusOK, "Paid")
	if n := len(s.account.Objects("charge")) - charges; n != 1 {
		t.Errorf("%d charges", n)
	}
}

func TestDraftInvoiceHasNoPage(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	sub := s.subscribe(stripetest.CardVisa)
	draft := must(s.api.Invoices.New(&stripe.InvoiceParams{Customer: &sub.Customer.ID}))(t)
	if draft.HostedInvoiceURL != "" {
		t.Errorf("a draft links to %s", draft.HostedInvoiceURL)
	}
	s.browser().open(s.web.URL + "/invoice/" + draft.ID).shows(http.StatusNotFound)
	s.browser().open(s.web.URL + "/invoice/in_none").shows(http.StatusNotFound)
}

func TestIntentIsAuthenticatedOnItsPage(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	for button, result := range map[string]string{"Complete authentication": "succeeded", "Fail authentication": "failed"} {
		intent := must(s.api.PaymentIntents.New(&stripe.PaymentIntentParams{
			Amount: stripe.Int64(700), Currency: stripe.String("usd"), Confirm: stripe.Bool(true),
			PaymentMethod: stripe.String("pm_card_authenticationRequired"), ReturnURL: stripe.String("https://shop.example/back?x=1"),
		}))(t)
		b := s.browser().open(intent.NextAction.RedirectToURL.URL).shows(http.StatusOK, "$7.00")
		page := b.at.String()
		b.press(button).leads(fmt.Sprintf("https://shop.example/back?payment_intent=%s&payment_intent_client_secret=%s&redirect_status=%s&x=1", intent.ID, intent.ClientSecret, result))
		s.browser().open(page).shows(http.StatusNotFound, "There is nothing to authenticate")
	}
}

// TestInvoicePDFIsOne checks the structure that readers rely on: each object lies where the
// cross-reference table says, and the stream is as long as it says.
func TestInvoicePDFIsOne(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	invoice := s.overdue()
	answer, err := http.DefaultClient.Do(must(http.NewRequestWithContext(t.Context(), http.MethodGet, invoice.InvoicePDF, nil))(t))
	if err != nil {
		t.Fatal(err)
	}
	pdf := must(io.ReadAll(answer.Body))(t)
	if err := answer.Body.Close(); err != nil {
		t.Error(err)
	}
	if kind := answer.Header.Get("Content-Type"); answer.StatusCode != http.StatusOK || kind != "application/pdf" || !bytes.HasPrefix(pdf, []byte("%PDF-1.")) {
		t.Fatalf("%d %s %.20q", answer.StatusCode, kind, pdf)
	}
	start := regexp.MustCompile(`startxref\n(\d+)\n%%EOF\n$`).FindSubmatch(pdf)
	if start == nil || !bytes.HasPrefix(pdf[must(strconv.Atoi(string(start[1])))(t):], []byte("xref\n0 6\n")) {
		t.Fatalf("the cross-reference table is not where it should be:\n%s", pdf)
	}
	for i, entry := range regexp.MustCompile(`(?m)^(\d{10}) 00000 n $`).FindAllSubmatch(pdf, -1) {
		if at := must(strconv.Atoi(string(entry[1])))(t); !bytes.HasPrefix(pdf[at:], fmt.Appendf(nil, "%d 0 obj\n", i+1)) {
			t.Errorf("object %d is not at %d", i+1, at)
		}
	}
	stream := regexp.MustCompile(`(?s)/Length (\d+) >>\nstream\n(.*)\nendstream`).FindSubmatch(pdf)
	if stream == nil || string(stream[1]) != strconv.Itoa(len(stream[2])) {
		t.Errorf("the stream has another length than %s", stream[1])
	}
	for _, text := range []string{"Test business", "Invoice " + invoice.Number, `1 x Pro \(at $10.00 / month\)`, "Amount due"} {
		if !bytes.Contains(stream[2], []byte(text)) {
			t.Errorf("the page lacks %q", text)
		}
	}
}
