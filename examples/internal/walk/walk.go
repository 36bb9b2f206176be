// Package walk goes through the whole product by HTTP, as its two kinds of callers would.
package walk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// credentials are what the server writes for scripts.
type credentials struct {
	BaseURL    string `json:"base_url"`
	StripeURL  string `json:"stripe_url"`
	Developers []struct {
		ID       string    `json:"id"`
		Token    string    `json:"token"`
		Projects []project `json:"projects"`
	} `json:"developers"`
}

type project struct {
	ID                string `json:"id"`
	TestSecretKey     string `json:"test_secret_key"`
	TestWebhookSecret string `json:"test_webhook_secret"`
	LiveSecretKey     string `json:"live_secret_key"`
	LiveWebhookSecret string `json:"live_webhook_secret"`
	EndUsers          []struct {
		ID    string `json:"id"`
		Token string `json:"token"`
	} `json:"end_users"`
	Prices []struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	} `json:"prices"`
}

// Run goes through the product with the credentials file of a running server, tells out what it saw, and returns an
// error where something wasn't as it should be.
func Run(ctx context.Context, path string, out io.Writer) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var c credentials
	if err := json.Unmarshal(text, &c); err != nil {
		return err
	}
	if len(c.Developers) < 2 || len(c.Developers[0].Projects) == 0 || len(c.Developers[0].Projects[0].Prices) < 4 {
		return errors.New("the credentials name no seeded projects: start the server without -stripe-url")
	}
	w := &walk{ctx: ctx, out: out, credentials: c, project: c.Developers[0].Projects[0]}
	w.developer = caller{w, c.Developers[0].Token}
	w.other = caller{w, c.Developers[1].Token}
	w.user = caller{w, w.project.EndUsers[0].Token}
	for _, step := range []func(){
		w.configure, w.subscribe, w.change, w.cancel, w.openPortal, w.buyOnce, w.addUp, w.isolation, w.badInput,
	} {
		step()
	}
	if w.failed > 0 {
		return fmt.Errorf("%d of %d checks failed", w.failed, w.checks)
	}
	fmt.Fprintf(out, "\nAll %d checks passed.\n", w.checks)
	return nil
}
