package payments

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/form"
)

const (
	defaultStripeURL = "https://api.stripe.com"

	// stripeBudget bounds one call of a Service method to Stripe, retries included.
	stripeBudget = 20 * time.Second
)

// gateway is the one connection to Stripe that all tenants share. Telemetry stays off: stripe-go would
// send the id of one tenant's last request along with another tenant's call.
type gateway struct {
	backend stripe.Backend
	own     *http.Client // nil where the host has given one
}

func newGateway(opts *Options) *gateway {
	g := &gateway{}
	var client http.Client
	if opts.HTTPClient != nil {
		client = *opts.HTTPClient
	} else {
		g.own = defaultClient()
		client = *g.own
	}
	if client.CheckRedirect == nil { // Stripe's API has no redirects: who follows one gives the key away
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	g.backend = stripe.GetBackendWithConfig(stripe.APIBackend, &stripe.BackendConfig{
		URL:               &opts.StripeURL,
		HTTPClient:        &client,
		MaxNetworkRetries: stripe.Int64(2),
		EnableTelemetry:   stripe.Bool(false),
		LeveledLogger:     &stripe.LeveledLogger{Level: stripe.LevelNull},
	})
	return g
}

// defaultClient keeps a connection for each worker open.
func defaultClient() *http.Client {
	client := &http.Client{Timeout: stripeBudget}
	if shared, ok := http.DefaultTransport.(*http.Transport); ok {
		own := shared.Clone()
		own.MaxIdleConnsPerHost = 32
		client.Transport = own
	}
	return client
}

// rest closes the connections that nobody uses, where they are the library's own.
func (g *gateway) rest() {
	if g.own != nil && g.own.Transport != nil {
		g.own.CloseIdleConnections()
	}
}

// stripeAPI is Stripe as one key sees it.
type stripeAPI struct {
	*gateway
	key Secret
}

func (g *gateway) open(key Secret) stripeAPI { return stripeAPI{g, key} }

// answer receives a response body undecoded. stripe-go's own structs go silently zero on bodies of
// newer API versions, so the library decodes by field presence itself (see stripe_objects.go).
type answer struct {
	stripe.APIResource
	body []byte
}

// UnmarshalJSON keeps a copy of the body.
func (a *answer) UnmarshalJSON(body []byte) error {
	a.body = append(a.body[:0], body...)
	return nil
}

// call makes one request and decodes its answer into out, which must be of the object type that was asked for.
func (s stripeAPI) call(ctx context.Context, method, path string, params stripe.ParamsContainer, out stripeObject) error {
	params.GetParams().Context = ctx
	var a answer
	if err := s.backend.Call(method, path, s.key.Reveal(), params, &a); err != nil {
		return stripeFailure(ctx, err)
	}
	return a.decode(out)
}

// list fetches one page of a list.
func (s stripeAPI) list(ctx context.Context, path string, params stripe.ListParamsContainer, out stripeObject) error {
	common := params.GetListParams().ToParams()
	common.Context = ctx
	query := &form.Values{}
	form.AppendTo(query, params)
	var a answer
	if err := s.backend.CallRaw(http.MethodGet, path, s.key.Reveal(), query, common, &a); err != nil {
		return stripeFailure(ctx, err)
	}
	return a.decode(out)
}

// walk visits a list's objects page by page, until there are no more or visit has seen enough.
func walk[T any, P interface {
	*T
	identified
}](ctx context.Context, s stripeAPI, path string, params stripe.ListParamsContainer, visit func(P) (enough bool)) error {
	common := params.GetListParams()
	common.Limit = stripe.Int64(100)
	for {
		var page listObject[T]
		if err := s.list(ctx, path, params, &page); err != nil {
			return err
		}
		last := ""
		for i := range page.Data {
			o := P(&page.Data[i])
			if visit(o) {
				return nil
			}
			last = o.objectID()
		}
		if !page.HasMore || last == "" {
			return nil
		}
		common.StartingAfter = &last
	}
}

func (a *answer) decode(out stripeObject) error {
	if err := json.Unmarshal(withoutNUL(a.body), out); err != nil { // the decoder's error may quote the body
		return newError(ErrUnavailable, "Stripe's answer can't be read; try again.")
	}
	if got, want := out.types(); got != want {
		return wrapError(ErrUnavailable, "Stripe's answer can't be read; try again.", fmt.Errorf("object is %.40q, not %s", got, want))
	}
	return nil
}

// withoutNUL replaces the one character that JSON can spell and not every database can hold.
func withoutNUL(body []byte) []byte {
	const escaped, replacement = `\u0000`, `\ufffd`
	if !bytes.Contains(body, []byte(escaped)) {
		return body
	}
	clean := make([]byte, 0, len(body))
	for i := 0; i < len(body); {
		n := 1
		switch {
		case bytes.HasPrefix(body[i:], []byte(escaped)):
			clean, i = append(clean, replacement...), i+len(escaped)
			continue
		case body[i] == '\\': // takes the next character with it, which may be a backslash too
			n = min(2, len(body)-i)
		}
		clean, i = append(clean, body[i:i+n]...), i+n
	}
	return clean
}

// get fetches one object by its id and makes sure that it is the one.
func (s stripeAPI) get(ctx context.Context, path, id string, out identified, expand ...string) error {
	params := &getParams{}
	if len(expand) > 0 { // an empty list would be sent, as "expand="
		params.Expand = stripe.StringSlice(expand)
	}
	if err := s.call(ctx, http.MethodGet, path+"/"+url.PathEscape(id), params, out); err != nil {
		return err
	}
	if out.objectID() != id {
		return newError(ErrUnavailable, "Stripe answered with another object than was asked for; try again.")
	}
	return nil
}

// getParams are the parameters of a fetch: stripe-go refuses the Expand of bare Params.
type getParams struct {
	stripe.Params `form:"*"`
	Expand        []*string `form:"expand"`
}

// account asks whose the key is. A restricted key may hardly ever read its account, but the refusal names it.
func (s stripeAPI) account(ctx context.Context) (string, error) {
	var account accountObject
	err := s.call(ctx, http.MethodGet, "/v1/account", &stripe.Params{}, &account)
	var refused *stripeRefusal
	if errors.As(err, &refused) && refused.Status == http.StatusForbidden && refused.account != "" {
		return refused.account, nil
	}
	return account.ID, err
}

// subscriptionExpand brings the product's name along with each item's price.
const subscriptionExpand = "items.data.price.product"

func (s stripeAPI) subscription(ctx context.Context, id string) (sub subscriptionObject, err error) {
	err = s.get(ctx, "/v1/subscriptions", id, &sub, subscriptionExpand)
	return sub, err
}

// completeItems fetches the items that a subscription of many doesn't show by itself.
func (s stripeAPI) completeItems(ctx context.Context, sub *subscriptionObject) error {
	items := &sub.Items
	for items.HasMore && len(items.Data) > 0 {
		params := &stripe.SubscriptionItemListParams{Subscription: &sub.ID}
		params.Limit, params.StartingAfter = stripe.Int64(100), &items.Data[len(items.Data)-1].ID
		params.AddExpand("data.price.product")
		var page listObject[itemObject]
		if err := s.list(ctx, "/v1/subscription_items", params, &page); err != nil {
			return err
		}
		items.Data, items.HasMore = append(items.Data, page.Data...), page.HasMore && len(page.Data) > 0
	}
	return nil
}

func (s stripeAPI) updateSubscription(ctx context.Context, id string, params *stripe.SubscriptionParams) (subscriptionObject, error) {
	params.AddExpand(subscriptionExpand)
	var sub subscriptionObject
	err := s.call(ctx, http.MethodPost, "/v1/subscriptions/"+url.PathEscape(id), params, &sub)
	return sub, err
}

func (s stripeAPI) scheduleCancel(ctx context.Context, id string) (subscriptionObject, error) {
	return s.updateSubscription(ctx, id, &stripe.SubscriptionParams{CancelAtPeriodEnd: stripe.Bool(true)})
}

func (s stripeAPI) cancelNow(ctx context.Context, id string) (subscriptionObject, error) {
	params := &stripe.SubscriptionCancelParams{}
	params.AddExpand(subscriptionExpand)
	var sub subscriptionObject
	err := s.call(ctx, http.MethodDelete, "/v1/subscriptions/"+url.PathEscape(id), params, &sub)
	var refused *stripeRefusal
	if errors.As(err, &refused) && refused.missing() {
		// Stripe says so of what is canceled already, be it by our own request whose answer was lost.
		if now, failed := s.subscription(ctx, id); failed == nil && now.Status == StatusCanceled {
			return now, nil
		}
	}
	return sub, err
}

// undoCancel takes a scheduled cancellation back, as Stripe has it scheduled now. One that was scheduled by date alone, as the portal
// does under flexible billing, has no flag to clear: its date is unset instead. What isn't scheduled, or has ended, is
// returned as it is.
func (s stripeAPI) undoCancel(ctx context.Context, id string) (subscriptionObject, error) {
	sub, err := s.subscription(ctx, id)
	if err != nil || sub.ended() || !sub.CancelAtPeriodEnd && sub.CancelAt == 0 {
		return sub, err
	}
	params := &stripe.SubscriptionParams{}
	if sub.CancelAtPeriodEnd {
		params.CancelAtPeriodEnd = stripe.Bool(false)
	} else {
		params.AddExtra("cancel_at", "")
	}
	return s.updateSubscription(ctx, id, params)
}

// changeItem swaps the price of the subscription's first item, as Stripe has it now: without the item's id Stripe would add a second
// item. What has ended is returned as it is.
func (s stripeAPI) changeItem(ctx context.Context, id string, u SubscriptionUpdate) (subscriptionObject, error) {
	sub, err := s.subscription(ctx, id)
	if err != nil || sub.ended() {
		return sub, err
	}
	if len(sub.Items.Data) == 0 {
		return sub, newError(ErrBadRequest, "The subscription has no price that could be changed.")
	}
	return s.updateSubscription(ctx, id, &stripe.SubscriptionParams{
		Items:             []*stripe.SubscriptionItemsParams{{ID: &sub.Items.Data[0].ID, Price: &u.PriceID, Quantity: u.Quantity}},
		ProrationBehavior: &u.ProrationBehavior,
	})
}

// openDispute reports whether any dispute of a charge has taken its money and not given it back.
func (s stripeAPI) openDispute(ctx context.Context, charge string) (bool, error) {
	params := &stripe.DisputeListParams{Charge: &charge}
	var page listObject[disputeObject]
	if err := s.list(ctx, "/v1/disputes", params, &page); err != nil {
		return false, err
	}
	for _, d := range page.Data {
		if d.holdsMoney() {
			return true, nil
		}
	}
	return false, nil
}

// probe makes a request only to learn whether the key may.
func (s stripeAPI) probe(ctx context.Context, p probe) error {
	params := &stripe.Params{}
	for name, value := range p.form {
		params.AddExtra(name, value)
	}
	params.Context = ctx
	var a answer
	return stripeFailure(ctx, s.backend.Call(p.method, p.path, s.key.Reveal(), params, &a))
}
