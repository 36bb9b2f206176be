package stripetest

import (
	"errors"
	"log/slog"
	"slices"
	"time"
)

var errLost = errors.New("the delivery was lost on purpose")

// DeliveryAttempt is one attempt to deliver an event, or the loss of a delivery.
type DeliveryAttempt struct {
	// Time is the server's time.
	Time time.Time
	// EndpointID and URL tell where it went, EventID and EventType what was sent.
	EndpointID, URL, EventID, EventType string
	// Attempt counts from 1; it is 0 for a delivery that was lost before any.
	Attempt int
	// Status is the endpoint's answer, 0 for none.
	Status int
	// Err is why the delivery failed, nil when the endpoint took it.
	Err error

	account *Account
}

// DeliveryLog lists the attempts to deliver webhooks of all accounts, the oldest first. It keeps the
// newest 10,000.
func (s *Server) DeliveryLog() []DeliveryAttempt {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.deliveries.newest()
}

// DeliveryLog lists the attempts to deliver webhooks of the account in its mode, the oldest first.
func (a *Account) DeliveryLog() []DeliveryAttempt {
	return slices.DeleteFunc(a.server.DeliveryLog(), func(d DeliveryAttempt) bool { return d.account != a })
}

// logDelivery is called with Server.mu held.
func (s *Server) logDelivery(d *Delivery, status int, err error) {
	attempt := DeliveryAttempt{
		Time: s.clock.now(), EndpointID: d.endpoint.object.id(), URL: d.endpoint.object.str("url"),
		EventID: d.event.id(), EventType: d.event.str("type"), Attempt: d.attempts, Status: status, Err: err,
		account: d.endpoint.account,
	}
	s.deliveries.add(attempt)
	s.options.Logger.Info("stripetest: webhook", slog.String("event", attempt.EventID), slog.String("type", attempt.EventType),
		slog.String("url", attempt.URL), slog.Int("attempt", d.attempts), slog.Int("status", status), slog.Any("error", err))
}
