package payments

import (
	"context"
	"encoding/json"
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
	ProcessedAt time.Time // Synced.Now of the sync that did it; zero while pending
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

// maxEventType bounds the names of event types; Stripe's longest has about 60 characters.
const maxEventType = 255

// eventKinds says what an event of each type asks to sync. All other types are recorded as ignored.
var eventKinds = map[string]Kind{
	"checkout.session.completed":               KindSession,
	"checkout.session.async_payment_succeeded": KindSession,
	"checkout.session.async_payment_failed":    KindSession,
	"checkout.session.expired":                 KindSession,
	"customer.subscription.created":            KindSubscription,
	"customer.subscription.updated":            KindSubscription,
	"customer.subscription.deleted":            KindSubscription,
	"customer.subscription.paused":             KindSubscription,
	"customer.subscription.resumed":            KindSubscription,
	"customer.subscription.trial_will_end":     KindSubscription,
	"invoice.paid":                             KindInvoice,
	"invoice.payment_succeeded":                KindInvoice,
	"invoice.payment_failed":                   KindInvoice,
	"invoice.payment_action_required":          KindInvoice,
	"invoice.voided":                           KindInvoice,
	"invoice.marked_uncollectible":             KindInvoice,
	"payment_intent.succeeded":                 KindPaymentIntent,
	"payment_intent.payment_failed":            KindPaymentIntent,
	"payment_intent.canceled":                  KindPaymentIntent,
	"charge.refunded":                          KindCharge,
	"refund.created":                           KindRefund,
	"refund.updated":                           KindRefund,
	"refund.failed":                            KindRefund,
	"charge.dispute.created":                   KindDispute,
	"charge.dispute.closed":                    KindDispute,
	"charge.dispute.funds_withdrawn":           KindDispute,
	"charge.dispute.funds_reinstated":          KindDispute,
	"customer.deleted":                         KindCustomer,
}

// HandleWebhook takes one delivery of Stripe's: body is the request's body byte by byte, signature its
// Stripe-Signature header. It returns nil once the event is durably recorded, or recognised as one to ignore: answer
// 200 then. Workers do the rest. Deliveries may come twice, late and in any order.
//
// Errors: ErrNotFound where the project is unknown, inactive or has no webhook secret for the mode; ErrSignature;
// ErrBadRequest for a signed body that is no event; ErrUnavailable and ErrTimeout, on which Stripe tries again.
func (s *Service) HandleWebhook(ctx context.Context, project ProjectID, mode Mode, body []byte, signature string) error {
	if !project.Valid() || !mode.Valid() {
		return newError(ErrNotFound, "There is no such webhook endpoint.")
	}
	config, err := s.activeConfig(ctx, project)
	if err != nil {
		return err
	}
	credentials := config.Credentials(mode)
	if credentials.WebhookSecret.IsZero() {
		return newError(ErrNotFound, "This project has no webhook secret for "+string(mode)+" mode.")
	}
	secret, err := s.unseal(ctx, credentials.WebhookSecret, project, mode, fieldWebhookSecret)
	if err != nil {
		return err
	}
	if !verifySignature(body, signature, secret, s.now()) {
		return newError(ErrSignature, "The signature is missing or not valid for this endpoint.")
	}
	return s.receive(ctx, project, mode, credentials.AccountID, body)
}

// receive records a delivery whose signature was good.
func (s *Service) receive(ctx context.Context, project ProjectID, mode Mode, account string, body []byte) error {
	envelope, err := parseEnvelope(body)
	if err != nil {
		return err
	}
	switch {
	case envelope.thin():
		return nil
	case envelope.Livemode != (mode == Live):
		s.log.WarnContext(ctx, "payments: an event of the other mode was ignored", "project", project, "mode", mode, "event", envelope.ID)
		return nil
	}
	event := envelope.event(project, mode, account, s.now())
	added, err := s.store.AddEvent(ctx, event)
	if err != nil {
		return storeError(err)
	}
	if added && event.Status == EventPending {
		announce(s.workers.wake)
	}
	return nil
}

// envelope is all that is read from an event: what it says of its object may be old, or of another API version.
type envelope struct {
	ID       string `json:"id"`
	Object   string `json:"object"`
	Type     string `json:"type"`
	Livemode bool   `json:"livemode"`
	Account  string `json:"account"`
	Data     struct {
		Object struct {
			ID string `json:"id"`
		} `json:"object"`
	} `json:"data"`
}

func parseEnvelope(body []byte) (envelope, error) {
	var e envelope
	if err := json.Unmarshal(body, &e); err != nil { // the decoder's error may quote the body
		return e, newError(ErrBadRequest, "The body is not an event of Stripe's.")
	}
	if e.thin() {
		return e, nil
	}
	if e.Object != "event" || !validStripeID(e.ID) || len(e.Type) > maxEventType || e.Type == "" || !printable(e.Type) {
		return e, newError(ErrBadRequest, "The body is not an event of Stripe's.")
	}
	return e, nil
}

// thin reports whether this is a notification of Stripe's v2 API, which concerns nothing that is kept here.
func (e *envelope) thin() bool { return e.Object == "v2.core.event" }

// event decides what becomes of a delivery.
func (e *envelope) event(project ProjectID, mode Mode, account string, now time.Time) Event {
	event := Event{Project: project, Mode: mode, ID: e.ID, Type: e.Type, Status: EventIgnored, ReceivedAt: now}
	kind, known := eventKinds[e.Type]
	switch {
	case !known:
		event.Reason = "type"
	case e.Account != "" && account != "" && e.Account != account:
		event.Reason = "account"
	case !validStripeID(e.Data.Object.ID):
		event.Reason = "object"
	default:
		event.Status = EventPending
		event.Object = Object{project, mode, kind, e.Data.Object.ID}
	}
	return event
}

// Events lists the webhook events of a project and mode as they came, and what became of them.
func (s *Service) Events(ctx context.Context, project ProjectID, mode Mode, limit int) ([]Event, error) {
	if err := checkPlace(project, mode); err != nil {
		return nil, err
	}
	events, err := s.store.Events(ctx, project, mode, Window{Limit: limit})
	return events, storeError(err)
}

// PendingSyncs lists up to limit objects of a project and mode that are still to be fetched from Stripe,
// longest pending first, with the reason why the last attempt failed.
func (s *Service) PendingSyncs(ctx context.Context, project ProjectID, mode Mode, limit int) ([]SyncState, error) {
	if err := checkPlace(project, mode); err != nil {
		return nil, err
	}
	pending, err := s.store.PendingSyncs(ctx, project, mode, limit)
	return pending, storeError(err)
}
