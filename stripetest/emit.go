package stripetest

import (
	"strings"
	"time"
)

// EmitOptions make an event differ from one that the account would tell by itself.
type EmitOptions struct {
	// ID is the event's id; empty makes one.
	ID string
	// Account is the connected account that the event is about, as platforms of Stripe Connect get it.
	Account string
	// OtherMode gives the event the livemode that the account's mode doesn't have.
	OtherMode bool
	// APIVersion is the version the event happened in; empty is the account's.
	APIVersion string
	// Created is when it happened; zero is now.
	Created time.Time
	// PreviousAttributes are those of an update, nil for other events.
	PreviousAttributes map[string]any
}

// Emit sends an event of any kind about any document to the endpoints that listen to the kind, signed
// as every other: what another application on the account causes, what a receiver doesn't know, or
// what never happened. It returns the event's id. The event is in the account's list of events,
// unless its id is taken or it belongs to another account or mode.
func (a *Account) Emit(kind string, document map[string]any, o EmitOptions) (eventID string) {
	if o.APIVersion != "" {
		mustRelease(o.APIVersion)
	}
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	var before object
	if o.PreviousAttributes != nil {
		before = normalize(o.PreviousAttributes).(map[string]any)
	}
	event := a.newEvent(kind, normalize(document).(map[string]any), before)
	event["livemode"] = a.livemode != o.OtherMode
	if o.ID != "" {
		event["id"] = o.ID
	}
	if o.Account != "" {
		event["account"] = o.Account
	}
	if o.APIVersion != "" {
		event["api_version"] = o.APIVersion
	}
	if !o.Created.IsZero() {
		event["created"] = o.Created.Unix()
	}
	own := o.Account == "" && !o.OtherMode && a.objects[event.id()] == nil
	a.publish(event, own)
	return event.id()
}

// SendThinEvent sends a thin event, of version 2 of Stripe's API, about the object with the id to every
// endpoint that is enabled: it names the object and doesn't show it. It returns the event's id, which
// no list of version 1 has.
func (a *Account) SendThinEvent(kind, objectID string) (eventID string) {
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	event := object{
		"id": a.newID("evt"), "object": "v2.core.event", "type": kind, "livemode": a.livemode, "context": nil, "reason": nil,
		"created": a.server.clock.now().UTC().Format("2006-01-02T15:04:05.000Z"), "related_object": nil,
	}
	if o, ok := a.objects[objectID]; ok {
		path := "/v1/" + strings.ReplaceAll(o.name(), ".", "/") + "s/" + objectID
		event["related_object"] = map[string]any{"id": objectID, "type": o.name(), "url": path}
	}
	for _, e := range a.endpoints {
		if !e.disabled() {
			a.server.dispatch(&Delivery{server: a.server, endpoint: e, event: event, arrived: new(bool)})
		}
	}
	return event.id()
}
