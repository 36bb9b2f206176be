package payments

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func envelopeOf(id, eventType, object string) string {
	return fmt.Sprintf(`{"id":%q,"object":"event","type":%q,"livemode":false,"data":{"object":{"id":%q}}}`, id, eventType, object)
}

func TestBodiesThatAreNoEventAreRefused(t *testing.T) {
	long := strings.Repeat("x", 300)
	for name, body := range map[string]string{
		"nothing":           "",
		"null":              "null",
		"an array":          "[]",
		"an object":         "{}",
		"a string":          `"event"`,
		"a number":          "1",
		"HTML":              "<html></html>",
		"cut off":           envelopeOf("evt_1", "invoice.paid", "in_1")[:40],
		"something behind":  envelopeOf("evt_1", "invoice.paid", "in_1") + "{}",
		"a byte order mark": "\ufeff" + envelopeOf("evt_1", "invoice.paid", "in_1"),
		"no id":             `{"object":"event","type":"invoice.paid","data":{"object":{"id":"in_1"}}}`,
		"an empty id":       envelopeOf("", "invoice.paid", "in_1"),
		"a null id":         `{"id":null,"object":"event","type":"invoice.paid"}`,
		"a number as id":    `{"id":1,"object":"event","type":"invoice.paid"}`,
		"a long id":         envelopeOf(long, "invoice.paid", "in_1"),
		"an id of 256":      envelopeOf(long[:256], "invoice.paid", "in_1"),
		"a path as id":      envelopeOf("evt_1/../x", "invoice.paid", "in_1"),
		"NUL in the id":     `{"id":"evt_\u0000","object":"event","type":"invoice.paid"}`,
		"no type":           `{"id":"evt_1","object":"event"}`,
		"a long type":       envelopeOf("evt_1", long, "in_1"),
		"a type with a NUL": `{"id":"evt_1","object":"event","type":"a\u0000b"}`,
		"a type with ü":     envelopeOf("evt_1", "ü", "in_1"),
		"no object":         `{"id":"evt_1","type":"invoice.paid"}`,
		"another object":    `{"id":"evt_1","object":"list","type":"invoice.paid"}`,
		"data as text":      `{"id":"evt_1","object":"event","type":"invoice.paid","data":"x"}`,
		"livemode as text":  `{"id":"evt_1","object":"event","type":"invoice.paid","livemode":"true"}`,
		"deep nesting":      `{"id":"evt_1","object":"event","type":"invoice.paid","x":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}`,
		"deep and cut off":  strings.Repeat(`{"data":`, 1_000_000),
	} {
		if _, err := parseEnvelope([]byte(body)); !errors.Is(err, ErrBadRequest) {
			t.Errorf("%s: %v, want ErrBadRequest", name, err)
		} else if strings.Contains(err.Error(), "evt_1") {
			t.Errorf("%s: the error quotes the body: %v", name, err)
		}
	}
}

func TestEnvelopeReadsOnlyWhatIdentifies(t *testing.T) {
	for name, body := range map[string]string{
		"plain":             envelopeOf("evt_1", "invoice.paid", "in_1"),
		"unknown fields":    `{"id":"evt_1","object":"event","type":"invoice.paid","api_version":7,"request":[],"data":{"previous_attributes":1,"object":{"id":"in_1","total":"x"}}}`,
		"deep but lawful":   `{"id":"evt_1","object":"event","type":"invoice.paid","data":{"object":{"id":"in_1","x":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + `}}}`,
		"null account":      `{"id":"evt_1","object":"event","type":"invoice.paid","account":null,"livemode":null,"data":{"object":{"id":"in_1"}}}`,
		"space around":      " \n" + envelopeOf("evt_1", "invoice.paid", "in_1") + "\n",
		"a lone surrogate":  `{"id":"evt_1","object":"event","type":"invoice.paid","data":{"object":{"id":"in_1","x":"\ud800"}}}`,
		"not quite UTF-8":   `{"id":"evt_1","object":"event","type":"invoice.paid","data":{"object":{"id":"in_1","x":"` + "\xff" + `"}}}`,
		"a megabyte within": `{"id":"evt_1","object":"event","type":"invoice.paid","data":{"object":{"id":"in_1","x":"` + strings.Repeat("x", 1<<20) + `"}}}`,
	} {
		e, err := parseEnvelope([]byte(body))
		if err != nil || e.ID != "evt_1" || e.Type != "invoice.paid" || e.Data.Object.ID != "in_1" || e.Livemode || e.Account != "" {
			t.Errorf("%s: %+v, %v", name, e, err)
		}
	}
}

func TestThinEventsAreNoErrorAndNoEvent(t *testing.T) {
	for _, body := range []string{
		`{"object":"v2.core.event"}`,
		`{"id":"evt_test_65","object":"v2.core.event","type":"v1.billing.meter.error_report_triggered","created":"2026-11-23T12:00:00Z","related_object":{"id":"mtr_1"}}`,
	} {
		e, err := parseEnvelope([]byte(body))
		if err != nil || !e.thin() {
			t.Errorf("%s: thin %v, %v", body, e.thin(), err)
		}
	}
}

func TestEventIsIgnoredUnlessItNamesAnObjectOfOurs(t *testing.T) {
	for name, c := range map[string]struct{ body, status, reason string }{
		"known":          {envelopeOf("evt_1", "invoice.paid", "in_1"), EventPending, ""},
		"unknown type":   {envelopeOf("evt_1", "invoice.created", "in_1"), EventIgnored, "type"},
		"upcoming":       {`{"id":"evt_1","object":"event","type":"invoice.upcoming","data":{"object":{"object":"invoice"}}}`, EventIgnored, "type"},
		"other account":  {`{"id":"evt_1","object":"event","type":"invoice.paid","account":"acct_2","data":{"object":{"id":"in_1"}}}`, EventIgnored, "account"},
		"our account":    {`{"id":"evt_1","object":"event","type":"invoice.paid","account":"acct_1","data":{"object":{"id":"in_1"}}}`, EventPending, ""},
		"no data":        {`{"id":"evt_1","object":"event","type":"invoice.paid"}`, EventIgnored, "object"},
		"null data":      {`{"id":"evt_1","object":"event","type":"invoice.paid","data":null}`, EventIgnored, "object"},
		"object null":    {`{"id":"evt_1","object":"event","type":"invoice.paid","data":{"object":null}}`, EventIgnored, "object"},
		"object path":    {envelopeOf("evt_1", "invoice.paid", "../customers"), EventIgnored, "object"},
		"object query":   {envelopeOf("evt_1", "invoice.paid", "in_1?expand=x"), EventIgnored, "object"},
		"object too big": {envelopeOf("evt_1", "invoice.paid", strings.Repeat("x", 256)), EventIgnored, "object"},
	} {
		e, err := parseEnvelope([]byte(c.body))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		event := e.event("proj", Test, "acct_1", signedAt)
		if event.Status != c.status || event.Reason != c.reason || (event.Object != Object{}) != (c.status == EventPending) {
			t.Errorf("%s: %+v, want status %q for %q", name, event, c.status, c.reason)
		}
	}
}

// The table must cover the contract's; a name that Stripe doesn't have would never be delivered.
func TestEventTypesOfTheContractAreHandled(t *testing.T) {
	want := map[Kind]string{
		KindSession:       "checkout.session.completed checkout.session.async_payment_succeeded checkout.session.async_payment_failed checkout.session.expired",
		KindSubscription:  "customer.subscription.created customer.subscription.updated customer.subscription.deleted customer.subscription.paused customer.subscription.resumed customer.subscription.trial_will_end",
		KindInvoice:       "invoice.paid invoice.payment_failed invoice.payment_succeeded invoice.payment_action_required invoice.voided invoice.marked_uncollectible",
		KindPaymentIntent: "payment_intent.succeeded payment_intent.payment_failed payment_intent.canceled",
		KindCharge:        "charge.refunded",
		KindRefund:        "refund.created refund.updated refund.failed",
		KindDispute:       "charge.dispute.created charge.dispute.closed charge.dispute.funds_withdrawn charge.dispute.funds_reinstated",
		KindCustomer:      "customer.deleted",
	}
	n := 0
	for kind, types := range want {
		for eventType := range strings.FieldsSeq(types) {
			n++
			if eventKinds[eventType] != kind {
				t.Errorf("%s syncs %q, want %q", eventType, eventKinds[eventType], kind)
			}
		}
	}
	if n != len(eventKinds) {
		t.Errorf("%d types are handled, %d are listed here", len(eventKinds), n)
	}
}
