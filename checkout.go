package payments

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
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
	Quantity   int64             // 1 to MaxQuantity; 0 = 1
	Metadata   map[string]string // put on the session and on what it makes; keys that begin with "payments_" are the library's
	// AllowExisting lets a user who has a live subscription buy another one.
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

// CreateCheckout opens a Checkout page for a user. Errors: ErrInvalid naming the fields, a price that Stripe doesn't
// know among them; ErrNotFound where the project has no key for the mode; ErrBadRequest where the user has a live
// subscription already, or Stripe finds fault with price and mode together; ErrConflict for a reused idempotency key; and Stripe's refusals and failures.
func (s *Service) CreateCheckout(ctx context.Context, project ProjectID, mode Mode, user UserID, r CheckoutRequest) (CheckoutSession, error) {
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
	if err := s.guardDouble(ctx, project, mode, user, r); err != nil {
		return CheckoutSession{}, err
	}
	session, err := s.openSession(ctx, api, Customer{Project: project, Mode: mode, User: user, Email: r.Email}, r)
	if err != nil {
		return CheckoutSession{}, checkoutError(err)
	}
	return CheckoutSession{ID: session.ID, URL: session.URL}, nil
}

// openSession opens the session for the user's customer. One that Stripe doesn't know any more (it was deleted, or the project has moved
// to another account, and no event has told us) is fetched and so forgotten, and another one made.
func (s *Service) openSession(ctx context.Context, api stripeAPI, c Customer, r CheckoutRequest) (sessionObject, error) {
	for again := false; ; again = true {
		customer, err := s.customer(ctx, api, c)
		if err != nil {
			return sessionObject{}, err
		}
		session, err := api.createSession(ctx, customer, r, c.User, sessionKey(c, customer, r.IdempotencyKey), r.metadata(c.Project, c.User))
		if again || !missingCustomer(err) {
			return session, err
		}
		if err := s.resync(ctx, Object{c.Project, c.Mode, KindCustomer, customer}); err != nil {
			return sessionObject{}, err
		}
	}
}

// missingCustomer reports whether Stripe doesn't know the customer that it was given.
func missingCustomer(err error) bool {
	var refused *stripeRefusal
	return errors.As(err, &refused) && refused.missing() && refused.Param == "customer"
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

// guardDouble refuses a second subscription.
func (s *Service) guardDouble(ctx context.Context, project ProjectID, mode Mode, user UserID, r CheckoutRequest) error {
	if r.Mode != CheckoutSubscription || r.AllowExisting {
		return nil
	}
	sub, err := s.store.CurrentSubscription(ctx, project, mode, user)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil
	case err != nil:
		return storeError(err)
	case sub.Live():
		return newError(ErrBadRequest, "This user already has a subscription.")
	}
	return nil
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

// sessionKey keeps equal keys of different users apart, and any key within Stripe's length. The customer is part of it, because a key
// can't be used again for a customer that was made anew.
func sessionKey(c Customer, customer, key string) string {
	if key == "" {
		return ""
	}
	parts := []string{string(c.Project), string(c.Mode), string(c.User), customer, key}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return "checkout-" + hex.EncodeToString(sum[:])
}

// checkoutError blames the caller's price where Stripe does.
func checkoutError(err error) error {
	var refused *stripeRefusal
	if !errors.As(err, &refused) || !errors.Is(err, ErrStripeRefused) {
		return err
	}
	switch {
	case strings.HasPrefix(refused.Param, "line_items"), strings.Contains(refused.Param, "price"):
		e := invalidField("price_id", "is not a price that can be bought here")
		e.Err = refused
		return e
	case refused.Param == "mode":
		e := invalidField("mode", "doesn't fit the price: recurring prices need subscription, one-time prices payment")
		e.Err = refused
		return e
	case refused.Status == http.StatusBadRequest && refused.Param == "": // what Stripe mostly answers to a price of the other mode
		return wrapError(ErrBadRequest, "Stripe can't sell this price in this mode, or the project's Stripe account isn't ready for it.", refused)
	}
	return err
}

// CreatePortal opens Stripe's customer portal for a user and returns its URL. ErrNotFound where the user
// has no Stripe customer or the project no key for the mode; ErrInvalid for a return URL of an origin that isn't allowed.
func (s *Service) CreatePortal(ctx context.Context, project ProjectID, mode Mode, user UserID, returnURL string) (string, error) {
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
