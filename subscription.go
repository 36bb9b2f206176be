package payments

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Status values of a Subscription are Stripe's own. The set is open: a status that Stripe adds later is kept as it is.
const (
	StatusActive            = "active"
	StatusCanceled          = "canceled"
	StatusIncomplete        = "incomplete"
	StatusIncompleteExpired = "incomplete_expired"
	StatusPastDue           = "past_due"
	StatusPaused            = "paused"
	StatusTrialing          = "trialing"
	StatusUnpaid            = "unpaid"
)

// Subscription is the local record of one Stripe subscription, as Stripe last showed it. Times are UTC. One that Stripe doesn't know any
// more, because it was wiped with its account's test data or the account has changed, has ended: its Status is canceled.
//
// Amount and MRR are what the items' prices say: discounts, taxes and what metered usage comes to aren't in them. A price without a unit
// amount (tiers, or fractions of a minor unit) counts 0. Stripe keeps the status of a subscription whose collection is paused
// (pause_collection), so it counts as before, although nothing is collected.
type Subscription struct {
	ID                 string // our record's UUID
	Project            ProjectID
	Mode               Mode
	User               UserID // "" where the subscription belongs to no user that is known
	SubscriptionID     string // "sub_..."
	CustomerID         string // "cus_..."
	Status             string
	PlanName           string // the price's nickname, else its product's name
	PriceID            string // of the first item
	ItemID             string // of the first item ("si_...")
	Quantity           int64  // of the first item; 1 where Stripe has none (metered prices)
	Amount             int64  // minor units per interval: unit amount x quantity, summed over the items
	Currency           string // lower-case ISO 4217
	Interval           string // "day", "week", "month" or "year"
	IntervalCount      int64
	MRR                int64     // minor units a month at list price, rounded half up; 0 unless the status is active or past_due
	CurrentPeriodStart time.Time // zero times stand for none
	CurrentPeriodEnd   time.Time
	CancelAtPeriodEnd  bool
	CancelAt           time.Time // when a scheduled cancellation will happen
	CanceledAt         time.Time // when the cancellation was asked for, or happened
	EndedAt            time.Time
	TrialEnd           time.Time
	CreatedAt          time.Time // Stripe's
}

// Ended reports whether the subscription is in a state that Stripe never leaves.
func (s Subscription) Ended() bool {
	return s.Status == StatusCanceled || s.Status == StatusIncompleteExpired
}

// Live reports whether the subscription entitles its user, or will once a payment is mended: active,
// trialing or past_due.
func (s Subscription) Live() bool {
	return s.Status == StatusActive || s.Status == StatusTrialing || s.Status == StatusPastDue
}

// SubscriptionStore reads subscriptions; [SyncStore.ApplySync] alone writes them. See [Store] for what holds for every method.
type SubscriptionStore interface {
	// Subscription returns one by its Stripe id; ErrNotFound where there is none.
	Subscription(ctx context.Context, project ProjectID, mode Mode, subscriptionID string) (Subscription, error)

	// CurrentSubscription returns the user's subscription that counts: of those active, trialing or
	// past_due the newest; else the newest that has not ended; else ErrNotFound. Newest is by (CreatedAt, ID). The
	// user "" stands for nobody, and has none.
	CurrentSubscription(ctx context.Context, project ProjectID, mode Mode, user UserID) (Subscription, error)

	// Subscriptions returns up to w.Limit rows of the scope that match the filter, newest first by
	// (CreatedAt, ID) descending, from the window's place on.
	Subscriptions(ctx context.Context, scope Scope, f Filter, w Window) ([]Subscription, error)

	// CountSubscriptions returns how many rows of the scope match the filter. Without User, After and
	// Before in the filter the cost doesn't depend on how many there are.
	CountSubscriptions(ctx context.Context, scope Scope, f Filter) (int64, error)
}

// SubscriptionUpdate says what to change in a subscription.
type SubscriptionUpdate struct {
	PriceID           string // the new price; it must fit the subscription's currency
	ProrationBehavior string // ProrationCreate ("" too), ProrationNone or ProrationInvoice
	Quantity          *int64 // 1 to MaxQuantity; nil keeps it
}

// What happens to the rest of a period when the price changes, by Stripe's names.
const (
	ProrationCreate  = "create_prorations" // credit and charge stand on the next invoice
	ProrationNone    = "none"
	ProrationInvoice = "always_invoice" // they are invoiced at once
)

// CurrentSubscription returns the user's subscription that counts: of those active, trialing or past_due the newest,
// else the newest that has not ended; ErrNotFound where there is none.
func (s *Service) CurrentSubscription(ctx context.Context, project ProjectID, mode Mode, user UserID) (Subscription, error) {
	if err := checkUser(project, mode, user); err != nil {
		return Subscription{}, err
	}
	sub, err := s.store.CurrentSubscription(ctx, project, mode, user)
	if errors.Is(err, ErrNotFound) {
		return Subscription{}, wrapError(ErrNotFound, "This user has no subscription.", err)
	}
	return sub, storeError(err)
}

// CancelSubscription cancels the user's current subscription, at once or at the end of its period, and returns it as
// Stripe then has it. Cancelling at the period's end twice changes nothing. ErrNotFound where there is nothing to cancel.
func (s *Service) CancelSubscription(ctx context.Context, project ProjectID, mode Mode, user UserID, immediately bool) (Subscription, error) {
	sub, err := s.CurrentSubscription(ctx, project, mode, user)
	if err != nil {
		return Subscription{}, err
	}
	if immediately {
		return s.mutate(ctx, sub, stripeAPI.cancelNow)
	}
	return s.mutate(ctx, sub, stripeAPI.scheduleCancel)
}

// ResumeSubscription takes back a scheduled cancellation of the user's current subscription; one that isn't scheduled to end stays as it
// is. Stripe decides which of them it is, because its webhook may still be under way. ErrConflict where the user's last subscription
// has ended already, ErrNotFound where there never was one.
func (s *Service) ResumeSubscription(ctx context.Context, project ProjectID, mode Mode, user UserID) (Subscription, error) {
	current, err := s.CurrentSubscription(ctx, project, mode, user)
	switch {
	case errors.Is(err, ErrNotFound):
		return Subscription{}, s.nothingToResume(ctx, project, mode, user, err)
	case err != nil:
		return Subscription{}, err
	}
	resumed, err := s.mutate(ctx, current, stripeAPI.undoCancel)
	if err == nil && resumed.Ended() {
		return Subscription{}, resumedTooLate()
	}
	return resumed, err
}

func resumedTooLate() error {
	return newError(ErrConflict, "The subscription has ended and can't be resumed; open a new checkout.")
}

func (s *Service) nothingToResume(ctx context.Context, project ProjectID, mode Mode, user UserID, none error) error {
	n, err := s.store.CountSubscriptions(ctx, Scope{[]ProjectID{project}, []Mode{mode}}, Filter{User: user})
	if err != nil {
		return storeError(err)
	}
	if n > 0 {
		return resumedTooLate()
	}
	return none
}

// UpdateSubscription changes the price, and on request the quantity, of the user's current subscription and returns it as Stripe then
// has it. ErrBadRequest where Stripe doesn't know the price or it doesn't fit; ErrNotFound where there is no subscription.
func (s *Service) UpdateSubscription(ctx context.Context, project ProjectID, mode Mode, user UserID, u SubscriptionUpdate) (Subscription, error) {
	u.ProrationBehavior = cmp.Or(u.ProrationBehavior, ProrationCreate)
	var c checks
	c.require(validStripeID(u.PriceID), "new_price_id", "must be the id of a price")
	c.require(slices.Contains([]string{ProrationCreate, ProrationNone, ProrationInvoice}, u.ProrationBehavior),
		"proration_behavior", "must be create_prorations, none or always_invoice")
	c.require(u.Quantity == nil || *u.Quantity >= 1 && *u.Quantity <= MaxQuantity, "quantity", "must be from 1 to 999999")
	if err := c.err(); err != nil {
		return Subscription{}, err
	}
	sub, err := s.CurrentSubscription(ctx, project, mode, user)
	if err != nil {
		return Subscription{}, err
	}
	updated, err := s.mutate(ctx, sub, func(api stripeAPI, ctx context.Context, id string) (subscriptionObject, error) {
		return api.changeItem(ctx, id, u)
	})
	if err == nil && updated.Ended() {
		return Subscription{}, newError(ErrNotFound, "The subscription has ended.")
	}
	return updated, err
}

// mutate changes a subscription at Stripe and writes Stripe's answer. The ticket is taken before the call: what a crash
// or a lost answer leaves is a pending object, which a worker will fetch. The change is given the id alone: whatever
// else it needs to know it asks of Stripe, because the row may be behind.
func (s *Service) mutate(ctx context.Context, sub Subscription,
	change func(stripeAPI, context.Context, string) (subscriptionObject, error),
) (Subscription, error) {
	// A caller who goes away must not cut the work between Stripe's change and our record of it.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stripeBudget)
	defer cancel()
	api, err := s.stripe(ctx, sub.Project, sub.Mode)
	if err != nil {
		return Subscription{}, err
	}
	now := s.now()
	t, err := s.store.ClaimObject(ctx, sub.object(), now, now.Add(lease))
	if err != nil {
		return Subscription{}, storeError(err)
	}
	changed, err := change(api, ctx, sub.SubscriptionID)
	if err != nil {
		return Subscription{}, s.giveBack(ctx, t, err)
	}
	synced, err := s.syncedSubscription(ctx, api, t.Object, &changed)
	if err != nil {
		return Subscription{}, s.giveBack(ctx, t, err)
	}
	synced.Ticket = t
	// A fetch that is under way may have read the state before the change and hold a later ticket than ours: it
	// writes last, so one more fetch must follow it.
	synced.Requests = append(synced.Requests, t.Object)
	applied, err := s.apply(ctx, synced)
	if err == nil && !applied { // such a fetch has written already
		err = s.resync(ctx, t.Object)
	}
	if err != nil {
		return Subscription{}, s.giveBack(ctx, t, err)
	}
	sub, err = s.store.Subscription(ctx, sub.Project, sub.Mode, sub.SubscriptionID)
	return sub, storeError(err)
}

// resync fetches an object now.
func (s *Service) resync(ctx context.Context, o Object) error {
	now := s.now()
	t, err := s.store.ClaimObject(ctx, o, now, now.Add(lease))
	if err != nil {
		return storeError(err)
	}
	return s.sync(ctx, t)
}

// giveBack makes a ticket's object due at once after a change that failed or whose outcome is unknown, and
// returns the error for the caller.
func (s *Service) giveBack(ctx context.Context, t Ticket, cause error) error {
	if err := s.store.RetrySync(context.WithoutCancel(ctx), t, s.now(), cause.Error()); err != nil {
		s.log.WarnContext(ctx, "payments: an object is left to its lease", "object", t.ID, "error", err)
	}
	announce(s.workers.wake)
	return changeError(cause)
}

// changeError blames the caller's request where Stripe finds fault with it.
func changeError(err error) error {
	var refused *stripeRefusal
	if !errors.As(err, &refused) || !errors.Is(err, ErrStripeRefused) {
		return err
	}
	switch {
	case strings.Contains(refused.Param, "price"):
		return wrapError(ErrBadRequest, "The price is unknown or doesn't fit this subscription.", refused)
	case refused.Status == http.StatusNotFound:
		return wrapError(ErrNotFound, "Stripe doesn't know this subscription any more.", refused)
	case refused.Status == http.StatusBadRequest:
		return wrapError(ErrBadRequest, "Stripe can't make this change to the subscription as it is now.", refused)
	}
	return err
}
