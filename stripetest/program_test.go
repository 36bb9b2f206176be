package stripetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// program is a random sequence of what a business does with its subscriptions, and of time.
type program struct {
	t       *testing.T
	rand    *rand.Rand
	server  *Server
	account *Account
	prices  []string
	done    []string // the steps so far, for the report
}

// TestRandomProgramsKeepTheInvariants runs seeded programs, and after each step looks at all the
// objects there are.
func TestRandomProgramsKeepTheInvariants(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			p := newProgram(t, seed+1)
			for range 40 {
				p.step()
				p.check()
				if t.Failed() {
					t.Fatalf("after\n%s", strings.Join(p.done, "\n"))
				}
			}
			p.checkSchemas()
			p.checkPeriods()
			if again := newProgram(t, seed+1); !slices.Equal(again.repeat(), p.events()) {
				t.Error("the same seed made other events")
			}
		})
	}
}

func newProgram(t *testing.T, seed uint64) *program {
	server := New(&Options{Seed: seed, Now: func() time.Time { return time.Date(2024, 1, 31, 9, 30, 0, 0, time.UTC) }})
	t.Cleanup(server.Close)
	p := &program{t: t, rand: rand.New(rand.NewPCG(seed, 1)), server: server, account: server.Account("sk_test_shop")}
	p.account.AfterRetries([]Exhausted{ExhaustedCancel, ExhaustedUnpaid, ExhaustedPastDue}[p.rand.IntN(3)])
	p.ask(http.MethodPost, "/v1/products", "id=prod_a&name=Pro")
	for _, price := range []string{"0&recurring[interval]=month", "999&recurring[interval]=month", "4217&recurring[interval]=month", "33333&recurring[interval]=year", "150&recurring[interval]=week&recurring[interval_count]=2", "3&recurring[interval]=month&recurring[usage_type]=metered"} {
		p.prices = append(p.prices, p.ask(http.MethodPost, "/v1/prices", "currency=usd&product=prod_a&unit_amount="+price).id())
	}
	for _, card := range []Card{CardVisa, CardFailsLater, ""} {
		customer := p.ask(http.MethodPost, "/v1/customers", "email=a@example.com")
		if card != "" {
			if err := p.account.UseCard(customer.id(), card); err != nil {
				t.Fatal(err)
			}
		}
	}
	return p
}

func (p *program) repeat() []string {
	for range 40 {
		p.step()
	}
	return p.events()
}

func (p *program) events() []string {
	var out []string
	for _, e := range p.account.Objects("event") {
		out = append(out, fmt.Sprint(e["type"], e["id"], e["created"]))
	}
	return out
}

// ask makes a request. Stripe's refusals are answers too; only a failure of the server is none.
func (p *program) ask(method, path, form string) object {
	p.t.Helper()
	p.done = append(p.done, method+" "+path+" "+form)
	r, err := http.NewRequestWithContext(p.t.Context(), method, "http://stripe.test"+path, strings.NewReader(form))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer sk_test_shop")
	answer, err := Transport(p.server).RoundTrip(r)
	if err != nil {
		p.t.Fatal(err)
	}
	body, err := io.ReadAll(answer.Body)
	if err := errors.Join(err, answer.Body.Close()); err != nil {
		p.t.Fatal(err)
	}
	var o map[string]any
	if err := json.Unmarshal(body, &o); err != nil || answer.StatusCode >= http.StatusInternalServerError {
		p.t.Fatalf("%s %s %s: %d %s", method, path, form, answer.StatusCode, body)
	}
	if refusal, refused := o["error"].(map[string]any); refused {
		p.done = append(p.done, "  refused: "+fmt.Sprint(refusal["message"]))
	}
	return object(normalize(o).(map[string]any))
}

func pick[T any](p *program, from ...T) T { return from[p.rand.IntN(len(from))] }

// any is the id of some object of the kind, or of none.
func (p *program) any(kind string) string {
	all := p.account.Objects(kind)
	if len(all) == 0 {
		return "none"
	}
	return all[p.rand.IntN(len(all))]["id"].(string)
}

func (p *program) step() {
	subscription := "/v1/subscriptions/" + p.any("subscription")
	switch n := p.rand.IntN(20); n {
	case 0, 1, 2:
		p.ask(http.MethodPost, "/v1/subscriptions", "customer="+p.any("customer")+"&items[0][price]="+pick(p, p.prices...)+
			pick(p, "", "", "&trial_period_days=5", "&payment_behavior=default_incomplete", "&collection_method=send_invoice&days_until_due=4", "&trial_period_days=2&trial_settings[end_behavior][missing_payment_method]=pause"))
	case 3, 4, 5:
		p.change(subscription)
	case 6:
		p.ask(http.MethodPost, subscription, pick(p, "cancel_at_period_end=true", "cancel_at_period_end=false", "cancel_at=", "trial_end=now", fmt.Sprintf("trial_end=%d", p.server.Now().Add(9*24*time.Hour).Unix())))
	case 7:
		p.ask(http.MethodPost, subscription, pick(p, "pause_collection[behavior]=void", "pause_collection[behavior]=keep_as_draft", "pause_collection=", "billing_cycle_anchor=now"))
	case 8:
		p.ask(http.MethodDelete, subscription+pick(p, "", "?prorate=true", "?invoice_now=true&prorate=true"), "")
	case 9:
		p.ask(http.MethodPost, subscription+"/resume", pick(p, "", "billing_cycle_anchor=unchanged"))
	case 10:
		p.ask(http.MethodPost, "/v1/invoices/"+p.any("invoice")+pick(p, "/pay", "/finalize", "/void", "/mark_uncollectible", "/pay?paid_out_of_band=true"), "")
	case 11:
		p.ask(http.MethodPost, "/v1/invoiceitems", "customer="+p.any("customer")+"&currency=usd&amount="+pick(p, "500", "-300"))
	case 12:
		p.ask(http.MethodGet, "/v1/invoices/upcoming?subscription="+p.any("subscription"), "")
	case 13:
		if p.rand.IntN(5) == 0 {
			p.ask(http.MethodDelete, "/v1/customers/"+p.any("customer"), "")
			p.ask(http.MethodPost, "/v1/customers", "email=b@example.com")
		}
		if err := p.account.UseCard(p.any("customer"), pick(p, CardVisa, CardFailsLater)); err != nil {
			p.t.Fatal(err)
		}
	default:
		d := time.Duration(p.rand.Int64N(int64(pick(p, time.Hour, 30*time.Hour, 20*24*time.Hour, 70*24*time.Hour))))
		p.done = append(p.done, "advance "+d.String())
		p.server.Advance(d)
	}
}

// change swaps, adds, counts or takes away an item.
func (p *program) change(subscription string) {
	item, price := p.any("subscription_item"), pick(p, p.prices...)
	form := pick(p,
		"items[0][id]="+item+"&items[0][price]="+price, "items[0][price]="+price,
		"items[0][id]="+item+"&items[0][quantity]="+pick(p, "0", "1", "7"), "items[0][id]="+item+"&items[0][deleted]=true",
	)
	if o := p.account.Object(item); o != nil {
		subscription = "/v1/subscriptions/" + o["subscription"].(string)
	}
	p.ask(http.MethodPost, subscription, form+pick(p, "", "&proration_behavior=none", "&proration_behavior=always_invoice"))
}
