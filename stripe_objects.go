package payments

import (
	"bytes"
	"cmp"
	"encoding/json"
	"time"
)

// The bodies below are decoded by which field is present, never by an API version: additive fields leak
// into old versions, and accounts differ. Where a value has moved, the new place is read first.

// stripeObject is a decoded body that knows which type Stripe says it is, and which it should be.
type stripeObject interface{ types() (got, want string) }

// identified is a stripeObject with an id.
type identified interface {
	stripeObject
	objectID() string
}

type header struct {
	ID       string            `json:"id"`
	Object   string            `json:"object"`
	Livemode bool              `json:"livemode"`
	Metadata map[string]string `json:"metadata"`
	Created  int64             `json:"created"`
}

func (h *header) objectID() string { return h.ID }

// reference is an id, whether Stripe sent the id or the expanded object.
type reference string

// UnmarshalJSON accepts null, an id, or an object with an id.
func (r *reference) UnmarshalJSON(b []byte) error {
	var e expandable[header]
	if err := e.UnmarshalJSON(b); err != nil {
		return err
	}
	*r = reference(e.ID)
	return nil
}

// expandable is an id or the object itself; Object is nil for an id alone.
type expandable[T any] struct {
	ID     string
	Object *T
}

// UnmarshalJSON accepts null, an id, or the object.
func (e *expandable[T]) UnmarshalJSON(b []byte) error {
	switch {
	case bytes.Equal(b, []byte("null")):
		return nil
	case len(b) > 0 && b[0] == '"':
		return json.Unmarshal(b, &e.ID)
	}
	var h header
	if err := json.Unmarshal(b, &h); err != nil {
		return err
	}
	e.ID, e.Object = h.ID, new(T)
	return json.Unmarshal(b, e.Object)
}

type listObject[T any] struct {
	Object  string `json:"object"`
	Data    []T    `json:"data"`
	HasMore bool   `json:"has_more"`
}

func (l *listObject[T]) types() (got, want string) { return l.Object, "list" }

type accountObject struct{ header }

func (a *accountObject) types() (got, want string) { return a.Object, "account" }

type customerObject struct {
	header
	Deleted bool `json:"deleted"`
}

func (c *customerObject) types() (got, want string) { return c.Object, "customer" }

type portalObject struct {
	header
	URL string `json:"url"`
}

func (p *portalObject) types() (got, want string) { return p.Object, "billing_portal.session" }

type sessionObject struct {
	header
	Mode          string    `json:"mode"`
	URL           string    `json:"url"`
	Status        string    `json:"status"`
	Customer      reference `json:"customer"`
	Subscription  reference `json:"subscription"`
	PaymentIntent reference `json:"payment_intent"`
	Invoice       reference `json:"invoice"`
}

func (s *sessionObject) types() (got, want string) { return s.Object, "checkout.session" }

type subscriptionObject struct {
	header
	Status             string    `json:"status"`
	Customer           reference `json:"customer"`
	CancelAtPeriodEnd  bool      `json:"cancel_at_period_end"`
	CancelAt           int64     `json:"cancel_at"`
	CanceledAt         int64     `json:"canceled_at"`
	EndedAt            int64     `json:"ended_at"`
	TrialEnd           int64     `json:"trial_end"`
	CurrentPeriodStart int64     `json:"current_period_start"`
	CurrentPeriodEnd   int64     `json:"current_period_end"`
	Items              struct {
		Data    []itemObject `json:"data"`
		HasMore bool         `json:"has_more"`
	} `json:"items"`
}

// ended reports whether the subscription is in a state that Stripe never leaves.
func (s *subscriptionObject) ended() bool { return Subscription{Status: s.Status}.Ended() }

func (s *subscriptionObject) types() (got, want string) { return s.Object, "subscription" }

type itemObject struct {
	ID                 string      `json:"id"`
	Quantity           *int64      `json:"quantity"`
	Price              priceObject `json:"price"`
	CurrentPeriodStart int64       `json:"current_period_start"`
	CurrentPeriodEnd   int64       `json:"current_period_end"`
}

type priceObject struct {
	ID         string                    `json:"id"`
	ObjectType string                    `json:"object"`
	Active     bool                      `json:"active"`
	Currency   string                    `json:"currency"`
	UnitAmount int64                     `json:"unit_amount"`
	Nickname   string                    `json:"nickname"`
	Product    expandable[productObject] `json:"product"`
	Recurring  *struct {
		Interval      string `json:"interval"`
		IntervalCount int64  `json:"interval_count"`
		UsageType     string `json:"usage_type"`
	} `json:"recurring"`
}

func (p *priceObject) types() (got, want string) { return p.ObjectType, "price" }

func (p *priceObject) objectID() string { return p.ID }

type productObject struct {
	Name string `json:"name"`
}

type invoiceObject struct {
	header
	Status              string              `json:"status"`
	Customer            reference           `json:"customer"`
	OldSubscription     reference           `json:"subscription"`
	SubscriptionDetails subscriptionDetails `json:"subscription_details"`
	Parent              struct {
		SubscriptionDetails subscriptionDetails `json:"subscription_details"`
	} `json:"parent"`
	BillingReason    string                          `json:"billing_reason"`
	AmountPaid       int64                           `json:"amount_paid"`
	AmountDue        int64                           `json:"amount_due"`
	Currency         string                          `json:"currency"`
	Attempted        bool                            `json:"attempted"`
	Description      string                          `json:"description"`
	HostedInvoiceURL string                          `json:"hosted_invoice_url"`
	InvoicePDF       string                          `json:"invoice_pdf"`
	PaymentIntent    expandable[paymentIntentObject] `json:"payment_intent"`
	Lines            struct {
		Data []struct {
			Description string `json:"description"`
		} `json:"data"`
	} `json:"lines"`
}

type subscriptionDetails struct {
	Subscription reference         `json:"subscription"`
	Metadata     map[string]string `json:"metadata"`
}

func (i *invoiceObject) types() (got, want string) { return i.Object, "invoice" }

func (i *invoiceObject) subscription() string {
	return string(cmp.Or(i.Parent.SubscriptionDetails.Subscription, i.OldSubscription))
}

// owner returns the metadata that name the project and user: the subscription's, as the invoice carries them.
func (i *invoiceObject) owner() map[string]string {
	for _, m := range []map[string]string{i.Parent.SubscriptionDetails.Metadata, i.SubscriptionDetails.Metadata} {
		if m[metaProject] != "" {
			return m
		}
	}
	return i.Metadata
}

type paymentIntentObject struct {
	header
	Status       string                   `json:"status"`
	Amount       int64                    `json:"amount"`
	Currency     string                   `json:"currency"`
	Description  string                   `json:"description"`
	Customer     reference                `json:"customer"`
	OldInvoice   reference                `json:"invoice"`
	LatestCharge expandable[chargeObject] `json:"latest_charge"`
	LastError    *struct {
		Code        string `json:"code"`
		DeclineCode string `json:"decline_code"`
		Message     string `json:"message"`
	} `json:"last_payment_error"`
	PaymentDetails struct {
		OrderReference string `json:"order_reference"`
	} `json:"payment_details"`
}

func (p *paymentIntentObject) types() (got, want string) { return p.Object, "payment_intent" }

type chargeObject struct {
	header
	AmountRefunded int64     `json:"amount_refunded"`
	Disputed       bool      `json:"disputed"`
	PaymentIntent  reference `json:"payment_intent"`
	Invoice        reference `json:"invoice"`
}

func (c *chargeObject) types() (got, want string) { return c.Object, "charge" }

// chargedObject is a refund or a dispute: something that happened to a charge.
type chargedObject struct {
	header
	kind          Kind
	Charge        reference `json:"charge"`
	PaymentIntent reference `json:"payment_intent"`
}

func (r *chargedObject) types() (got, want string) { return r.Object, string(r.kind) }

type disputeObject struct {
	header
	Status string `json:"status"`
}

// holdsMoney reports whether the disputed amount is away from the account: everything but an inquiry, a win or a
// dispute that was prevented.
func (d *disputeObject) holdsMoney() bool {
	switch d.Status {
	case "won", "prevented", "warning_needs_response", "warning_under_review", "warning_closed":
		return false
	}
	return true
}

// unixTime is UTC, and the zero time for Stripe's null and 0.
func unixTime(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}
