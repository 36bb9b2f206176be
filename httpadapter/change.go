package httpadapter

import (
	"net/http"
	"time"

	"github.com/manytenants/payments"
)

// cancellationWire answers both that a subscription will end and that it will not.
type cancellationWire struct {
	SubscriptionID string     `json:"subscription_id"`
	Status         string     `json:"status"`
	CancelAt       *time.Time `json:"cancel_at"`
	CancelledAt    *time.Time `json:"cancelled_at"`
	Message        string     `json:"message"`
}

func cancellationOf(s payments.Subscription) cancellationWire {
	wire := cancellationWire{
		SubscriptionID: s.SubscriptionID,
		Status:         s.Status,
		CancelAt:       timeOrNull(s.CancelAt),
		CancelledAt:    timeOrNull(s.CanceledAt),
	}
	switch {
	case s.Ended():
		wire.Message = "The subscription has ended."
	case !s.CancelAt.IsZero():
		wire.Message = "The subscription will end on " + s.CancelAt.UTC().Format("2 January 2006") + "."
	case s.CancelAtPeriodEnd:
		wire.Message = "The subscription will end with its current period."
	default:
		wire.Message = "The subscription goes on."
	}
	return wire
}

func (h *Handler) cancelSubscription(w http.ResponseWriter, r *http.Request, user payments.EndUser) error {
	mode, o, err := h.readChange(w, r)
	if err != nil {
		return err
	}
	immediately := o.flag("cancel_immediately", false)
	if err := o.err(); err != nil {
		return err
	}
	s, err := h.service.CancelSubscription(r.Context(), user.Project, mode, user.ID, immediately)
	if err != nil {
		return err
	}
	return writeJSON(w, cancellationOf(s))
}

func (h *Handler) resumeSubscription(w http.ResponseWriter, r *http.Request, user payments.EndUser) error {
	mode, o, err := h.readChange(w, r)
	if err != nil {
		return err
	}
	if err := o.err(); err != nil {
		return err
	}
	s, err := h.service.ResumeSubscription(r.Context(), user.Project, mode, user.ID)
	if err != nil {
		return err
	}
	return writeJSON(w, cancellationOf(s))
}

// readChange reads the mode and the body, which may be empty, of cancel and resume.
func (h *Handler) readChange(w http.ResponseWriter, r *http.Request) (payments.Mode, *object, error) {
	q := readQuery(r)
	mode := q.mode(payments.Test)
	if err := q.err(); err != nil {
		return "", nil, err
	}
	o, err := h.readOptionalObject(w, r)
	return mode, o, err
}

func (h *Handler) updateSubscription(w http.ResponseWriter, r *http.Request, user payments.EndUser) error {
	q := readQuery(r)
	mode := q.mode(payments.Test)
	if err := q.err(); err != nil {
		return err
	}
	o, err := h.readObject(w, r)
	if err != nil {
		return err
	}
	update := payments.SubscriptionUpdate{
		PriceID:           o.text("new_price_id"),
		ProrationBehavior: o.choice("proration_behavior", "create_prorations", "none", "always_invoice"),
		Quantity:          o.countOrNull("quantity"),
	}
	if err := o.err(); err != nil {
		return err
	}
	s, err := h.service.UpdateSubscription(r.Context(), user.Project, mode, user.ID, update)
	if err != nil {
		return err
	}
	return writeJSON(w, struct {
		SubscriptionID string  `json:"subscription_id"`
		Status         string  `json:"status"`
		PriceID        *string `json:"price_id"`
		Message        string  `json:"message"`
	}{s.SubscriptionID, s.Status, orNull(s.PriceID), "The subscription is changed."})
}
