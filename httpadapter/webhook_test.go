package httpadapter_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/manytenants/payments/httpadapter"
	"github.com/manytenants/payments/stripetest"
)

const ping = `{"id":"evt_1","object":"event","type":"ping","livemode":false}`

func TestWebhookTakesTheRawBodyOfAnyMediaType(t *testing.T) {
	w := newWorld(t)
	w.configureWebhook()
	for _, media := range [][]string{{"application/json"}, {"text/plain"}, {"application/json; charset=latin1"}, nil} {
		w.deliver("\n\t "+ping+" ", header("Content-Type", media...)).want(200)
	}
	events, err := w.service.Events(t.Context(), "shop", "test", 10)
	if err != nil || len(events) != 1 {
		t.Errorf("%v %v", events, err)
	}
}

func TestWebhookNeedsOneGoodSignature(t *testing.T) {
	w := newWorld(t)
	w.configureWebhook()
	good := stripetest.Sign([]byte(ping), webhookSecret, time.Now())
	same := header("X-Request-ID", "same")
	want := w.deliver(ping, header("Stripe-Signature"), same).want(400).body
	for name, values := range map[string][]string{
		"empty":            {""},
		"of another":       {stripetest.Sign([]byte(ping), "whsec_another0123456789", time.Now())},
		"of another body":  {stripetest.Sign([]byte(ping+" "), webhookSecret, time.Now())},
		"two headers":      {good, good},
		"old":              {stripetest.Sign([]byte(ping), webhookSecret, time.Now().Add(-301*time.Second))},
		"larger than 4 KB": {good + ",v0=" + strings.Repeat("0", 5<<10)},
		"many pairs":       {good + strings.Repeat(",v0=00", 16)},
	} {
		if got := w.deliver(ping, header("Stripe-Signature", values...), same).want(400).body; got != want {
			t.Errorf("%s: %s, another answer than %s", name, got, want)
		}
	}
	w.deliver(ping, header("Authorization", "Bearer "+alice), header("Stripe-Signature")).want(400)
	events, err := w.service.Events(t.Context(), "shop", "test", 10)
	if err != nil || len(events) != 0 {
		t.Errorf("a refused delivery was recorded: %v %v", events, err)
	}
}

func TestSignedBodyThatIsNoEventIsRefused(t *testing.T) {
	w := newWorld(t)
	w.configureWebhook()
	for _, body := range []string{
		`null`, `[]`, `{}`, `"text"`, `not json`, `{"object":"event","type":"ping"}`, `{"id":"evt_1","object":"event"}`,
		`{"id":"evt_` + strings.Repeat("1", 300) + `","object":"event","type":"ping"}`, "\xff", `{"id":"../evt","object":"event","type":"ping"}`,
	} {
		w.deliver(body).want(400)
	}
	w.deliver(`{"id":"evt_2","object":"v2.core.event","type":"v1.ping"}`).want(200)
	w.deliver(`{"id":"evt_3","object":"event","type":"ping","livemode":true}`).want(200)
	events, err := w.service.Events(t.Context(), "shop", "test", 10)
	if err != nil || len(events) != 0 {
		t.Errorf("recorded: %v %v", events, err)
	}
}

func TestWebhookOfNoConfiguredEndpointIsNotFound(t *testing.T) {
	w := newWorld(t)
	w.configureWebhook()
	sign := header("Stripe-Signature", stripetest.Sign([]byte(ping), webhookSecret, time.Now()))
	for _, target := range []string{
		"shop/live", "atelier/test", "nowhere/test", "shop/Live", "shop/TEST", "shop/prod", "shop/test;x", "shop/", "shop", "shop/test/", "shop/test/x",
	} {
		w.do("POST", "/stripe/webhooks/"+target, "", ping, sign).want(404)
	}
	w.do("DELETE", "/stripe/projects/shop/config", alice, "").want(204)
	w.deliver(ping).want(404)
}

func TestCompressedWebhookIsRefused(t *testing.T) {
	w := newWorld(t)
	w.configureWebhook()
	w.deliver(ping, header("Content-Encoding", "gzip")).want(415)
	w.deliver(ping, header("Content-Encoding", "identity")).want(200)
}

// countingReader counts what is read of an endless body.
type countingReader struct{ n int }

// Read never ends.
func (c *countingReader) Read(p []byte) (int, error) {
	c.n += len(p)
	return copy(p, strings.Repeat(" ", len(p))), nil
}

func TestWebhookReadsNoMoreThanItsCap(t *testing.T) {
	w := newWorld(t)
	w.configureWebhook()
	const limit = 256 << 10
	event := func(size int) string { return ping + strings.Repeat(" ", size-len(ping)) }
	w.deliver(event(limit)).want(200)
	w.deliver(event(limit + 1)).want(413)

	endless := &countingReader{}
	r := httptest.NewRequest(http.MethodPost, prefix+"/stripe/webhooks/shop/test", io.NopCloser(endless))
	recorder := httptest.NewRecorder()
	w.handler.ServeHTTP(recorder, r)
	if recorder.Code != 413 || endless.n > 2*limit {
		t.Errorf("an endless body: status %d after %d bytes", recorder.Code, endless.n)
	}
}

func TestCapsAreTheHostsChoice(t *testing.T) {
	w := newWorld(t)
	h := httpadapter.New(w.service, &httpadapter.Options{MaxBody: 10, MaxWebhookBody: 20})
	for target, limit := range map[string]int{"/stripe/cancel-subscription": 10, "/stripe/webhooks/shop/test": 20} {
		for size, tooLarge := range map[int]bool{limit: false, limit + 1: true} {
			r := httptest.NewRequest(http.MethodPost, prefix+target, strings.NewReader(strings.Repeat(" ", size)))
			r.Header.Set("Authorization", "Bearer "+carol)
			recorder := httptest.NewRecorder()
			h.ServeHTTP(recorder, r)
			if got := recorder.Code == 413; got != tooLarge {
				t.Errorf("%s with %d bytes: %d", target, size, recorder.Code)
			}
		}
	}
}

func TestBodyThatBreaksOffIsMalformed(t *testing.T) {
	w := newWorld(t)
	w.configureWebhook()
	for _, target := range []string{"/stripe/webhooks/shop/test", "/stripe/cancel-subscription"} {
		request := fmt.Sprintf("POST %s%s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer %s\r\n"+
			"Content-Length: 100\r\n\r\n{}", prefix, target, carol)
		status, body := w.raw(request)
		var problem struct{ Status int }
		if err := json.Unmarshal([]byte(body), &problem); err != nil || status != http.StatusBadRequest || problem.Status != status {
			t.Errorf("%s: %d %s", target, status, body)
		}
	}
}
