package httpadapter

import (
	"net/http"

	"github.com/manytenants/payments"
)

// maxSignature bounds the Stripe-Signature header before anything is computed with it.
const maxSignature = 4 << 10

// receiveWebhook hands the raw body on: the signature covers its bytes, so that nothing here may read it
// as JSON, and its media type means nothing.
func (h *Handler) receiveWebhook(w http.ResponseWriter, r *http.Request) error {
	project, mode := payments.ProjectID(r.PathValue("project_id")), payments.Mode(r.PathValue("mode"))
	if !mode.Valid() {
		return errNoRoute
	}
	body, err := readBody(w, r, h.opts.MaxWebhookBody)
	if err != nil {
		return err
	}
	if err := h.service.HandleWebhook(r.Context(), project, mode, body, signature(r)); err != nil {
		return err
	}
	return writeJSON(w, struct {
		Received bool `json:"received"`
	}{true})
}

// signature returns the one Stripe-Signature header. What can't be one is returned as none, so that it is
// refused exactly as a wrong one is.
func signature(r *http.Request) string {
	values := r.Header.Values("Stripe-Signature")
	if len(values) != 1 || len(values[0]) > maxSignature {
		return ""
	}
	return values[0]
}
