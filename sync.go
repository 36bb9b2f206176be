package payments

import (
	"context"
	"time"
)

// Kind is the type of a Stripe object that sync follows, by Stripe's own name.
type Kind string

// The kinds of object that sync follows.
const (
	KindSubscription  Kind = "subscription"
	KindInvoice       Kind = "invoice"
	KindPaymentIntent Kind = "payment_intent"
	KindCharge        Kind = "charge"
	KindRefund        Kind = "refund"
	KindDispute       Kind = "dispute"
	KindSession       Kind = "checkout.session"
	KindCustomer      Kind = "customer"
)

// Object names one Stripe object of one project and mode.
type Object struct {
	Project ProjectID
	Mode    Mode
	Kind    Kind
	ID      string
}

// Tenant is one project in one mode: what shares of the workers are given to.
type Tenant struct {
	Project ProjectID
	Mode    Mode
}

// Tenant returns whose the object is.
func (o Object) Tenant() Tenant { return Tenant{o.Project, o.Mode} }

// ClaimLimits say how much a claim of due work takes.
type ClaimLimits struct {
	Total     int            // of all tenants together
	PerTenant int            // of each tenant, what Held counts of it included
	Held      map[Tenant]int // what the claimer works on already; tenants that aren't there have none
}

// Ticket is the right to write what a fetch of an object brings, as long as no later ticket has written.
// Numbers grow with each request and each claim of the object, so they order fetches by when they began.
type Ticket struct {
	Object
	Number   int64
	Attempts int // claims since the last success, this one included
}

// Synced is everything that one fetch changes, written together or not at all.
type Synced struct {
	Ticket Ticket
	Now    time.Time

	Subscription    *Subscription // insert or replace by (Project, Mode, SubscriptionID); ID is used on insert only
	Payment         *Payment      // insert or replace by (Project, Mode, Source); ID is used on insert only
	Customer        *Customer     // insert unless its (Project, Mode, User) is there already
	DeletedCustomer string        // "cus_...": forget the row of this Stripe customer, so that its user gets a new one
	Requests        []Object      // further objects to sync, due at once; of the ticket's project and mode
	Gone            bool          // Stripe doesn't know the object, or it is another project's of the same account: its events end as ignored

	// Notify says that somebody reads the outbox: a Change is written for each row that is new, or differs from what was
	// stored in anything but its ID.
	Notify bool
	// ChangeID is the ID of the Changes that are written.
	ChangeID string
}

// SyncState is what the store knows of one object's sync, for operators.
type SyncState struct {
	Object
	Pending   bool      // there is something to fetch
	DueAt     time.Time // when it will next be tried; zero while it is parked
	Since     time.Time // since when it is pending
	Attempts  int       // claims since the last success
	LastError string    // why the last attempt failed; carries no secret
}

// SyncStore is the queue of objects to fetch and the only way to write what was fetched.
// See [Store] for what holds for every method.
//
// An object is pending while the last number given out (by a request or a claim) is greater than the
// last number applied.
type SyncStore interface {
	// RequestSync gives each object a new number and makes it due at now, unless it is due earlier. What was parked is due at now.
	RequestSync(ctx context.Context, now time.Time, objects ...Object) error

	// ClaimDue takes up to limits.Total pending objects that are due at now: each gets a new number, which is
	// the ticket's, one more attempt, and becomes due again at lease. Of several concurrent claimers each object goes to one.
	//
	// Objects are taken in rounds, so that no tenant's backlog stands before another's work: in each round the longest due object of
	// every tenant that has one left, longest due first. The objects that limits.Held counts are their tenants' first rounds, and a tenant
	// that has limits.PerTenant of them, or of those and new ones, gets no more. Where a limit is 0 or less nothing is taken.
	ClaimDue(ctx context.Context, now, lease time.Time, limits ClaimLimits) ([]Ticket, error)

	// ClaimObject is ClaimDue for one object, pending or not, due or not, known or not.
	ClaimObject(ctx context.Context, o Object, now, lease time.Time) (Ticket, error)

	// ApplySync writes s if no ticket with the same or a greater number was applied to the object, and
	// reports whether it did. With the rows it moves the counters that Totals and the Count methods
	// read, marks the object's events up to the ticket processed (or ignored, when gone), clears attempts
	// and error, and requests s.Requests. An object with no greater number than the ticket's is no
	// longer pending; else it is due at s.Now.
	//
	// A stored subscription that has ended keeps its status: where s.Subscription has another one, the row
	// stays as it is (the ticket counts as applied all the same). A stored subscription or payment that has a user keeps it
	// where the new row has none: a customer who was deleted since tells nobody any more, and what is known is not unlearnt.
	ApplySync(ctx context.Context, s Synced) (applied bool, err error)

	// RetrySync records that the ticket's attempt failed: the object is due again at the time given, with
	// the reason. The zero time parks it: it stays pending but is not due until it is requested or woken. RetrySync
	// does nothing where a greater number was claimed or applied since.
	RetrySync(ctx context.Context, t Ticket, at time.Time, reason string) error

	// WakeSyncs makes every pending object of a project and mode due at now, unless it is due earlier; parked ones too.
	WakeSyncs(ctx context.Context, project ProjectID, mode Mode, now time.Time) error

	// PendingSyncs returns up to limit pending objects of a project and mode, longest pending first.
	PendingSyncs(ctx context.Context, project ProjectID, mode Mode, limit int) ([]SyncState, error)
}
