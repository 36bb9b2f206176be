package httpadapter

import (
	"net/http"

	"github.com/manytenants/payments"
)

func (h *Handler) createCheckout(w http.ResponseWriter, r *http.Request, user payments.EndUser) error {
	q := readQuery(r)
	mode := q.mode(payments.Test)
	if err := q.err(); err != nil {
		return err
	}
	idempotencyKey, err := singleHeader(r, "Idempotency-Key")
	if err != nil {
		return err
	}
	o, err := h.readObject(w, r)
	if err != nil {
		return err
	}
	request := payments.CheckoutRequest{
		PriceID:        o.text("price_id"),
		SuccessURL:     o.text("success_url"),
		CancelURL:      o.text("cancel_url"),
		Mode:           payments.CheckoutMode(o.choice("mode", "subscription", "payment")),
		Quantity:       o.count("quantity", 1),
		Metadata:       o.texts("metadata"),
		AllowExisting:  o.flag("allow_existing_subscription", false),
		Email:          user.Email,
		IdempotencyKey: idempotencyKey,
	}
	if err := o.err(); err != nil {
		return err
	}
	session, err := h.service.CreateCheckout(r.Context(), user.Project, mode, user.ID, request)
	if err != nil {
		return err
	}
	return writeJSON(w, struct {
		SessionID   string `json:"session_id"`
		CheckoutURL string `json:"checkout_url"`
	}{session.ID, session.URL})
}

func (h *Handler) createPortal(w http.ResponseWriter, r *http.Request, user payments.EndUser) error {
	q := readQuery(r)
	mode := q.mode(payments.Test)
	if err := q.err(); err != nil {
		return err
	}
	o, err := h.readObject(w, r)
	if err != nil {
		return err
	}
	returnURL := o.text("return_url")
	if err := o.err(); err != nil {
		return err
	}
	url, err := h.service.CreatePortal(r.Context(), user.Project, mode, user.ID, returnURL)
	if err != nil {
		return err
	}
	return writeJSON(w, struct {
		PortalURL string `json:"portal_url"`
	}{url})
}
