package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/manytenants/payments"
)

const paymentColumns = `
	id,
	project_id,
	mode,
	source,
	user_id,
	subscription_id,
	payment_intent_id,
	invoice_id,
	charge_id,
	customer_id,
	type,
	status,
	amount,
	refunded_amount,
	collected,
	currency,
	description,
	invoice_url,
	invoice_pdf,
	failure_code,
	failure_message,
	created_at`

// subscriptionRecord finds our record of a payment's subscription. It is looked up at each read, because the payment
// is often stored first.
const subscriptionRecord = `
	COALESCE((
		SELECT s.id
		FROM payments_subscriptions AS s
		WHERE s.project_id = payments_payments.project_id
			AND s.mode = payments_payments.mode
			AND s.subscription_id = payments_payments.subscription_id
	), '')`

func scanPayment(row scanner) (p payments.Payment, err error) {
	err = row.Scan(
		&p.ID,
		&p.Project,
		&p.Mode,
		&p.Source,
		&p.User,
		&p.SubscriptionID,
		&p.PaymentIntentID,
		&p.InvoiceID,
		&p.ChargeID,
		&p.CustomerID,
		&p.Type,
		&p.Status,
		&p.Amount,
		&p.RefundedAmount,
		&p.Collected,
		&p.Currency,
		&p.Description,
		&p.InvoiceURL,
		&p.InvoicePDF,
		&p.FailureCode,
		&p.FailureMessage,
		micros{&p.CreatedAt},
		&p.SubscriptionRecord,
	)
	return p, err
}

func paymentArgs(p payments.Payment) []any {
	return []any{
		p.ID,
		p.Project,
		p.Mode,
		p.Source,
		p.User,
		p.SubscriptionID,
		p.PaymentIntentID,
		p.InvoiceID,
		p.ChargeID,
		p.CustomerID,
		p.Type,
		p.Status,
		p.Amount,
		p.RefundedAmount,
		p.Collected,
		p.Currency,
		p.Description,
		p.InvoiceURL,
		p.InvoicePDF,
		p.FailureCode,
		p.FailureMessage,
		p.CreatedAt.UnixMicro(),
	}
}

var ledger = listing[payments.Payment]{
	table:   "payments_payments",
	columns: paymentColumns + "," + subscriptionRecord,
	time:    "created_at",
	metric:  paymentsByStatus,
	scan:    scanPayment,
	place: func(p payments.Payment) payments.Keyset {
		return payments.Keyset{CreatedAt: p.CreatedAt, ID: p.ID}
	},
}

// Payment implements [payments.PaymentStore].
func (s *Store) Payment(ctx context.Context, project payments.ProjectID, mode payments.Mode, source string) (_ payments.Payment, err error) {
	defer wrap(&err, "payment")
	return paymentOf(s.read.latest(ctx), project, mode, source)
}

// Payments implements [payments.PaymentStore].
func (s *Store) Payments(ctx context.Context, scope payments.Scope, f payments.Filter, w payments.Window) (_ []payments.Payment, err error) {
	defer wrap(&err, "payments")
	return ledger.page(ctx, s.read, scope, f, w)
}

// CountPayments implements [payments.PaymentStore].
func (s *Store) CountPayments(ctx context.Context, scope payments.Scope, f payments.Filter) (_ int64, err error) {
	defer wrap(&err, "count payments")
	return ledger.count(ctx, s.read, scope, f)
}

func paymentOf(q querier, project payments.ProjectID, mode payments.Mode, source string) (payments.Payment, error) {
	return one(q, scanPayment, `
		SELECT `+paymentColumns+`,`+subscriptionRecord+`
		FROM payments_payments
		WHERE project_id = ? AND mode = ? AND source = ?`,
		project, mode, source)
}

// putPayment writes what a sync brought, with what follows from the difference to the row before.
func (t *tx) putPayment(y payments.Synced, moves *counters) error {
	if y.Payment == nil {
		return nil
	}
	next := *y.Payment
	last, err := paymentOf(t, next.Project, next.Mode, next.Source)
	isNew := errors.Is(err, sql.ErrNoRows)
	switch {
	case isNew:
	case err != nil:
		return err
	default:
		next.ID, next.User = last.ID, cmp.Or(next.User, last.User)
		if same(paymentArgs(last), paymentArgs(next)) {
			return nil
		}
		moves.payment(last, -1)
	}
	moves.payment(next, +1)
	if err := t.writePayment(next); err != nil {
		return err
	}
	return t.notify(y, payments.Change{
		User:           next.User,
		Kind:           sourceKind(next.Source),
		StripeID:       next.Source,
		Status:         next.Status,
		PreviousStatus: last.Status,
	})
}

func sourceKind(source string) payments.Kind {
	if strings.HasPrefix(source, "in_") {
		return payments.KindInvoice
	}
	return payments.KindPaymentIntent
}

func (t *tx) writePayment(p payments.Payment) error {
	_, err := t.exec(`
		INSERT INTO payments_payments (`+paymentColumns+`)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (project_id, mode, source) DO UPDATE SET
			user_id           = excluded.user_id,
			subscription_id   = excluded.subscription_id,
			payment_intent_id = excluded.payment_intent_id,
			invoice_id        = excluded.invoice_id,
			charge_id         = excluded.charge_id,
			customer_id       = excluded.customer_id,
			type              = excluded.type,
			status            = excluded.status,
			amount            = excluded.amount,
			refunded_amount   = excluded.refunded_amount,
			collected         = excluded.collected,
			currency          = excluded.currency,
			description       = excluded.description,
			invoice_url       = excluded.invoice_url,
			invoice_pdf       = excluded.invoice_pdf,
			failure_code      = excluded.failure_code,
			failure_message   = excluded.failure_message,
			created_at        = excluded.created_at`,
		paymentArgs(p)...)
	return err
}
