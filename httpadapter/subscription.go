package httpadapter

import (
	"errors"
	"net/http"
	"time"

	"github.com/manytenants/payments"
)

type subscriptionWire struct {
	ID                 string     `json:"id"`
	ProjectID          string     `json:"project_id"`
	UserID             *string    `json:"user_id"`
	IsTestMode         bool       `json:"is_test_mode"`
	SubscriptionID     string     `json:"subscription_id"`
	CustomerID         *string    `json:"customer_id"`
	Status             string     `json:"status"`
	PlanName           *string    `json:"plan_name"`
	PriceID            *string    `json:"price_id"`
	Quantity           int64      `json:"quantity"`
	AmountCents        *int64     `json:"amount_cents"`
	Currency           *string    `json:"currency"`
	Interval           *string    `json:"interval"`
	CurrentPeriodStart *time.Time `json:"current_period_start"`
	CurrentPeriodEnd   *time.Time `json:"current_period_end"`
	CancelAtPeriodEnd  bool       `json:"cancel_at_period_end"`
	CancelAt           *time.Time `json:"cancel_at"`
	CancelledAt        *time.Time `json:"cancelled_at"`
	TrialEnd           *time.Time `json:"trial_end"`
	CreatedAt          time.Time  `json:"created_at"`
}

func subscriptionOf(s payments.Subscription) subscriptionWire {
	wire := subscriptionWire{
		ID:                 s.ID,
		ProjectID:          string(s.Project),
		UserID:             orNull(string(s.User)),
		IsTestMode:         s.Mode == payments.Test,
		SubscriptionID:     s.SubscriptionID,
		CustomerID:         orNull(s.CustomerID),
		Status:             s.Status,
		PlanName:           orNull(s.PlanName),
		PriceID:            orNull(s.PriceID),
		Quantity:           s.Quantity,
		Currency:           orNull(s.Currency),
		Interval:           orNull(s.Interval),
		CurrentPeriodStart: timeOrNull(s.CurrentPeriodStart),
		CurrentPeriodEnd:   timeOrNull(s.CurrentPeriodEnd),
		CancelAtPeriodEnd:  s.CancelAtPeriodEnd,
		CancelAt:           timeOrNull(s.CancelAt),
		CancelledAt:        timeOrNull(s.CanceledAt),
		TrialEnd:           timeOrNull(s.TrialEnd),
		CreatedAt:          wireTime(s.CreatedAt),
	}
	if s.Currency != "" { // an amount without a currency would be no amount
		wire.AmountCents = &s.Amount
	}
	return wire
}

// ownedWire is what the lists across projects add to a row.
type ownedWire struct {
	ProjectName string `json:"project_name"`
	Provider    string `json:"provider"`
}

type ownedSubscriptionWire struct {
	subscriptionWire
	ownedWire
}

func ownedSubscriptionOf(o payments.Owned[payments.Subscription]) ownedSubscriptionWire {
	return ownedSubscriptionWire{subscriptionOf(o.Record), ownedWire{o.ProjectName, "stripe"}}
}

func (h *Handler) listProjectSubscriptions(w http.ResponseWriter, r *http.Request, project payments.Project) error {
	q := readQuery(r)
	mode, page := q.mode(payments.Test), q.page()
	if err := q.err(); err != nil {
		return err
	}
	p, err := h.service.ProjectSubscriptions(r.Context(), project.ID, mode, page)
	if err != nil {
		return err
	}
	return writeJSON(w, struct {
		Subscriptions []subscriptionWire `json:"subscriptions"`
		pageWire
	}{each(p.Items, subscriptionOf), pageOf(p)})
}

func (h *Handler) listSubscriptions(w http.ResponseWriter, r *http.Request, developer payments.DeveloperID) error {
	q := readQuery(r)
	list, page := q.list(), q.page()
	if err := q.err(); err != nil {
		return err
	}
	fetch := func(page payments.PageRequest) (payments.Page[payments.Owned[payments.Subscription]], error) {
		return h.service.Subscriptions(r.Context(), developer, list, page)
	}
	w.Header().Set("Vary", "Accept")
	if wantsCSV(r) {
		return writeCSV(w, r, "subscriptions.csv", fetch, ownedSubscriptionOf)
	}
	p, err := fetch(page)
	if err != nil {
		return err
	}
	return writeJSON(w, struct {
		Subscriptions []ownedSubscriptionWire `json:"subscriptions"`
		pageWire
	}{each(p.Items, ownedSubscriptionOf), pageOf(p)})
}

// getMySubscription answers null where the user has none, which is an ordinary state of a user.
func (h *Handler) getMySubscription(w http.ResponseWriter, r *http.Request, user payments.EndUser) error {
	q := readQuery(r)
	mode := q.mode(payments.Test)
	if err := q.err(); err != nil {
		return err
	}
	s, err := h.service.CurrentSubscription(r.Context(), user.Project, mode, user.ID)
	if errors.Is(err, payments.ErrNotFound) {
		return writeJSON(w, nil)
	}
	if err != nil {
		return err
	}
	return writeJSON(w, subscriptionOf(s))
}
