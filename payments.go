// Package payments gives a platform multi-tenant Stripe payments.
//
// A platform has developers; each owns projects; each project brings its own Stripe account, with test and live keys; and each
// project's end users subscribe and pay. The library keeps the projects' keys encrypted, opens Stripe
// Checkout and the customer portal, takes Stripe's signed webhooks for each project and mode, and keeps a local record
// of subscriptions and payments that is right. Both sides are answered from that record: end users about their
// own billing, developers about all their projects.
//
// # Parts
//
// A [Service] is made of three things that the host chooses, and optional settings:
//
//	service, err := payments.New(store, cipher, auth, &payments.Options{PublicURL: "https://api.example.com"})
//	defer service.Close(context.Background())
//
// The three are:
//
//   - a [Store], where records live: package store/sqlite is one file and no server;
//   - a [SecretCipher], which seals the projects' keys before the store sees them: [NewKeyRing] is AES-256-GCM with rotation;
//   - an [Auth], which knows the host's developers, users and projects: package jwtauth takes JSON Web Tokens.
//
// Package httpadapter serves all of it as an http.Handler; a host that has no use for HTTP calls the methods itself. The methods trust
// their caller: they say for whom they act (a project, a [Mode], a user or developer) and don't ask whether the
// caller may. The adapter does, with [Service.AuthenticateDeveloper], [Service.OwnedProject] and [Service.AuthenticateEndUser].
//
// # Modes
//
// Test and live mode are apart in everything: keys, webhooks, customers, records and sums. A method that takes a Mode sees nothing of the other one.
//
// # How the record stays right
//
// Stripe says that webhook events come late, twice and in any order, in the shape of whatever API version an account has.
// So an event is a signal and never data. [Service.HandleWebhook] checks the signature, records the event, marks its
// object as requested, and is done: nothing else stands between Stripe and its 200. Workers then fetch the object
// from Stripe as it is now, and write what they got only if no later fetch has written:
//
//	event ──▶ inbox ──▶ requested object ──▶ fetch under a ticket ──▶ one transaction: row, counters, events done
//
// Everything ends in that one path, a user's cancellation included. A failed fetch backs off and is tried again, and [Service.PendingSyncs]
// says why. Ended subscriptions never come back. [Options.OnChange] tells the host of each change that was committed.
//
// # Conventions
//
// Amounts are minor units exactly as Stripe sends them, and amounts of different currencies are never added. Times are UTC; the zero time
// stands for none. Lists are newest first and paged by number or cursor. Identifiers of projects and users are the host's own. Errors unwrap to one of the kinds
// ([ErrInvalid], [ErrNotFound], ...) as an [*Error], whose message may be shown. Secrets can't be printed ([Secret]), and are in no error.
package payments

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Store keeps everything the library remembers. Package store/sqlite implements it; package
// store/storetest is the conformance test of an implementation.
//
// What holds for every method:
//   - It is one atomic unit: an error means that nothing changed. (An error after a commit whose answer was lost is allowed: every
//     write here may be repeated.)
//   - What was written is durable and visible to all when it returns.
//   - It reads and writes only rows of the projects, and the mode, that it is given; the two claims of due work are the exception.
//   - It is safe for concurrent use, by any number of processes where the database allows them.
//   - It observes ctx. Errors unwrap to [ErrNotFound] and [ErrConflict] where the method says so, and to no other kind.
//   - Times are kept as UTC with at least microsecond precision; the zero time stays zero. Text is valid
//     UTF-8 without NUL (the Service sees to it, because not every database holds more), and kept byte by byte.
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
	// PublicURL is the host's base URL as Stripe reaches it, such as "https://api.example.com": what stands before
	// /api/v1/payments. It is used only for the webhook URLs that developers copy into Stripe.
	// Default: none, and Service.WebhookURLs answers an error that says to set it.
	PublicURL string

	// MountPath is the path under which clients and Stripe see the API: segments of [A-Za-z0-9._~-], or "/" for the root.
	// Package httpadapter serves it there. Default "/api/v1/payments".
	MountPath string

	// RedirectOrigins are origins ("https://app.example") that checkout and portal URLs of every project
	// may lead to, besides the project's own. They are compared exactly.
	// Default: none, so that a project without origins can't open a checkout.
	RedirectOrigins []string

	// LoopbackRedirects also allows, in test mode alone, URLs on http://localhost and http://127.0.0.1 with any port, for
	// developers who run their app locally. Default: false.
	LoopbackRedirects bool

	// OnChange, if not nil, is called for each committed change of a subscription or payment, at least
	// once: an error, a panic or a crash brings the change again, after a growing wait. Tell repeated deliveries
	// by the Change's ID and Kind.
	//
	// Changes of one object come in the order in which they were written, one at a time: a failing one holds back the later ones of
	// its object, and no others. Changes of different objects come at the same time, eight in each process, so
	// OnChange must be safe for concurrent use.
	//
	// It must observe ctx, which ends after 30 seconds or when Close stops waiting, and return then. One
	// that hasn't half a second later is left behind and counts as failed; the object's order doesn't hold for what it still does.
	// Default: nil, and no changes are kept.
	OnChange func(ctx context.Context, c Change) error

	// Workers is how many objects are fetched from Stripe at a time; they wait for the network, not for a CPU. One project in one mode
	// has at most an eighth of them, and at least 1, so that a tenant's long backlog or slow account doesn't hold up
	// the others. Default 16. Negative: none run, and [Service.Process] does the work by hand.
	Workers int

	// StripeURL is the base URL of the Stripe API. Default "https://api.stripe.com".
	StripeURL string

	// HTTPClient calls Stripe. No redirect is followed unless its CheckRedirect says so. Default: a client of the library's own.
	HTTPClient *http.Client

	// Logger receives what operators should know; it never receives a secret. Default slog.Default().
	Logger *slog.Logger

	// Now is the clock. Default time.Now.
	Now func() time.Time
}

// Service is the library's core; New makes it. Its methods are safe for concurrent use, and trust their caller: a
// host that calls them without package httpadapter decides itself who may.
type Service struct {
	store   Store
	cipher  SecretCipher
	auth    Auth
	opts    Options
	gateway *gateway
	log     *slog.Logger
	workers workers
	outbox  outbox
}

// New starts a Service, and with it the workers that keep local records equal to Stripe's; Close stops them.
// The store must be migrated and outlive the Service. All that is wrong with the arguments is reported at once.
func New(store Store, cipher SecretCipher, auth Auth, opts *Options) (*Service, error) {
	o, err := opts.withDefaults()
	var problems []error
	if store == nil {
		problems = append(problems, errors.New("payments.New needs a Store, such as one opened by store/sqlite"))
	}
	if cipher == nil {
		problems = append(problems, errors.New("payments.New needs a SecretCipher, such as one made by NewKeyRing"))
	}
	if auth == nil {
		problems = append(problems, errors.New("payments.New needs an Auth, such as one made by package jwtauth"))
	}
	if err := errors.Join(append(problems, err)...); err != nil {
		return nil, err
	}
	s := &Service{store: store, cipher: cipher, auth: auth, opts: o, gateway: newGateway(&o), log: o.Logger}
	s.startWorkers()
	return s, nil
}

func (o *Options) withDefaults() (Options, error) {
	var d Options
	if o != nil {
		d = *o
	}
	var problems []error
	if d.PublicURL != "" && !absoluteURL(d.PublicURL) {
		problems = append(problems, errors.New(`Options.PublicURL must be an absolute http(s) URL without query, such as "https://api.example.com"`))
	}
	for _, origin := range d.RedirectOrigins {
		if !validOrigin(origin) {
			problems = append(problems, fmt.Errorf(`Options.RedirectOrigins: %q is no origin; write it like "https://app.example" or "http://localhost:3000"`, origin))
		}
	}
	d.StripeURL = cmp.Or(d.StripeURL, defaultStripeURL)
	if !absoluteURL(d.StripeURL) {
		problems = append(problems, errors.New("Options.StripeURL must be an absolute http(s) URL"))
	}
	d.MountPath = "/" + strings.Trim(cmp.Or(d.MountPath, defaultMountPath), "/")
	for segment := range strings.SplitSeq(d.MountPath[1:], "/") {
		if d.MountPath != "/" && !validID(segment) {
			problems = append(problems, fmt.Errorf(`Options.MountPath: %q is no path; write it like "/api/v1/payments"`, d.MountPath))
			break
		}
	}
	d.Workers = cmp.Or(d.Workers, 16)
	if d.Logger == nil {
		d.Logger = slog.Default()
	}
	if d.Now == nil {
		d.Now = time.Now
	}
	d.RedirectOrigins = slices.Clone(d.RedirectOrigins)
	return d, errors.Join(problems...)
}

const defaultMountPath = "/api/v1/payments"

// MountPath returns Options.MountPath with a slash at its beginning and none at its end; the root is "/".
func (s *Service) MountPath() string { return cmp.Or(s.opts.MountPath, defaultMountPath) }

// now is the clock's time as it is stored: UTC, in microseconds.
func (s *Service) now() time.Time { return s.opts.Now().UTC().Truncate(time.Microsecond) }

// newUUID returns a version 7 UUID: it sorts by the time it was made.
func newUUID() string { return uuid.Must(uuid.NewV7()).String() }
