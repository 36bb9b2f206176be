package storetest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/manytenants/payments"
)

// A list is one of the two lists that a Scope, a Filter and a Window select from.
type list struct {
	name  string
	put   func(c *check, rows ...row)
	rows  func(c *check, scope payments.Scope, f payments.Filter, w payments.Window) []row
	count func(c *check, scope payments.Scope, f payments.Filter) int64
}

// A row is what lists know of a subscription or a payment.
type row struct {
	place
	StripeID  string
	ID        string
	User      payments.UserID
	Status    string
	CreatedAt time.Time
}

// String shows a row where a list isn't what it should be.
func (r row) String() string {
	return fmt.Sprintf("%s in %s of %s (%s, %q, ID %s)", r.StripeID, r.place, r.CreatedAt.Format(time.RFC3339Nano), r.User, r.Status, r.ID)
}

var subscriptionList = list{
	name: "Subscriptions",
	put: func(c *check, rows ...row) {
		for _, r := range rows {
			s := newSubscription(r.place, 0)
			s.SubscriptionID, s.ID, s.User, s.Status, s.MRR, s.CreatedAt = r.StripeID, r.ID, r.User, r.Status, 0, r.CreatedAt
			c.subscribe(s)
		}
	},
	rows: func(c *check, scope payments.Scope, f payments.Filter, w payments.Window) []row {
		var rows []row
		for _, s := range c.subscriptions(scope, f, w) {
			rows = append(rows, row{place{s.Project, s.Mode}, s.SubscriptionID, s.ID, s.User, s.Status, s.CreatedAt})
		}
		return rows
	},
	count: (*check).countSubscriptions,
}

var paymentList = list{
	name: "Payments",
	put: func(c *check, rows ...row) {
		for _, r := range rows {
			paid := newPayment(r.place, 0)
			paid.Source, paid.InvoiceID, paid.ID, paid.User, paid.Status, paid.CreatedAt = r.StripeID, r.StripeID, r.ID, r.User, r.Status, r.CreatedAt
			c.pay(paid)
		}
	},
	rows: func(c *check, scope payments.Scope, f payments.Filter, w payments.Window) []row {
		var rows []row
		for _, p := range c.payments(scope, f, w) {
			rows = append(rows, row{place{p.Project, p.Mode}, p.Source, p.ID, p.User, p.Status, p.CreatedAt})
		}
		return rows
	},
	count: (*check).countPayments,
}

// newestFirst orders rows as lists do: by time and ID, both descending.
func newestFirst(t1 time.Time, id1 string, t2 time.Time, id2 string) int {
	if c := t2.Compare(t1); c != 0 {
		return c
	}
	return strings.Compare(id2, id1)
}

func sorted(rows []row) []row {
	return slices.SortedFunc(slices.Values(rows), func(a, b row) int { return newestFirst(a.CreatedAt, a.ID, b.CreatedAt, b.ID) })
}

func (r row) key() payments.Keyset { return payments.Keyset{CreatedAt: r.CreatedAt, ID: r.ID} }

// newRow is row number n of a place; three at a time have the same moment.
func newRow(p place, n int) row {
	return row{p, fmt.Sprintf("x_%03d", n), uuid("row", p, n), "u1", payments.StatusActive, at(n / 3)}
}

func newRows(p place, n int) []row {
	rows := make([]row, n)
	for i := range rows {
		rows[i] = newRow(p, i)
	}
	return rows
}

// scope is the set of rows of all the places' projects and modes.
func scope(places ...place) payments.Scope {
	var s payments.Scope
	for _, p := range places {
		if !slices.Contains(s.Projects, p.project) {
			s.Projects = append(s.Projects, p.project)
		}
		if !slices.Contains(s.Modes, p.mode) {
			s.Modes = append(s.Modes, p.mode)
		}
	}
	return s
}

// listed complains unless the query brings want, in order, and as many are counted.
func (l list) listed(c *check, what string, s payments.Scope, f payments.Filter, want ...row) {
	c.Helper()
	c.equal(what, l.rows(c, s, f, payments.Window{Limit: 10000}), sorted(want))
	c.equal(what+": count", l.count(c, s, f), int64(len(want)))
}

// pagePromises are the promises of the two lists, each made for both.
func pagePromises() []promise {
	var all []promise
	for _, l := range []list{subscriptionList, paymentList} {
		for _, p := range slices.Concat(filterPromises, walkPromises) {
			all = append(all, promise{l.name + ": " + p.name, p.rule, func(c *check) { p.check(c, l) }})
		}
	}
	return all
}

// A listPromise is a promise that both lists make.
type listPromise struct {
	name  string
	rule  string
	check func(c *check, l list)
}
