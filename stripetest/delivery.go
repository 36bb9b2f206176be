package stripetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"
)

// Delivery is one event on its way to one endpoint. It is safe for concurrent use.
type Delivery struct {
	server   *Server
	endpoint *Endpoint
	event    object
	attempts int
	arrived  *bool // shared with its duplicates: pending_webhooks counts an endpoint once
}

// Waits before a failed webhook is sent again: live mode tries for three days, test mode three
// times within a few hours.
var (
	liveRetries = []time.Duration{5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 12 * time.Hour, 12 * time.Hour, 12 * time.Hour, 12 * time.Hour}
	testRetries = []time.Duration{10 * time.Minute, time.Hour, 2 * time.Hour}
)

// failingTooLong is how long an endpoint may answer nothing with 2xx before it is disabled. Stripe
// says no more than that it waits several days.
const failingTooLong = 9 * 24 * time.Hour

var errDisabled = errors.New("the endpoint is disabled")

// enqueue makes a delivery due. Each endpoint gets its deliveries one after the other in the order
// of the events; a slow endpoint holds up no other. Server.mu is held.
func (s *Server) enqueue(d *Delivery) {
	if s.stopping.Err() != nil {
		return
	}
	if s.options.ManualDelivery {
		s.queue = append(s.queue, d)
		return
	}
	s.pending++
	e := d.endpoint
	e.queue = append(e.queue, d)
	if !e.running {
		e.running = true
		s.workers.Go(func() { s.deliverTo(e) })
	}
}

// deliverTo empties an endpoint's queue.
func (s *Server) deliverTo(e *Endpoint) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(e.queue) > 0 {
		d := e.queue[0]
		e.queue = e.queue[1:]
		_ = d.deliver(s.stopping) // the log has the error
		s.pending--
		s.quiet.Broadcast()
	}
	e.running = false
}

// deliver sends once, and arranges what follows from the answer. Server.mu is held but for the
// sending itself.
func (d *Delivery) deliver(ctx context.Context) error {
	s, e := d.server, d.endpoint
	if e.disabled() {
		s.logDelivery(d, 0, errDisabled)
		return errDisabled
	}
	body, at := d.body(), s.clock.now()
	target, header := e.object.str("url"), e.sign(body, at)
	s.mu.Unlock()
	status, err := s.post(ctx, target, body, header)
	s.mu.Lock()
	d.attempts++
	s.logDelivery(d, status, err)
	if err == nil {
		d.succeeded()
		return nil
	}
	d.failed(at)
	return err
}

func (d *Delivery) body() []byte {
	version := d.endpoint.bodyVersion(d.event.str("api_version"))
	return encode(d.endpoint.account.eventFor(d.event, version))
}

func (d *Delivery) succeeded() {
	d.endpoint.failingSince = time.Time{}
	if n, counted := d.event["pending_webhooks"].(int64); counted && !*d.arrived {
		*d.arrived = true
		d.event["pending_webhooks"] = n - 1
	}
}

// failed plans the next attempt, if there is one, and disables an endpoint that fails for too long.
func (d *Delivery) failed(at time.Time) {
	e, retries := d.endpoint, testRetries
	if e.account.livemode {
		retries = liveRetries
	}
	if e.failingSince.IsZero() {
		e.failingSince = at
	}
	if at.Sub(e.failingSince) >= failingTooLong {
		e.object["status"] = "disabled"
	}
	if d.attempts <= len(retries) {
		d.server.at(at.Add(retries[d.attempts-1]), func() { d.server.enqueue(d) })
	}
}

// post is one attempt. Only a status of 2xx counts; a redirect is a failure.
func (s *Server) post(ctx context.Context, target string, body []byte, signature string) (int, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.stopping, cancel)()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.Header.Set("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)")
	r.Header.Set("Stripe-Signature", signature)
	answer, err := s.client.Do(r)
	if err != nil {
		s.options.Logger.Info("stripetest: webhook failed", slog.String("url", target), slog.Any("error", err))
		return 0, err
	}
	_, err = io.Copy(io.Discard, io.LimitReader(answer.Body, maxBody))
	if closed := answer.Body.Close(); err == nil {
		err = closed
	}
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		err = fmt.Errorf("the endpoint answered %d", answer.StatusCode)
	}
	return answer.StatusCode, err
}
