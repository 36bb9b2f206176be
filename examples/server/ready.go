package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/manytenants/payments"
)

// ready writes the credentials and tells how to use the server.
func (a *app) ready(_ context.Context, out io.Writer) error {
	if a.stripe != nil {
		for _, p := range a.directory.projects() {
			a.listPrices(p)
		}
	}
	file, err := a.credentialList()
	if err != nil {
		return err
	}
	if a.credentials != "" {
		if err := writePrivate(a.credentials, file); err != nil {
			return err
		}
	}
	return a.banner(out, file)
}

// credentialsFile is what -credentials writes, for scripts.
type credentialsFile struct {
	BaseURL    string                 `json:"base_url"`
	StripeURL  string                 `json:"stripe_url"`
	Developers []developerCredentials `json:"developers"`
}

type developerCredentials struct {
	ID       payments.DeveloperID `json:"id"`
	Token    string               `json:"token"`
	Projects []projectCredentials `json:"projects"`
}

type projectCredentials struct {
	ID   payments.ProjectID `json:"id"`
	Name string             `json:"name"`
	projectKeys
	EndUsers []userCredentials `json:"end_users"`
	Prices   []price           `json:"prices"`
}

type userCredentials struct {
	ID    payments.UserID `json:"id"`
	Token string          `json:"token"`
}

func (a *app) credentialList() (credentialsFile, error) {
	file := credentialsFile{BaseURL: a.url, StripeURL: a.stripeURL}
	for _, dev := range a.directory.developers {
		token, err := a.devTokens.Developer(payments.Developer{ID: dev.id})
		if err != nil {
			return file, err
		}
		d := developerCredentials{ID: dev.id, Token: token}
		for _, p := range dev.projects {
			c := projectCredentials{ID: p.id, Name: p.name, projectKeys: *a.keys.Stripe[p.id], Prices: append([]price{}, a.prices[p.id]...)}
			for _, u := range p.users {
				token, err := a.endTokens.EndUser(payments.EndUser{Project: p.id, ID: u.id, Email: u.email})
				if err != nil {
					return file, err
				}
				c.EndUsers = append(c.EndUsers, userCredentials{u.id, token})
			}
			d.Projects = append(d.Projects, c)
		}
		file.Developers = append(file.Developers, d)
	}
	return file, nil
}

const shell = `
A developer's view of all her projects, by curl:

  curl -H "Authorization: Bearer %s" %s/api/v1/payments/stats

`

const realStripe = `With the real Stripe: put a test key in place of sk_test_..., and run these two, in two terminals:

  STRIPE_SECRET_KEY=sk_test_... STRIPE_WEBHOOK_SECRET=$(stripe listen --print-secret) go run ./examples/server -db payments-demo/stripe.db
  stripe listen --forward-to %s/api/v1/payments/stripe/webhooks/%s/test

`

func (a *app) banner(out io.Writer, file credentialsFile) error {
	table := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	row := func(name, value string) { fmt.Fprintf(table, "  %s\t%s\n", name, value) }
	fmt.Fprintln(table)
	row("Shop page", a.url+"/")
	if a.stripe != nil {
		row("Checkout page", a.url+"/checkout?project=ada-notes&user=alex&price="+a.prices["ada-notes"][1].ID)
	}
	row("API", a.url+"/api/v1/payments")
	row("OpenAPI", a.url+"/api/v1/payments/openapi.json")
	switch {
	case a.stripe != nil:
		row("Stripe (inside)", a.stripeURL)
	case a.stripeURL == "":
		row("Stripe", "the real one, in test mode")
	default:
		row("Stripe", a.stripeURL)
	}
	row("Database", a.db)
	if a.credentials != "" {
		row("Credentials", a.credentials)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	first := file.Developers[0]
	fmt.Fprintf(out, shell, first.Token, a.url)
	if a.secretKey == "" {
		fmt.Fprintf(out, realStripe, a.url, first.Projects[0].ID)
	}
	_, err := fmt.Fprintln(out, "Ctrl-C stops it; the next start goes on from here, -reset forgets everything.")
	return err
}
