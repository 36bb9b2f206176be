package stripetest

import (
	"context"
	"errors"
	"slices"
)

var errNotQueued = errors.New("stripetest: the delivery was sent or dropped already")

// Deliveries are the webhooks that wait in manual delivery, in the order of their events. A test may
// send them in any order, twice, or never.
func (s *Server) Deliveries() []*Delivery {
	s.tick()
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.queue)
}

// Endpoint is where the delivery goes.
func (d *Delivery) Endpoint() *Endpoint { return d.endpoint }

// Event is a copy of the event as it would be sent now.
func (d *Delivery) Event() map[string]any {
	d.server.mu.Lock()
	defer d.server.mu.Unlock()
	return d.endpoint.account.eventFor(d.event, d.endpoint.bodyVersion(d.event.str("api_version")))
}

// Body is what would be sent now, for a test that posts it in a way of its own. Sign signs it.
func (d *Delivery) Body() []byte {
	d.server.mu.Lock()
	defer d.server.mu.Unlock()
	return d.body()
}

// Send sends the delivery, before or after others, and returns why the endpoint didn't take it. A
// failed one comes back into Deliveries when its next attempt is due.
func (d *Delivery) Send(ctx context.Context) error {
	d.server.mu.Lock()
	defer d.server.mu.Unlock()
	if !d.take() {
		return errNotQueued
	}
	return d.deliver(ctx)
}

// Drop loses the delivery for ever. The event stays in the account's list of events.
func (d *Delivery) Drop() {
	d.server.mu.Lock()
	defer d.server.mu.Unlock()
	if d.take() {
		d.server.logDelivery(d, 0, errLost)
	}
}

// Duplicate queues a second delivery of the same event to the same endpoint, and returns it. A delivery
// that was sent can be duplicated too.
func (d *Delivery) Duplicate() *Delivery {
	d.server.mu.Lock()
	defer d.server.mu.Unlock()
	again := d.copy()
	d.server.enqueue(again)
	return again
}

func (d *Delivery) copy() *Delivery {
	return &Delivery{server: d.server, endpoint: d.endpoint, event: d.event, arrived: d.arrived}
}

// take removes the delivery from the queue, if it is there.
func (d *Delivery) take() bool {
	at := slices.Index(d.server.queue, d)
	if at < 0 {
		return false
	}
	d.server.queue = slices.Delete(d.server.queue, at, at+1)
	return true
}
