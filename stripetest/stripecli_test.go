package stripetest_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/manytenants/payments/internal/stripeoracle"
	"github.com/manytenants/payments/stripetest"
)

// TestStripeCLITriggersSucceed runs the fixtures of Stripe's own command line, which know nothing of
// this server, against it: each must run to its end and leave the event it is named for.
func TestStripeCLITriggersSucceed(t *testing.T) {
	command, err := exec.LookPath("stripe")
	if err != nil {
		t.Skip("the Stripe CLI is not on PATH: npm install -g @stripe/cli")
	}
	// The command looks for newer versions of itself. What isn't loopback goes to a proxy that refuses.
	outside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }))
	t.Cleanup(outside.Close)
	running := make(chan struct{}, 4)
	for _, event := range []string{
		"checkout.session.completed", "checkout.session.async_payment_succeeded", "checkout.session.async_payment_failed",
		"customer.subscription.created", "customer.subscription.updated", "customer.subscription.deleted",
		"invoice.paid", "invoice.payment_failed",
		"payment_intent.succeeded", "payment_intent.payment_failed", "payment_intent.canceled", "payment_intent.processing",
		"charge.captured", "charge.refunded", "charge.refund.updated", "charge.dispute.created", "charge.dispute.closed",
		"payment_method.detached", "setup_intent.setup_failed", "customer.deleted",
	} {
		t.Run(event, func(t *testing.T) {
			t.Parallel()
			running <- struct{}{}
			defer func() { <-running }()
			server := stripetest.New(nil)
			t.Cleanup(server.Close)
			web := httptest.NewServer(stripeoracle.New(t, server))
			t.Cleanup(web.Close)
			account := server.Account("sk_test_stripecli00")
			trigger(t, command, event, web.URL, outside.URL)
			var types []string
			for _, e := range account.Objects("event") {
				types = append(types, e["type"].(string))
			}
			if !slices.Contains(types, event) {
				t.Errorf("no %s among the events %v", event, types)
			}
			for _, r := range account.Requests() {
				if ignored := slices.DeleteFunc(r.Ignored, aboutMandate); len(ignored) > 0 {
					t.Errorf("%s: %v had no effect", r.Operation, ignored)
				}
			}
		})
	}
}

func trigger(t *testing.T, command, event, url, proxy string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	run := exec.CommandContext(ctx, command, "trigger", event, "--api-base", url, "--api-key", "sk_test_stripecli00", "--color", "off")
	home := t.TempDir()
	run.Env = append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME="+home, "STRIPE_CLI_TELEMETRY_OPTOUT=1", "DO_NOT_TRACK=1",
		"HTTPS_PROXY="+proxy, "HTTP_PROXY="+proxy, "NO_PROXY=127.0.0.1,localhost", "STRIPE_API_KEY=")
	output, err := run.CombinedOutput()
	if err != nil || !strings.Contains(string(output), "Trigger succeeded") {
		t.Fatalf("%v\n%s", err, output)
	}
}

// aboutMandate tells the parameters of a customer's consent, which there is nobody to ask for.
func aboutMandate(parameter string) bool { return strings.HasPrefix(parameter, "mandate_data") }
