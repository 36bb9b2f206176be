package payments_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stripe/stripe-go/v76"

	"github.com/manytenants/payments"
)

func TestFiftyTenantsAtOnceUseEachTheirOwnKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withWorkers(4))
	shops := make([]*shop, 50)
	for i := range shops {
		shops[i] = w.newShop(payments.ProjectID(fmt.Sprintf("tenant-%02d", i)))
	}
	prices := make([]string, len(shops))
	for i, s := range shops {
		prices[i] = s.price(1900, "usd", "month")
	}
	var group sync.WaitGroup
	for i, s := range shops {
		group.Go(func() {
			session, err := s.checkout("alice", payments.CheckoutRequest{PriceID: prices[i]})
			if err == nil {
				err = s.account.CompleteCheckout(session.ID, "4242424242424242")
			}
			if err != nil {
				t.Error(err)
				return
			}
			id := fields(s.account.Object(session.ID)).text("subscription")
			for kind, object := range map[string]string{
				"customer.subscription.created": id, "customer.subscription.updated": id,
				"invoice.paid": fields(s.account.Object(id)).text("latest_invoice"), "checkout.session.completed": session.ID,
			} {
				if err := s.deliver(s.event("evt_"+strings.ReplaceAll(kind, ".", "_"), kind, object)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if err := w.service.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.process()
	for _, s := range shops {
		s.wantInStep()
		if n := len(s.subscriptions()); n != 1 {
			t.Errorf("%s has %d subscriptions", s.project, n)
		}
	}
	for _, r := range w.stripe.Requests() {
		if r.Status >= 400 { // an id of one account asked for with the key of another would be unknown there
			t.Errorf("%s %s with %s: %d", r.Method, r.Path, r.Key, r.Status)
		}
		if project := r.Form.Get("metadata[payments_project_id]"); project != "" && r.Key != "sk_test_"+project+"0123456789abcdef" {
			t.Errorf("%s for %s with the key %s", r.Path, project, r.Key)
		}
	}
	if stripe.Key != "" {
		t.Error("stripe-go's global key was set")
	}
}

// Two projects share a Stripe account: both get every event, and keep only what is theirs.
func TestProjectsOfOneAccountKeepApart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.newShop("alpha")
	w.auth.add(payments.Project{ID: "beta", Owner: "dev"})
	b := w.shopOn("beta", payments.Test, a.key)
	b.configure(nil)
	price := a.price(1900, "usd", "month")
	once := a.price(500, "usd", "")
	for _, s := range []*shop{a, b} {
		s.buy("alice", payments.CheckoutRequest{PriceID: price})
		s.buy("alice", payments.CheckoutRequest{PriceID: once, Mode: payments.CheckoutPayment})
	}
	w.settle()
	for _, s := range []*shop{a, b} {
		subs, paid := s.subscriptions(), s.payments()
		if len(subs) != 1 || len(paid) != 2 {
			t.Fatalf("%s has %d subscriptions and %d payments, want 1 and 2", s.project, len(subs), len(paid))
		}
		for _, o := range s.objects("subscription") {
			if (o.text("metadata.payments_project_id") == string(s.project)) != (o.text("id") == subs[0].SubscriptionID) {
				t.Errorf("%s has %s", s.project, subs[0].SubscriptionID)
			}
		}
		for _, e := range s.events() {
			if e.Status == payments.EventPending {
				t.Errorf("%+v", e)
			}
		}
	}
	refunded := a.payments()[0]
	a.refund(refunded, 100)
	w.settle()
	if got := b.payments()[0]; got.RefundedAmount != 0 || a.payments()[0].RefundedAmount != 100 {
		t.Errorf("%+v", got)
	}
}

func TestModesNeverMix(t *testing.T) {
	w := newWorld(t)
	test := w.newShop("alpha")
	live := w.shopOn("alpha", payments.Live, "sk_live_alpha0123456789abcdef")
	live.configure(nil)
	inTest, inLive := test.subscribe("alice"), live.subscribe("alice")
	if inTest.Mode != payments.Test || inLive.Mode != payments.Live || inTest.SubscriptionID == inLive.SubscriptionID {
		t.Errorf("%+v\n%+v", inTest, inLive)
	}
	must(live.cancel("alice", true))(t)
	w.settle()
	test.wantInStep()
	live.wantInStep()
	if got := test.current("alice"); got != inTest {
		t.Errorf("%+v", got)
	}
	for _, s := range []*shop{test, live} {
		for _, r := range s.account.Requests() {
			if r.Key != s.key {
				t.Errorf("%s in %s mode with another key", r.Path, s.mode)
			}
		}
		for _, sub := range s.subscriptions() {
			if sub.Mode != s.mode {
				t.Errorf("%+v", sub)
			}
		}
	}
	for mode, want := range map[payments.Mode]int{payments.Test: 1, payments.Live: 1, "": 2} {
		page := must(w.service.Subscriptions(t.Context(), "dev", payments.ListQuery{Mode: mode}, payments.PageRequest{}))(t)
		if len(page.Items) != want || page.Total != int64(want) {
			t.Errorf("mode %q: %d of %d", mode, len(page.Items), page.Total)
		}
	}
}

func TestDevelopersSeeTheirProjectsAsTheHostNamesThem(t *testing.T) {
	w := newWorld(t)
	a, b := w.newShop("alpha"), w.newShop("beta")
	a.subscribe("alice")
	b.subscribe("bob")
	w.auth.add(payments.Project{ID: "theirs", Owner: "rival"})
	visible := func(developer payments.DeveloperID, q payments.ListQuery) (names []string, err error) {
		subs, err := w.service.Subscriptions(t.Context(), developer, q, payments.PageRequest{})
		if err != nil {
			return nil, err
		}
		paid := must(w.service.Payments(t.Context(), developer, q, payments.PageRequest{}))(t)
		for i, s := range subs.Items {
			names = append(names, s.ProjectName)
			if s.Record.Project != paid.Items[i].Record.Project {
				t.Errorf("%+v\n%+v", subs.Items, paid.Items)
			}
		}
		slices.Sort(names)
		return names, nil
	}
	want := func(developer payments.DeveloperID, q payments.ListQuery, names ...string) {
		t.Helper()
		if got, err := visible(developer, q); err != nil || !slices.Equal(got, names) {
			t.Errorf("%s sees %v, %v, want %v", developer, got, err, names)
		}
	}
	want("dev", payments.ListQuery{}, "Shop alpha", "Shop beta")
	want("dev", payments.ListQuery{Project: "beta"}, "Shop beta")
	want("dev", payments.ListQuery{Status: "canceled"})
	want("rival", payments.ListQuery{})
	want("nobody", payments.ListQuery{})
	_, err := visible("rival", payments.ListQuery{Project: "beta"})
	wantKind(t, err, payments.ErrForbidden, "another developer's project")
	for _, unknown := range []payments.ProjectID{"unknown", "a/b", "' OR 1=1 --"} {
		_, err = visible("dev", payments.ListQuery{Project: unknown})
		wantKind(t, err, payments.ErrNotFound, "an unknown project")
	}
	w.auth.move("beta", "rival")
	want("dev", payments.ListQuery{}, "Shop alpha")
	want("rival", payments.ListQuery{}, "Shop beta")
	_, err = visible("dev", payments.ListQuery{Project: "beta"})
	wantKind(t, err, payments.ErrForbidden, "a project that was moved")
	if got := must(w.service.Stats(t.Context(), "dev", payments.Test))(t); got.Projects != 1 || got.SubscriptionsByStatus["active"] != 1 {
		t.Errorf("%+v", got)
	}
}

// A cursor is no ticket: it says where to go on, in the caller's own list.
func TestCursorOpensNobodyElsesList(t *testing.T) {
	w := newWorld(t)
	a, b := w.newShop("alpha"), w.newShop("beta")
	w.auth.move("beta", "rival")
	for _, user := range []payments.UserID{"u1", "u2", "u3"} {
		a.subscribe(user)
		b.subscribe(user)
	}
	first := must(w.service.Subscriptions(t.Context(), "dev", payments.ListQuery{}, payments.PageRequest{Size: 1}))(t)
	second, err := w.service.Subscriptions(t.Context(), "rival", payments.ListQuery{}, payments.PageRequest{Size: 10, Cursor: first.NextCursor})
	if err != nil {
		wantKind(t, err, payments.ErrInvalid, "another developer's cursor")
	}
	for _, item := range second.Items {
		if item.Record.Project != "beta" {
			t.Errorf("%+v", item)
		}
	}
	_, err = w.service.Payments(t.Context(), "dev", payments.ListQuery{}, payments.PageRequest{Cursor: first.NextCursor})
	wantKind(t, err, payments.ErrInvalid, "the cursor of another list")
	_, err = w.service.Subscriptions(t.Context(), "dev", payments.ListQuery{Status: "active"}, payments.PageRequest{Cursor: first.NextCursor})
	wantKind(t, err, payments.ErrInvalid, "the cursor of another filter")
	_, err = w.service.Subscriptions(t.Context(), "dev", payments.ListQuery{}, payments.PageRequest{Cursor: strings.ToUpper(first.NextCursor)})
	wantKind(t, err, payments.ErrInvalid, "an edited cursor")
}

func TestPagesHoldEachRowOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.newShop("alpha")
	price := s.price(1900, "usd", "month")
	const n = 23
	for i := range n { // all at the same second: only the ID orders them
		s.buy(payments.UserID(fmt.Sprint("u", i)), payments.CheckoutRequest{PriceID: price})
	}
	w.settle()
	for _, size := range []int{1, 5, 23, 100} {
		seen := map[string]bool{}
		for r := (payments.PageRequest{Size: size}); ; {
			page := must(w.service.Subscriptions(t.Context(), "dev", payments.ListQuery{}, r))(t)
			for _, item := range page.Items {
				if seen[item.Record.ID] {
					t.Errorf("%s stands on two pages", item.Record.ID)
				}
				seen[item.Record.ID] = true
			}
			if page.Total != n {
				t.Errorf("total %d", page.Total)
			}
			if r.Cursor = page.NextCursor; r.Cursor == "" {
				break
			}
		}
		byNumber := 0
		for number := 1; number <= n/size+1; number++ {
			for _, item := range must(w.service.ProjectSubscriptions(t.Context(), "alpha", payments.Test, payments.PageRequest{Number: number, Size: size}))(t).Items {
				byNumber++
				if !seen[item.ID] {
					t.Errorf("%s is on no page that cursors lead to", item.ID)
				}
			}
		}
		if len(seen) != n || byNumber != n {
			t.Errorf("size %d: %d by cursor, %d by number, want %d", size, len(seen), byNumber, n)
		}
	}
	if page := must(w.service.UserPayments(t.Context(), "alpha", payments.Test, "u7", payments.PageRequest{}))(t); page.Total != 1 || len(page.Items) != 1 || page.Items[0].User != "u7" {
		t.Errorf("%+v", page)
	}
}
