package payments

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"unicode/utf8"
)

// CheckoutMode says what a checkout sells.
type CheckoutMode string

// The modes of a checkout, by Stripe's names.
const (
	CheckoutSubscription CheckoutMode = "subscription" // a recurring price
	CheckoutPayment      CheckoutMode = "payment"      // a one-time price
)

// Limits of a CheckoutRequest. Stripe allows 50 metadata entries; the library's own take two.
const (
	MaxQuantity       = 999_999
	MaxMetadata       = 48
	MaxMetadataKey    = 40
	MaxMetadataValue  = 500
	MaxIdempotencyKey = 255
)

// CheckoutRequest asks for a Stripe Checkout page.
type CheckoutRequest struct {
	PriceID    string            // "price_..."
	SuccessURL string            // of an allowed origin; "{CHECKOUT_SESSION_ID}" in it is replaced by Stripe
	CancelURL  string            // of an allowed origin
	Mode       CheckoutMode      // "" = CheckoutSubscription
	Quantity   int64             // 1 to MaxQuantity; 0 = 1; a metered price allows no more
	Metadata   map[string]string // put on the session and on what it makes; keys that begin with "payments_" are the library's
	// AllowExisting lets a user who has a live subscription, or an open page for one, buy another one.
	AllowExisting bool
	Email         string // for the user's Stripe customer, where this checkout makes it
	// IdempotencyKey makes repeated requests of this user open one session, for at least 24 hours. Another request
	// with the same key is ErrConflict. "" = every request opens its own.
	IdempotencyKey string
}

// CheckoutSession is an open Checkout page.
type CheckoutSession struct {
	ID  string // "cs_..."
	URL string // where to send the user; it expires, by default after 24 hours
}

// CreateCheckout opens a Checkout page for a user.
//
// A user has one subscription. A checkout for another one is refused while the local record or Stripe itself, which is asked because webhooks
// may be late, shows one that is active, trialing or past_due; where Stripe can't be asked nothing is opened. One that is incomplete,
// unpaid or paused doesn't count, because nothing is collected for it, and a new one may be its user's only way on. A new page for a
// subscription closes the user's older ones, so that of several tabs the newest alone can be paid; repeating
// a request by its IdempotencyKey closes not the page that it returns. With AllowExisting none of this is asked and no page is closed.
// Should two be paid all the same (with AllowExisting, or two first pages of a new user that were opened at the same instant), then both are
// subscriptions, both are billed and recorded, and [Service.CurrentSubscription] is the newest: nothing is canceled or refunded by the library.
//
// Errors: ErrInvalid naming the fields, among them a price that Stripe doesn't know or that is inactive, a mode that doesn't fit the price
// and a quantity of a metered price; nothing has been made then. ErrNotFound where the project has no key for the
// mode; ErrBadRequest where the user has a subscription already, or Stripe finds fault with the request; ErrConflict for a reused
// idempotency key; and Stripe's refusals and failures.
func (s *Service) CreateCheckout(ctx context.Context, project ProjectID, mode Mode, user UserID, r CheckoutRequest) (CheckoutSession, error) {
	if err := checkUser(project, mode, user); err != nil {
		return CheckoutSession{}, err
	}
	r.setDefaults()
	if err := s.validateCheckout(ctx, project, mode, r); err != nil {
		return CheckoutSession{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, stripeBudget)
	defer cancel()
	api, err := s.stripe(ctx, project, mode)
	if err != nil {
		return CheckoutSession{}, err
	}
	c := Customer{Project: project, Mode: mode, User: user, Email: r.Email}
	if err := s.guardLocally(ctx, c, r); err != nil {
		return CheckoutSession{}, err
	}
	if err := api.fitPrice(ctx, &r); err != nil {
		return CheckoutSession{}, err
	}
	session, err := s.openSession(ctx, api, c, r)
	if err != nil {
		return CheckoutSession{}, checkoutError(err)
	}
	return CheckoutSession{ID: session.ID, URL: session.URL}, nil
}

// fitPrice makes sure that the price can be bought as the request says, before anything is made for it. A metered price is bought
// without a quantity: usage takes its place.
func (s stripeAPI) fitPrice(ctx context.Context, r *CheckoutRequest) error {
	price, err := s.price(ctx, r.PriceID)
	var refused *stripeRefusal
	if errors.As(err, &refused) && refused.missing() {
		return unknownPrice(refused)
	}
	if err != nil {
		return err
	}
	metered := price.Recurring != nil && price.Recurring.UsageType == "metered"
	var c checks
	c.require(price.Active, "price_id", "is not a price that can be bought here")
	c.require((price.Recurring != nil) == (r.Mode == CheckoutSubscription), "mode", wrongMode)
	c.require(!metered || r.Quantity == 1, "quantity", "must be 1 or left out, because the price is metered")
	if metered {
		r.Quantity = 0
	}
	return c.err()
}

func (r *CheckoutRequest) setDefaults() {
	if r.Mode == "" {
		r.Mode = CheckoutSubscription
	}
	if r.Quantity == 0 {
		r.Quantity = 1
	}
}

func (s *Service) validateCheckout(ctx context.Context, project ProjectID, mode Mode, r CheckoutRequest) error {
	redirects, err := s.redirects(ctx, project, mode)
	if err != nil {
		return err
	}
	var c checks
	c.require(validStripeID(r.PriceID), "price_id", "must be the id of a price")
	c.require(r.Mode == CheckoutSubscription || r.Mode == CheckoutPayment, "mode", "must be subscription or payment")
	c.require(r.Quantity >= 1 && r.Quantity <= MaxQuantity, "quantity", "must be from 1 to 999999")
	redirects.check(&c, "success_url", r.SuccessURL)
	redirects.check(&c, "cancel_url", r.CancelURL)
	c.require(len(r.IdempotencyKey) <= MaxIdempotencyKey && printable(r.IdempotencyKey), "Idempotency-Key", "must be at most 255 printable characters")
	checkMetadata(&c, r.Metadata)
	return c.err()
}

func checkMetadata(c *checks, metadata map[string]string) {
	c.require(len(metadata) <= MaxMetadata, "metadata", "must have at most 48 entries")
	for key, value := range metadata {
		switch {
		case key == "" || utf8.RuneCountInString(key) > MaxMetadataKey || strings.ContainsAny(key, "[]") || !cleanText(key):
			c.require(false, "metadata", "must have keys of 1 to 40 characters without square brackets")
		case strings.HasPrefix(key, metaPrefix):
			c.require(false, "metadata", "must not have keys that begin with "+metaPrefix)
		case utf8.RuneCountInString(value) > MaxMetadataValue || !cleanText(value):
			c.require(false, "metadata", "must have values of at most 500 characters")
		default:
			continue
		}
		return // one finding is enough: the map has no order to report them in
	}
}

// cleanText reports whether every database and Stripe keep a text as it is.
func cleanText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

func printable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// validStripeID accepts what can be an id in a path of Stripe's API; older prices have ids of the account's choosing.
func validStripeID(id string) bool {
	if id == "" || len(id) > 255 {
		return false
	}
	for i := range len(id) {
		c := id[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '-' {
			return false
		}
	}
	return true
}

// metadata returns the caller's entries with the library's own.
func (r *CheckoutRequest) metadata(project ProjectID, user UserID) map[string]string {
	m := make(map[string]string, len(r.Metadata)+2)
	for key, value := range r.Metadata {
		m[key] = value
	}
	m[metaProject], m[metaUser] = string(project), string(user)
	return m
}

const wrongMode = "doesn't fit the price: recurring prices need subscription, one-time prices payment"

func unknownPrice(refused *stripeRefusal) error {
	e := invalidField("price_id", "is not a price that can be bought here")
	e.Err = refused
	return e
}

// checkoutError blames the caller's price where Stripe does.
func checkoutError(err error) error {
	var refused *stripeRefusal
	if !errors.As(err, &refused) || !errors.Is(err, ErrStripeRefused) {
		return err
	}
	switch {
	case strings.HasPrefix(refused.Param, "line_items"), strings.Contains(refused.Param, "price"):
		return unknownPrice(refused)
	case refused.Param == "mode":
		e := invalidField("mode", wrongMode)
		e.Err = refused
		return e
	case refused.Status == http.StatusBadRequest && refused.Param == "":
		return wrapError(ErrBadRequest, "Stripe can't sell this price to this user, or the project's Stripe account isn't ready for it.", refused)
	}
	return err
}

// CreatePortal opens Stripe's customer portal for a user and returns its URL. ErrNotFound where the user
// has no Stripe customer or the project no key for the mode; ErrInvalid for a return URL of an origin that isn't allowed.
func (s *Service) CreatePortal(ctx context.Context, project ProjectID, mode Mode, user UserID, returnURL string) (string, error) {
	if err := checkUser(project, mode, user); err != nil {
		return "", err
	}
	redirects, err := s.redirects(ctx, project, mode)
	if err != nil {
		return "", err
	}
	var c checks
	redirects.check(&c, "return_url", returnURL)
	if err := c.err(); err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, stripeBudget)
	defer cancel()
	api, err := s.stripe(ctx, project, mode)
	if err != nil {
		return "", err
	}
	customer, err := s.store.Customer(ctx, project, mode, user)
	if errors.Is(err, ErrNotFound) || err == nil && customer.CustomerID == "" {
		return "", newError(ErrNotFound, "This user has no billing account yet.")
	}
	if err != nil {
		return "", storeError(err)
	}
	portal, err := api.createPortal(ctx, customer.CustomerID, returnURL)
	if missingCustomer(err) { // the next checkout makes another one
		return "", wrapError(ErrNotFound, "This user has no billing account any more.", err)
	}
	return portal, err
}
