// Command server is a complete backend on the payments library: two developers with two projects each,
// their end users, a small shop page, and the API under /api/v1/payments.
//
//	go run ./examples/server
//
// starts it on a Stripe of its own (package stripetest), with 90 days of history and no network. With a
// test key it talks to the real Stripe:
//
//	STRIPE_SECRET_KEY=sk_test_... STRIPE_WEBHOOK_SECRET=$(stripe listen --print-secret) go run ./examples/server
//
// It is a demonstration: it prints access tokens, and its shop page acts for any of its users.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

type settings struct {
	addr        string
	db          string
	reset       bool
	stripeURL   string
	credentials string
	secretKey   string // a test key of a real Stripe account, from the environment
	hookSecret  string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "server:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, env func(string) string, out io.Writer) error {
	s, err := parseSettings(args, env)
	if err != nil {
		return err
	}
	app, err := start(ctx, s, out)
	if err != nil {
		return err
	}
	if err := app.ready(ctx, out); err != nil {
		return errors.Join(err, app.close())
	}
	<-ctx.Done()
	fmt.Fprintln(out, "\nStopping.")
	return app.close()
}

func parseSettings(args []string, env func(string) string) (settings, error) {
	var s settings
	flags := flag.NewFlagSet("server", flag.ContinueOnError)
	flags.StringVar(&s.addr, "addr", "127.0.0.1:8080", "`address` to listen on; port 0 picks one, a taken port gives way to the next free one")
	flags.StringVar(&s.db, "db", "payments-demo/demo.db", "SQLite `file`; its keys stand beside it")
	flags.BoolVar(&s.reset, "reset", false, "forget everything and start anew")
	flags.StringVar(&s.stripeURL, "stripe-url", "", "base `URL` of another Stripe-compatible server, in place of the one inside")
	flags.StringVar(&s.credentials, "credentials", "", "write a JSON `file` with URLs, tokens and keys, for scripts")
	if err := flags.Parse(args); err != nil {
		return s, err
	}
	s.secretKey, s.hookSecret = env("STRIPE_SECRET_KEY"), env("STRIPE_WEBHOOK_SECRET")
	return s, s.validate(flags.Args())
}

func (s settings) validate(rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("unexpected argument %q", rest[0])
	case strings.Contains(s.db, "://"):
		return fmt.Errorf("-db takes the path of a SQLite file")
	case strings.HasPrefix(s.secretKey, "sk_live_"), strings.HasPrefix(s.secretKey, "rk_live_"):
		return errors.New("STRIPE_SECRET_KEY is a live key; this demonstration takes test keys only")
	case s.secretKey != "" && !strings.HasPrefix(s.secretKey, "sk_test_") && !strings.HasPrefix(s.secretKey, "rk_test_"):
		return errors.New("STRIPE_SECRET_KEY is no Stripe secret key: it begins with sk_test_ or rk_test_")
	case s.secretKey != "" && s.stripeURL != "":
		return errors.New("STRIPE_SECRET_KEY is for the real Stripe; unset it or leave out -stripe-url")
	}
	return nil
}

// inside reports whether the server runs its own Stripe.
func (s settings) inside() bool { return s.secretKey == "" && s.stripeURL == "" }
