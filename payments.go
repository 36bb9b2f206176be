// Package payments gives a platform multi-tenant Stripe payments.
//
// PLACEHOLDER package comment, written last.
package payments

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"
)

// Store keeps everything the library remembers. Packages store/sqlite and (for many replicas)
// store/postgres implement it; package store/storetest is the conformance test of an implementation.
//
// What holds for every method:
//   - It is one atomic unit: an error means that nothing changed. (An error after a commit whose answer was lost is allowed: every
//     write here may be repeated.)
//   - What was written is durable and visible to all when it returns.
//   - It reads and writes only rows of the projects, and the mode, that it is given; the two claims of due work are the exception.
//   - It is safe for concurrent use, by any number of processes where the database allows them.
//   - It observes ctx. Errors unwrap to [ErrNotFound] and [ErrConflict] where the method says so, and to no other kind.
//   - Times are kept as UTC with at least microsecond precision; the zero time stays zero. Text is kept byte by byte.
//   - Slices and pointers that it is given are not kept, and those that it returns are the caller's.
type Store interface {
	ConfigStore
	CustomerStore
	EventStore
	SyncStore
	SubscriptionStore
	PaymentStore
	StatsStore
	ChangeStore
}

// Options are the optional settings of a Service. The zero value of each field is its default.
type Options struct {
	// PublicURL is the absolute URL under which the host serves the mounted API, as Stripe reaches it:
	// "https://api.example.com" or, where the library is mounted elsewhere than at
	// /api/v1/payments, that URL up to the mount. It is only used for the webhook URLs that developers
	// copy into Stripe. Default: Service.WebhookURLs answers an error that says to set it.
	PublicURL string

	// RedirectOrigins are origins ("https://app.example") that checkout and portal URLs of every project
	// may lead to, besides the project's own. They are compared exactly.
	// Default: none, so that a project without origins can't open a checkout.
	RedirectOrigins []string

	// OnChange, if not nil, is called for each committed change of a subscription or payment, at least
	// once, by one worker of one process at a time; an error or a crash brings it again later. It should
	// return within 30 seconds.
	OnChange func(ctx context.Context, c Change) error

	// Workers is how many objects are fetched from Stripe at a time. Default 4. Negative: none run, and
	// [Service.Process] does the work by hand.
	Workers int

	// StripeURL is the base URL of the Stripe API. Default "https://api.stripe.com".
	StripeURL string

	// HTTPClient calls Stripe. Default: a client of the library's own that follows no redirect.
	HTTPClient *http.Client

	// Logger receives what operators should know; it never receives a secret. Default slog.Default().
	Logger *slog.Logger

	// Now is the clock. Default time.Now.
	Now func() time.Time
}

// Service is the library's core; New makes it. Its methods are safe for concurrent use, and trust their caller: a
// host that calls them without package httpadapter decides itself who may.
type Service struct {
	store  Store
	cipher SecretCipher
	auth   Auth
	opts   Options
}

// New starts a Service, and with it the workers that keep local records equal to Stripe's. Close stops it.
// The store must be migrated and outlive the Service.
func New(store Store, cipher SecretCipher, auth Auth, opts *Options) (*Service, error) {
	return nil, errors.New("not yet")
}
