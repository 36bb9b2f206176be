package storetest

import (
	"fmt"
	"math"
	"time"

	"github.com/manytenants/payments"
)

var subscriptionPromises = []promise{
	{"a subscription is returned as it was applied", "Subscription returns what ApplySync wrote, each field.", subscriptionKept},
	{"what is not there is ErrNotFound", "Subscription and CurrentSubscription: ErrNotFound where there is none.", subscriptionUnknown},
	{"a later apply replaces it whole", "Synced.Subscription: insert or replace by (Project, Mode, SubscriptionID); ID is used on insert only.", subscriptionReplaced},
	{"the same Stripe ID may be in every place", "A row is a row of its project and mode; the same Stripe account may serve two projects.", subscriptionInEveryPlace},
	{"what has ended keeps its status", "A stored subscription that has ended keeps its status: where s.Subscription has another one, the row stays as it is.", subscriptionEndedStays},
	{"what has ended stays so among 16 applies", "A subscription that has ended keeps its status, whatever is applied at once.", subscriptionEndedAtOnce},
	{"what has ended still takes its ticket", "The ticket of a refused status counts as applied all the same, with everything else that it brought.", subscriptionEndedTakesTicket},
	{"what has ended still takes other news", "A stored subscription that has ended is replaced by one of the same status.", subscriptionEndedUpdates},
	{"the current one is the newest that is live", "CurrentSubscription: of those active, trialing or past_due the newest, by (CreatedAt, ID).", subscriptionCurrentLive},
	{"else the newest that has not ended", "CurrentSubscription: without a live one the newest that has not ended; a status to come has not ended.", subscriptionCurrentOther},
	{"the current one is of its user and place", "CurrentSubscription reads only the user's own, in the project and mode given.", subscriptionCurrentOfUser},
	{"a user may appear and change", "A subscription may come to belong to a user later, or to another one.", subscriptionUserChanges},
	{"a user stays where the new one isn't known", "A stored row keeps its user where s has none, with everything else replaced and told.", subscriptionUserStays},
	{"whole numbers are kept", "Amounts are whole minor units: each int64 is kept as it is.", subscriptionNumbersKept},
	{"text is kept byte by byte", "Text is kept byte by byte, a status or currency that nobody knows too.", subscriptionTextKept},
	{"times are kept", "Times are kept as UTC with at least microsecond precision; the zero time stays zero.", subscriptionTimesKept},
}

// newSubscription is subscription number n of a place, with no field left zero that may be set.
func newSubscription(p place, n int) payments.Subscription {
	return payments.Subscription{
		ID: uuid("subscription", p, n), Project: p.project, Mode: p.mode, User: "u1",
		SubscriptionID: fmt.Sprintf("sub_%d", n), CustomerID: "cus_1", Status: payments.StatusActive,
		PlanName: "Plus", PriceID: "price_1", ItemID: "si_1", Quantity: 2, Amount: 2400, Currency: "usd",
		Interval: "year", IntervalCount: 1, MRR: 200,
		CurrentPeriodStart: at(100 + n), CurrentPeriodEnd: at(200 + n),
		CancelAtPeriodEnd: true, CancelAt: at(300), CanceledAt: at(301), EndedAt: at(302), TrialEnd: at(303), CreatedAt: at(n),
	}
}

func objectOf(s payments.Subscription) payments.Object {
	return place{s.Project, s.Mode}.object(payments.KindSubscription, s.SubscriptionID)
}

// subscribe has each subscription applied, under a ticket of its own.
func (c *check) subscribe(subscriptions ...payments.Subscription) {
	c.Helper()
	for _, s := range subscriptions {
		c.sync(objectOf(s), payments.Synced{Subscription: &s})
	}
}

// subscribed complains unless the stored row is want.
func (c *check) subscribed(want payments.Subscription) {
	c.Helper()
	got, err := c.Subscription(c.ctx, want.Project, want.Mode, want.SubscriptionID)
	c.must(err)
	c.equal("Subscription", got, want)
}

func (c *check) noSubscription(p place, id string) {
	c.Helper()
	_, err := c.Subscription(c.ctx, p.project, p.mode, id)
	c.kind(fmt.Sprintf("Subscription %q in %s", id, p), err, payments.ErrNotFound)
}

// current complains unless the user's current subscription is want; the zero one stands for ErrNotFound.
func (c *check) current(p place, user payments.UserID, want payments.Subscription) {
	c.Helper()
	got, err := c.CurrentSubscription(c.ctx, p.project, p.mode, user)
	if want.ID == "" {
		c.kind(fmt.Sprintf("CurrentSubscription of %s in %s", user, p), err, payments.ErrNotFound)
		return
	}
	c.must(err)
	c.equal("CurrentSubscription", got, want)
}

func subscriptionKept(c *check) {
	full := newSubscription(home, 1)
	bare := payments.Subscription{
		ID: uuid("bare"), Project: home.project, Mode: home.mode, SubscriptionID: "sub_2", Status: payments.StatusIncomplete, CreatedAt: at(0),
	}
	c.subscribe(full, bare)
	c.subscribed(full)
	c.subscribed(bare)
}

func subscriptionUnknown(c *check) {
	c.noSubscription(home, "sub_1")
	c.subscribe(newSubscription(home, 1))
	for _, id := range []string{"", "sub_", "sub_2", "SUB_1", "sub-1", "sub_%"} {
		c.noSubscription(home, id)
	}
	for _, p := range elsewhere {
		c.noSubscription(p, "sub_1")
		c.current(p, "u1", payments.Subscription{})
	}
	c.current(home, "u2", payments.Subscription{})
}

func subscriptionReplaced(c *check) {
	first := newSubscription(home, 1)
	c.subscribe(first)
	second := payments.Subscription{
		ID: uuid("second"), Project: home.project, Mode: home.mode, SubscriptionID: "sub_1", Status: payments.StatusPaused, CreatedAt: at(9),
	}
	c.subscribe(second)
	second.ID, second.User = first.ID, first.User // which no row without a user replaces
	c.subscribed(second)
	c.equal("how many there are", c.countSubscriptions(home.scope(), payments.Filter{}), int64(1))
}

func subscriptionInEveryPlace(c *check) {
	for i, p := range everywhere() {
		s := newSubscription(p, 1)
		s.PlanName = fmt.Sprint("plan ", i)
		c.subscribe(s)
	}
	for i, p := range everywhere() {
		s := newSubscription(p, 1)
		s.PlanName = fmt.Sprint("plan ", i)
		c.subscribed(s)
		c.current(p, "u1", s)
		c.equal("how many in "+p.String(), c.countSubscriptions(p.scope(), payments.Filter{}), int64(1))
	}
}

// inStatus is subscription number n of home in a status, with the monthly revenue that goes with it.
func inStatus(n int, status string) payments.Subscription {
	s := newSubscription(home, n)
	s.Status = status
	if status != payments.StatusActive && status != payments.StatusPastDue {
		s.MRR = 0
	}
	return s
}

func subscriptionEndedStays(c *check) {
	others := []string{payments.StatusActive, payments.StatusIncomplete, payments.StatusPaused, payments.StatusCanceled, payments.StatusIncompleteExpired, "to_come"}
	for n, status := range []string{payments.StatusCanceled, payments.StatusIncompleteExpired} {
		want := inStatus(n, status)
		c.subscribe(want)
		for _, other := range others {
			late := inStatus(n, other)
			late.PlanName, late.Amount = "late", 7
			if other != status {
				c.subscribe(late)
				c.subscribed(want)
			}
		}
	}
	c.current(home, "u1", payments.Subscription{})
	c.recounted()
}

// subscriptionEndedAtOnce lets one of 16 tickets bring the end. If it was applied at all, nothing comes after it.
func subscriptionEndedAtOnce(c *check) {
	for round := range 4 {
		s := newSubscription(home, round)
		tickets := make([]payments.Ticket, 16)
		for i := range tickets {
			tickets[i] = c.claim(objectOf(s), at(i), at(60))
		}
		var ended bool
		together(len(tickets), func(i int) {
			mine := s
			if i == 4 {
				mine = inStatus(round, payments.StatusCanceled)
			}
			applied, err := c.ApplySync(c.ctx, payments.Synced{Ticket: tickets[i], Now: at(20), Subscription: &mine})
			if err != nil {
				c.Errorf("ApplySync: %v", err)
			}
			if i == 4 {
				ended = applied
			}
		})
		if ended {
			s = inStatus(round, payments.StatusCanceled)
		}
		c.subscribed(s)
	}
	c.recounted()
}

func subscriptionEndedTakesTicket(c *check) {
	want := inStatus(1, payments.StatusCanceled)
	c.subscribe(want)
	e := newEvent(objectOf(want), 1)
	c.add(e)
	s := everything(c.claim(objectOf(want), at(2), at(60)), 3)
	s.Notify, s.ChangeID, s.Payment = true, uuid("change"), nil
	c.apply(s)
	c.subscribed(want)
	c.storedCustomer(*s.Customer)
	c.inbox(home, processed(e, 3))
	c.queue(home, waiting(s.Requests[0], 3))
	c.equal("changes", c.outbox(), []payments.Change{})
	c.applyStale(s)
}

func subscriptionEndedUpdates(c *check) {
	want := inStatus(1, payments.StatusCanceled)
	c.subscribe(want)
	want.PlanName, want.EndedAt = "renamed", at(400)
	c.subscribe(want)
	c.subscribed(want)
}

func subscriptionCurrentLive(c *check) {
	for n, status := range []string{payments.StatusPastDue, payments.StatusTrialing, payments.StatusActive} {
		s := inStatus(n, status)
		c.subscribe(s)
		c.current(home, "u1", s)
	}
	want := newSubscription(home, 2)
	for n, status := range []string{payments.StatusIncomplete, payments.StatusPaused, payments.StatusUnpaid, payments.StatusCanceled, "to_come"} {
		c.subscribe(inStatus(10+n, status))
		c.current(home, "u1", want)
	}
	for n := range 8 { // the same moment: the greater ID wins
		s := newSubscription(home, 50+n)
		s.CreatedAt = at(50)
		c.subscribe(s)
		if want.CreatedAt.Before(at(50)) || s.ID > want.ID {
			want = s
		}
		c.current(home, "u1", want)
	}
}

func subscriptionCurrentOther(c *check) {
	var want payments.Subscription
	for n, status := range []string{"to_come", payments.StatusIncomplete, payments.StatusPaused, payments.StatusUnpaid, payments.StatusCanceled, payments.StatusIncompleteExpired} {
		s := inStatus(n, status)
		c.subscribe(s)
		if !s.Ended() {
			want = s
		}
		c.current(home, "u1", want)
	}
}

func subscriptionCurrentOfUser(c *check) {
	for n, user := range []payments.UserID{"user_1", "user-1", "USER_1", "user_11", ""} {
		s := newSubscription(home, n)
		s.User = user
		c.subscribe(s)
	}
	for n, p := range elsewhere {
		s := newSubscription(p, 50+n)
		s.User = "user_1"
		c.subscribe(s)
	}
	want := newSubscription(home, 0)
	want.User = "user_1"
	c.current(home, "user_1", want)
}

func subscriptionUserChanges(c *check) {
	s := newSubscription(home, 1)
	for _, user := range []payments.UserID{"", "u1", "u2", "u1"} {
		s.User = user
		c.subscribe(s)
		c.subscribed(s)
		for _, other := range []payments.UserID{"u1", "u2"} {
			if other == user {
				c.current(home, other, s)
			} else {
				c.current(home, other, payments.Subscription{})
			}
		}
	}
}

func subscriptionUserStays(c *check) {
	want := newSubscription(home, 1)
	c.subscribe(want)
	unknown := want
	unknown.User = ""
	c.sync(objectOf(want), payments.Synced{Subscription: &unknown, Notify: true, ChangeID: uuid("nothing")})
	c.equal("changes where only the user is unknown", c.outbox(), []payments.Change{})
	want.PlanName, unknown.PlanName = "renamed", "renamed"
	c.sync(objectOf(want), payments.Synced{Subscription: &unknown, Notify: true, ChangeID: uuid("renamed")})
	c.subscribed(want)
	c.current(home, "u1", want)
	told := c.outbox()
	c.equal("how many changes", len(told), 1)
	c.equal("whose the change is", told[0].User, payments.UserID("u1"))
}

func subscriptionNumbersKept(c *check) {
	for _, n := range []int64{0, 1, -1, 1<<53 + 1, math.MaxInt64, math.MinInt64} {
		s := newSubscription(home, 1)
		s.Quantity, s.Amount, s.IntervalCount = n, n, n
		c.subscribe(s)
		c.subscribed(s)
	}
}

func subscriptionTextKept(c *check) {
	for n, text := range texts() {
		s := newSubscription(home, n)
		s.PlanName, s.Interval, s.PriceID = text, text, text
		if len(text) < 100 {
			s.Status, s.MRR, s.Currency, s.CustomerID, s.ItemID = text, 0, text, text, text
		}
		c.subscribe(s)
		c.subscribed(s)
	}
	c.recounted()
}

func subscriptionTimesKept(c *check) {
	for n, when := range times() {
		s := newSubscription(home, n)
		for _, field := range []*time.Time{
			&s.CurrentPeriodStart, &s.CurrentPeriodEnd, &s.CancelAt, &s.CanceledAt, &s.EndedAt, &s.TrialEnd, &s.CreatedAt,
		} {
			*field = when
		}
		c.subscribe(s)
		c.subscribed(s)
	}
}

func (c *check) subscriptions(scope payments.Scope, f payments.Filter, w payments.Window) []payments.Subscription {
	c.Helper()
	got, err := c.Subscriptions(c.ctx, scope, f, w)
	c.must(err)
	return got
}

func (c *check) countSubscriptions(scope payments.Scope, f payments.Filter) int64 {
	c.Helper()
	got, err := c.CountSubscriptions(c.ctx, scope, f)
	c.must(err)
	return got
}
