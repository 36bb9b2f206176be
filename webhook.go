package payments

import (
	"context"
	"time"
)

// Event is the inbox's record of one webhook event: that it came, and what became of it. Its payload is not kept.
type Event struct {
	Project     ProjectID
	Mode        Mode
	ID          string // Stripe's "evt_..."
	Type        string
	Object      Object // what it asks to sync; the zero Object for an event that is ignored
	Status      string // EventPending, EventProcessed or EventIgnored
	Reason      string // with EventIgnored: why
	ReceivedAt  time.Time
	ProcessedAt time.Time // zero while pending
}

// Status values of an Event.
const (
	EventPending   = "pending"
	EventProcessed = "processed"
	EventIgnored   = "ignored"
)

// EventStore is the inbox. See [Store] for what holds for every method.
type EventStore interface {
	// AddEvent records an event unless its (Project, Mode, ID) is there already, and reports whether it
	// was new. With a new pending event its Object is requested in the same transaction, as by
	// RequestSync at ReceivedAt, and the event counts as processed once that number is applied.
	AddEvent(ctx context.Context, e Event) (added bool, err error)

	// Events returns up to w.Limit events of a project and mode, newest first by (ReceivedAt, ID)
	// descending, from the window's place on.
	Events(ctx context.Context, project ProjectID, mode Mode, w Window) ([]Event, error)
}
