package stripetest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"
)

// delivery is one event on its way to one endpoint.
type delivery struct {
	endpoint *endpoint
	event    object
	attempts int
}

// Waits before a failed webhook is sent again: live mode tries for three days, test mode three
// times within a few hours.
var (
	liveRetries = []time.Duration{5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 12 * time.Hour, 12 * time.Hour, 12 * time.Hour, 12 * time.Hour}
	testRetries = []time.Duration{10 * time.Minute, time.Hour, 2 * time.Hour}
)

// enqueue makes a delivery due. Each endpoint gets its deliveries one after the other in the order
// of the events; a slow endpoint holds up no other. Server.mu is held.
func (s *Server) enqueue(d *delivery) {
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
func (s *Server) deliverTo(e *endpoint) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(e.queue) > 0 {
		d := e.queue[0]
		e.queue = e.queue[1:]
		s.deliver(d)
		s.pending--
		s.quiet.Broadcast()
	}
	e.running = false
}

// deliver sends once, and arranges what follows from the answer. Server.mu is held but for the
// sending itself.
func (s *Server) deliver(d *delivery) {
	body, at := encode(d.event.public()), s.clock.now()
	s.mu.Unlock()
	err := s.post(d.endpoint, body, at)
	s.mu.Lock()
	d.attempts++
	if err == nil {
		d.event["pending_webhooks"] = d.event.int("pending_webhooks") - 1
		return
	}
	s.options.Logger.Info("stripetest: webhook failed", slog.String("event", d.event.id()),
		slog.String("type", d.event.str("type")), slog.Int("attempt", d.attempts), slog.Any("error", err))
	retries := testRetries
	if d.endpoint.account.livemode {
		retries = liveRetries
	}
	if d.attempts <= len(retries) {
		s.at(at.Add(retries[d.attempts-1]), func() { s.enqueue(d) })
	}
}

// post is one attempt. Only a status of 2xx counts; a redirect is a failure.
func (s *Server) post(e *endpoint, body []byte, at time.Time) error {
	r, err := http.NewRequestWithContext(s.stopping, http.MethodPost, e.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.Header.Set("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)")
	r.Header.Set("Stripe-Signature", Sign(body, e.secret, at))
	answer, err := s.client.Do(r)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, io.LimitReader(answer.Body, maxBody))
	if closed := answer.Body.Close(); err == nil {
		err = closed
	}
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return fmt.Errorf("the endpoint answered %d", answer.StatusCode)
	}
	return err
}

// drain waits until nothing is on its way. Server.mu is held, and given up while waiting.
func (s *Server) drain() {
	for s.pending > 0 && s.stopping.Err() == nil {
		s.quiet.Wait()
	}
}

// WaitDelivered waits until every webhook due by the clock was delivered, or failed and waits for
// its retry. In manual delivery it is Flush.
func (s *Server) WaitDelivered(ctx context.Context) error {
	if s.options.ManualDelivery {
		return s.Flush(ctx)
	}
	s.tick()
	wake := context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.quiet.Broadcast()
	})
	defer wake()
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.pending > 0 && ctx.Err() == nil && s.stopping.Err() == nil {
		s.quiet.Wait()
	}
	return ctx.Err()
}

// Flush sends the webhooks that manual delivery held back, in the order of their events and in the
// caller's goroutine, those that the receivers cause included. Otherwise it is WaitDelivered.
func (s *Server) Flush(ctx context.Context) error {
	if !s.options.ManualDelivery {
		return s.WaitDelivered(ctx)
	}
	s.tick()
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.queue) > 0 && ctx.Err() == nil {
		d := s.queue[0]
		s.queue = s.queue[1:]
		s.deliver(d)
	}
	return ctx.Err()
}
