package payments

import (
	"context"
	"time"
)

// Status values of a Payment.
const (
	PaymentPending           = "pending"
	PaymentSucceeded         = "succeeded"
	PaymentFailed            = "failed"
	PaymentCanceled          = "canceled"
	PaymentRefunded          = "refunded"
	PaymentPartiallyRefunded = "partially_refunded"
	PaymentDisputed          = "disputed"
)

// Type values of a Payment.
const (
	TypeInitialPayment      = "initial_payment"
	TypeSubscriptionPayment = "subscription_payment"
	TypeProrationCharge     = "proration_charge"
	TypeOneTime             = "one_time"
)

// Payment is the local record of one payment, however many Stripe objects describe it: an invoice with its payment
// intent and charge is one Payment. Amounts are minor units exactly as Stripe sends them. Times are UTC.
//
// Revenue is the Amount of what was Collected less its RefundedAmount. A dispute changes neither: while it holds the money, or after it
// was lost, the Status is disputed and the Amount still counts, because what Stripe takes back for a dispute is no refund. One that
// is won gives the payment its former status back, and an inquiry takes nothing. Stripe's fees are in none of the amounts.
type Payment struct {
	ID              string // our record's UUID
	Project         ProjectID
	Mode            Mode
	Source          string // the Stripe object it is kept by: the invoice ("in_...") where there is one, else the payment intent ("pi_...")
	User            UserID // "" where it belongs to no user that is known
	SubscriptionID  string // the Stripe subscription ("sub_..."); "" for a one-time payment
	PaymentIntentID string // "" where Stripe has none, as for a zero-amount invoice
	InvoiceID       string
	ChargeID        string
	CustomerID      string
	Type            string
	Status          string
	Amount          int64
	RefundedAmount  int64  // what was given back, fully or in parts: from 0 to Amount, and 0 where nothing was collected
	Collected       bool   // whether money was taken, refunded or disputed later or not: the payment counts as revenue
	Currency        string // lower-case ISO 4217
	Description     string
	InvoiceURL      string
	InvoicePDF      string
	FailureCode     string
	FailureMessage  string
	CreatedAt       time.Time // Stripe's

	// SubscriptionRecord is the ID of our Subscription record for SubscriptionID; "" where there is none
	// (yet). Stores fill it in when they read; it is not stored.
	SubscriptionRecord string
}

// PaymentStore reads payments; [SyncStore.ApplySync] alone writes them. See [Store] for what holds for every method.
type PaymentStore interface {
	// Payment returns one by its Source; ErrNotFound where there is none.
	Payment(ctx context.Context, project ProjectID, mode Mode, source string) (Payment, error)

	// Payments returns up to w.Limit rows of the scope that match the filter, newest first by
	// (CreatedAt, ID) descending, from the window's place on.
	Payments(ctx context.Context, scope Scope, f Filter, w Window) ([]Payment, error)

	// CountPayments returns how many rows of the scope match the filter. Without User, After and
	// Before in the filter the cost doesn't depend on how many there are.
	CountPayments(ctx context.Context, scope Scope, f Filter) (int64, error)
}
