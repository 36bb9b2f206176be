package stripetest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/manytenants/payments/stripetest"
)

func TestEventsAreListedByTypeTimeAndDelivery(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	customer := must(s.api.Customers.New(nil))(t)
	s.server.Advance(time.Hour)
	s.answer(http.StatusInternalServerError)
	must(s.api.Customers.Update(customer.ID, &stripe.CustomerParams{Name: stripe.String("A")}))(t)
	must(s.api.Products.New(&stripe.ProductParams{Name: stripe.String("Pro")}))(t)
	s.events()
	for query, want := range map[string]string{
		"":                      "product.created customer.updated customer.created",
		"type=customer.*":       "customer.updated customer.created",
		"type=customer.created": "customer.created",
		"types[]=customer.created&types[]=product.created": "product.created customer.created",
		"created[gte]=1705323600":                          "product.created customer.updated",
		"created[lt]=1705323600":                           "customer.created",
		"delivery_success=true":                            "customer.created",
		"delivery_success=false":                           "product.created customer.updated",
		"limit=1":                                          "product.created",
	} {
		var got []string
		for _, e := range s.get("/v1/events?"+query, "")["data"].([]any) {
			kind, _ := at(e, "type")
			got = append(got, kind.(string))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", query, got, want)
		}
	}
}

func TestEventsAreForgottenAfterThirtyDays(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	must(s.api.Customers.New(nil))(t)
	id := s.account.Objects("event")[0]["id"].(string)
	s.server.Advance(30*24*time.Hour - time.Second)
	must(s.api.Events.Get(id, nil))(t)
	s.server.Advance(time.Second)
	_, err := s.api.Events.Get(id, nil)
	wantError(t, err, http.StatusNotFound, stripe.ErrorCodeResourceMissing, "id")
	if list := s.get("/v1/events", ""); len(list["data"].([]any)) != 0 {
		t.Error("an event of thirty days ago is listed")
	}
}

func TestAccountsOwnEventsNameNoAccount(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	r, _ := s.listen("")
	s.subscribe(stripetest.CardVisa)
	for _, e := range r.got(s) {
		if _, named := e["account"]; named || e["livemode"] != false {
			t.Errorf("%v names an account or the wrong mode", e["type"])
		}
	}
}

func TestEmitSendsWhatNeverHappened(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	s.endpoint.Disable() // the shop knows no things
	r, endpoint := s.listen("")
	thing := map[string]any{"id": "th_1", "object": "thing", "n": 1}
	own := s.account.Emit("thing.made", thing, stripetest.EmitOptions{PreviousAttributes: map[string]any{"n": 0}})
	s.account.Emit("thing.made", thing, stripetest.EmitOptions{Account: "acct_other"})
	s.account.Emit("thing.made", thing, stripetest.EmitOptions{OtherMode: true, APIVersion: "2024-06-20", Created: start.Add(-time.Hour)})
	s.account.Emit("thing.changed", thing, stripetest.EmitOptions{ID: own})
	got := r.got(s)
	if len(got) != 4 {
		t.Fatalf("%d events arrived", len(got))
	}
	if was, _ := at(got[0], "data.previous_attributes.n"); got[0]["id"] != own || was != 0.0 {
		t.Errorf("own: %v", got[0])
	}
	if got[1]["account"] != "acct_other" || got[2]["livemode"] != true || got[2]["api_version"] != "2024-06-20" || got[2]["created"] != float64(start.Add(-time.Hour).Unix()) {
		t.Errorf("foreign: %v\nother mode: %v", got[1], got[2])
	}
	if got[3]["id"] != own || got[3]["type"] != "thing.changed" {
		t.Errorf("the same id twice: %v", got[3])
	}
	for i := range got {
		wantSigned(t, r, i, endpoint.Secret(), true)
	}
	if listed := s.account.Objects("event"); len(listed) != 1 {
		t.Errorf("%d events are listed, want the account's own", len(listed))
	}
}

func TestThinEventNamesItsObject(t *testing.T) {
	s := newShop(t, stripetest.Options{})
	s.endpoint.Disable() // stripe-go v76 can't read it
	customer := must(s.api.Customers.New(nil))(t)
	r, endpoint := s.listen("2023-10-16")
	id := s.account.SendThinEvent("v1.customer.created", customer.ID)
	got := r.got(s)
	object, _ := at(got[0], "related_object.id")
	link, _ := at(got[0], "related_object.url")
	if got[0]["id"] != id || got[0]["object"] != "v2.core.event" || object != customer.ID || link != "/v1/customers/"+customer.ID || got[0]["created"] != "2024-01-15T12:00:00.000Z" {
		t.Errorf("got %v", got[0])
	}
	if _, shown := got[0]["data"]; shown {
		t.Error("a thin event shows its object")
	}
	wantSigned(t, r, 0, endpoint.Secret(), true)
}
