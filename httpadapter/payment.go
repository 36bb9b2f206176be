package httpadapter

import (
	"net/http"
	"time"

	"github.com/manytenants/payments"
)

// paymentStatuses is the closed set of the library's own statuses.
var paymentStatuses = []string{
	payments.PaymentPending, payments.PaymentSucceeded, payments.PaymentFailed, payments.PaymentCanceled,
	payments.PaymentRefunded, payments.PaymentPartiallyRefunded, payments.PaymentDisputed,
}

type paymentWire struct {
	ID                  string    `json:"id"`
	ProjectID           string    `json:"project_id"`
	SubscriptionID      *string   `json:"subscription_id"` // our record's id, unlike a subscription's own field of this name
	UserID              *string   `json:"user_id"`
	IsTestMode          bool      `json:"is_test_mode"`
	PaymentIntentID     string    `json:"payment_intent_id"`
	Type                string    `json:"type"`
	Status              string    `json:"status"`
	AmountCents         int64     `json:"amount_cents"`
	RefundedAmountCents int64     `json:"refunded_amount_cents"`
	Currency            string    `json:"currency"`
	Description         *string   `json:"description"`
	InvoiceID           *string   `json:"invoice_id"`
	InvoiceURL          *string   `json:"invoice_url"`
	InvoicePDF          *string   `json:"invoice_pdf"`
	FailureCode         *string   `json:"failure_code"`
	FailureMessage      *string   `json:"failure_message"`
	CreatedAt           time.Time `json:"created_at"`
}

func paymentOf(p payments.Payment) paymentWire {
	return paymentWire{
		ID:                  p.ID,
		ProjectID:           string(p.Project),
		SubscriptionID:      orNull(p.SubscriptionRecord),
		UserID:              orNull(string(p.User)),
		IsTestMode:          p.Mode == payments.Test,
		PaymentIntentID:     p.PaymentIntentID,
		Type:                p.Type,
		Status:              p.Status,
		AmountCents:         p.Amount,
		RefundedAmountCents: p.RefundedAmount,
		Currency:            p.Currency,
		Description:         orNull(p.Description),
		InvoiceID:           orNull(p.InvoiceID),
		InvoiceURL:          orNull(p.InvoiceURL),
		InvoicePDF:          orNull(p.InvoicePDF),
		FailureCode:         orNull(p.FailureCode),
		FailureMessage:      orNull(p.FailureMessage),
		CreatedAt:           wireTime(p.CreatedAt),
	}
}

type ownedPaymentWire struct {
	paymentWire
	ownedWire
}

func ownedPaymentOf(o payments.Owned[payments.Payment]) ownedPaymentWire {
	return ownedPaymentWire{paymentOf(o.Record), ownedWire{o.ProjectName, "stripe"}}
}

func writePayments(w http.ResponseWriter, p payments.Page[payments.Payment]) error {
	return writeJSON(w, struct {
		Payments []paymentWire `json:"payments"`
		pageWire
	}{each(p.Items, paymentOf), pageOf(p)})
}

func (h *Handler) listProjectPayments(w http.ResponseWriter, r *http.Request, project payments.Project) error {
	q := readQuery(r)
	mode, page := q.mode(payments.Test), q.page()
	if err := q.err(); err != nil {
		return err
	}
	p, err := h.service.ProjectPayments(r.Context(), project.ID, mode, page)
	if err != nil {
		return err
	}
	return writePayments(w, p)
}

func (h *Handler) listMyPayments(w http.ResponseWriter, r *http.Request, user payments.EndUser) error {
	q := readQuery(r)
	mode, page := q.mode(payments.Test), q.page()
	if err := q.err(); err != nil {
		return err
	}
	p, err := h.service.UserPayments(r.Context(), user.Project, mode, user.ID, page)
	if err != nil {
		return err
	}
	return writePayments(w, p)
}

func (h *Handler) listTransactions(w http.ResponseWriter, r *http.Request, developer payments.DeveloperID) error {
	q := readQuery(r)
	list, page := q.list(paymentStatuses...), q.page()
	if err := q.err(); err != nil {
		return err
	}
	fetch := func(page payments.PageRequest) (payments.Page[payments.Owned[payments.Payment]], error) {
		return h.service.Payments(r.Context(), developer, list, page)
	}
	w.Header().Set("Vary", "Accept")
	if wantsCSV(r) {
		return writeCSV(w, r, "transactions.csv", fetch, ownedPaymentOf)
	}
	p, err := fetch(page)
	if err != nil {
		return err
	}
	return writeJSON(w, struct {
		Payments []ownedPaymentWire `json:"payments"`
		pageWire
	}{each(p.Items, ownedPaymentOf), pageOf(p)})
}
