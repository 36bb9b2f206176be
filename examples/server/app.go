package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/httpadapter"
	"github.com/manytenants/payments/jwtauth"
	"github.com/manytenants/payments/store/sqlite"
	"github.com/manytenants/payments/stripetest"
)

// app is the running server with all that it is made of.
type app struct {
	settings
	listener  net.Listener
	url       string // of this server
	stripeURL string // of the Stripe it talks to; "" = the real one
	log       *slog.Logger
	directory *directory
	keys      *keys
	store     *sqlite.Store
	stripe    *stripetest.Server // nil when Stripe is elsewhere
	journal   *journal           // with stripe
	service   *payments.Service
	server    *http.Server
	served    chan error
	devTokens *jwtauth.Signer
	endTokens *jwtauth.Signer
	prices    map[payments.ProjectID][]price
}

// start builds the app and serves it. The steps stand in the order in which they need each other.
func start(ctx context.Context, s settings, out io.Writer) (_ *app, err error) {
	a := &app{settings: s, directory: newDirectory(), served: make(chan error, 1), prices: map[payments.ProjectID][]price{}}
	a.log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	defer func() {
		if err != nil {
			err = errors.Join(err, a.close())
		}
	}()
	var entries []entry
	for _, step := range []func() error{
		func() error { return a.openFiles(ctx) },
		func() (err error) { a.listener, err = listen(ctx, s.addr); return err },
		func() (err error) { entries, err = a.openStripe(out); return err },
		func() error { return a.openService() },
		func() error { a.serve(); return nil },
		func() error { return a.fill(ctx, entries, out) },
	} {
		if err := step(); err != nil {
			return a, err
		}
	}
	return a, nil
}

func (a *app) openFiles(ctx context.Context) (err error) {
	if err := os.MkdirAll(filepath.Dir(a.db), 0o700); err != nil {
		return err
	}
	if a.reset {
		if err := forget(a.db); err != nil {
			return err
		}
	}
	if a.keys, err = loadKeys(a.db, a.directory.projects()); err != nil {
		return err
	}
	a.store, err = sqlite.Open(ctx, a.db, &sqlite.Options{Logger: a.log})
	return err
}

// openService connects the library: a store, a cipher, the callers, and where Stripe is.
func (a *app) openService() error {
	key, err := payments.ParseKey("demo", a.keys.Cipher)
	if err != nil {
		return err
	}
	cipher, err := payments.NewKeyRing(key)
	if err != nil {
		return err
	}
	auth, err := a.openAuth()
	if err != nil {
		return err
	}
	options := &payments.Options{
		PublicURL:         a.url,
		RedirectOrigins:   []string{a.url, "https://example.com"},
		LoopbackRedirects: true,
		StripeURL:         a.stripeURL,
		Logger:            a.log,
	}
	if a.stripe != nil {
		options.Now = a.stripe.Now // the history is made by moving Stripe's clock: both tell one time
	}
	if a.stripeURL == "" {
		options.HTTPClient = &http.Client{Transport: testKeysOnly{http.DefaultTransport}, Timeout: 30 * time.Second}
	}
	a.service, err = payments.New(a.store, cipher, auth, options)
	return err
}

// openAuth makes the verifiers of the two kinds of tokens, and the signers that issue them here.
func (a *app) openAuth() (*jwtauth.Auth, error) {
	dev, end := tokenOptions("developers", a.keys.DevToken), tokenOptions("end-users", a.keys.UserJWT)
	developers, err1 := jwtauth.NewVerifier(dev)
	endUsers, err2 := jwtauth.NewVerifier(end)
	var err3, err4 error
	a.devTokens, err3 = jwtauth.NewSigner(dev, 365*24*time.Hour)
	a.endTokens, err4 = jwtauth.NewSigner(end, 365*24*time.Hour)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return nil, err
	}
	return jwtauth.New(developers, endUsers, a.directory, nil)
}

func tokenOptions(audience, key string) jwtauth.VerifierOptions {
	return jwtauth.VerifierOptions{
		Issuer:     "https://demo.example",
		Audience:   audience,
		Algorithms: []string{"HS256"},
		Keys:       []jwtauth.Key{{ID: audience, HMAC: payments.NewSecret(key)}},
	}
}

// serve mounts the library beside the shop page on one mux.
func (a *app) serve() {
	mux := http.NewServeMux()
	api := httpadapter.New(a.service, nil)
	mux.Handle("/api/v1/payments/", api)
	a.registerShop(mux)
	if a.journal != nil {
		mux.Handle("/stripe/", http.StripPrefix("/stripe", a.journal))
	}
	a.server = &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
	}
	go func() { a.served <- a.server.Serve(a.listener) }()
}

// close stops what start has started, in the reverse order.
func (a *app) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	var problems []error
	if a.stripe != nil {
		a.stripe.Close()
	}
	if a.service != nil {
		// Usually after the HTTP server. Here it finishes its work with the Stripe inside, which this server serves.
		problems = append(problems, a.service.Close(ctx))
	}
	if a.server != nil {
		problems = append(problems, a.server.Shutdown(ctx))
		if err := <-a.served; !errors.Is(err, http.ErrServerClosed) {
			problems = append(problems, err)
		}
	} else if a.listener != nil {
		problems = append(problems, a.listener.Close())
	}
	if a.store != nil {
		problems = append(problems, a.store.Close())
	}
	if a.journal != nil {
		problems = append(problems, a.journal.file.Close())
	}
	return errors.Join(problems...)
}

// testKeysOnly keeps live keys from the real Stripe, whoever configured them.
type testKeysOnly struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (t testKeysOnly) RoundTrip(r *http.Request) (*http.Response, error) {
	if _, live := liveKey(r.Header.Get("Authorization")); live {
		return nil, fmt.Errorf("this demonstration sends no live keys to Stripe")
	}
	return t.next.RoundTrip(r)
}
