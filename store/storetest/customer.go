package storetest

import (
	"fmt"
	"slices"

	"github.com/manytenants/payments"
)

var customerPromises = []promise{
	{"a claim is returned as it was made", "ClaimCustomer inserts c and returns what is stored then; Customer reads the same.", customerKept},
	{"what is not there is ErrNotFound", "Customer, CustomerByStripeID, AttemptCustomer and SetCustomerID: ErrNotFound where there is no row.", customerUnknown},
	{"the first claim stays", "ClaimCustomer inserts c unless its (project, mode, user) is there already, and returns what is stored then.", customerFirstClaimStays},
	{"one of 16 claims is stored", "Of several concurrent claims one is stored and all callers get it.", customerOneClaim},
	{"AttemptCustomer begins the next attempt", "It sets Attempt, AttemptedAt and Email, and nothing else, where the row still has c.Claim, no CustomerID and Attempt c.Attempt-1.", customerAttempted},
	{"AttemptCustomer of any other attempt changes nothing", "It returns what is stored then: the same attempt again, an attempt further on, another claim's and one of a completed claim are not stored.", customerOtherAttempt},
	{"one of 16 attempts is stored", "Of several concurrent calls for one attempt one is stored and all callers get it.", customerOneAttempt},
	{"SetCustomerID completes a claim", "It sets CustomerID, and nothing else, where the row still has c.Claim and no CustomerID.", customerCompleted},
	{"SetCustomerID of another claim changes nothing", "It sets CustomerID where the row still has c.Claim, and returns what is stored then.", customerOtherClaim},
	{"SetCustomerID never replaces an ID", "It sets CustomerID where the row has no CustomerID, and returns what is stored then.", customerIDStays},
	{"one of 16 IDs is stored", "Of several concurrent completions of a claim one is stored and all callers get it.", customerOneID},
	{"claims without an ID are many and not found by none", "Any number of claims may wait for Stripe's answer; CustomerByStripeID of \"\" finds none of them.", customerWithoutID},
	{"the same user and ID may be in every place", "A row is a row of its project and mode; the same Stripe account may serve two projects.", customerInEveryPlace},
	{"users differ by every byte", "Identifiers are compared byte by byte.", customerUsersDiffer},
	{"text and times are kept", "Text is kept byte by byte; times as UTC with at least microsecond precision.", customerTextAndTimesKept},
}

func newCustomer(p place, user payments.UserID) payments.Customer {
	return payments.Customer{
		Project: p.project, Mode: p.mode, User: user, Claim: uuid("claim", p, user),
		Email: string(user) + "@example.com", CreatedAt: at(0), AttemptedAt: at(0),
	}
}

// withID is a customer as Stripe knows it.
func withID(customer payments.Customer, id string) payments.Customer {
	customer.CustomerID = id
	return customer
}

func (c *check) claimCustomer(customer payments.Customer) payments.Customer {
	c.Helper()
	got, err := c.ClaimCustomer(c.ctx, customer)
	c.must(err)
	return got
}

// attempt is a claim as its n-th attempt changes it.
func attempt(customer payments.Customer, n int64) payments.Customer {
	customer.Attempt, customer.AttemptedAt, customer.Email = n, at(int(n)), fmt.Sprintf("attempt%d@example.com", n)
	return customer
}

func (c *check) attemptCustomer(customer payments.Customer) payments.Customer {
	c.Helper()
	got, err := c.AttemptCustomer(c.ctx, customer)
	c.must(err)
	return got
}

func (c *check) setCustomerID(customer payments.Customer) payments.Customer {
	c.Helper()
	got, err := c.SetCustomerID(c.ctx, customer)
	c.must(err)
	return got
}

// storedCustomer complains unless the row of want's user is want, whichever way it is read.
func (c *check) storedCustomer(want payments.Customer) {
	c.Helper()
	got, err := c.Customer(c.ctx, want.Project, want.Mode, want.User)
	c.must(err)
	c.equal("Customer", got, want)
	if want.CustomerID == "" {
		return
	}
	got, err = c.CustomerByStripeID(c.ctx, want.Project, want.Mode, want.CustomerID)
	c.must(err)
	c.equal("CustomerByStripeID", got, want)
}

// noCustomer complains unless neither the user nor the ID has a row.
func (c *check) noCustomer(p place, user payments.UserID, id string) {
	c.Helper()
	_, err := c.Customer(c.ctx, p.project, p.mode, user)
	c.kind(fmt.Sprintf("Customer %s in %s", user, p), err, payments.ErrNotFound)
	_, err = c.CustomerByStripeID(c.ctx, p.project, p.mode, id)
	c.kind(fmt.Sprintf("CustomerByStripeID %q in %s", id, p), err, payments.ErrNotFound)
}

func customerKept(c *check) {
	open, known := newCustomer(home, "u1"), withID(newCustomer(home, "u2"), "cus_2")
	c.equal("ClaimCustomer", c.claimCustomer(open), open)
	c.equal("ClaimCustomer with an ID", c.claimCustomer(known), known)
	c.storedCustomer(open)
	c.storedCustomer(known)
}

func customerUnknown(c *check) {
	customer := withID(newCustomer(home, "u1"), "cus_1")
	for _, p := range everywhere() {
		c.noCustomer(p, "u1", "cus_1")
	}
	_, err := c.SetCustomerID(c.ctx, customer)
	c.kind("SetCustomerID of nothing", err, payments.ErrNotFound)
	_, err = c.AttemptCustomer(c.ctx, attempt(newCustomer(home, "u1"), 1))
	c.kind("AttemptCustomer of nothing", err, payments.ErrNotFound)
	c.claimCustomer(customer)
	for _, p := range elsewhere {
		c.noCustomer(p, "u1", "cus_1")
		_, err := c.SetCustomerID(c.ctx, withID(newCustomer(p, "u1"), "cus_1"))
		c.kind(fmt.Sprintf("SetCustomerID in %s", p), err, payments.ErrNotFound)
		_, err = c.AttemptCustomer(c.ctx, attempt(newCustomer(p, "u1"), 1))
		c.kind(fmt.Sprintf("AttemptCustomer in %s", p), err, payments.ErrNotFound)
	}
	c.noCustomer(home, "u2", "cus_2")
}

func customerFirstClaimStays(c *check) {
	first, second := newCustomer(home, "u1"), withID(newCustomer(home, "u1"), "cus_9")
	second.Claim, second.Email, second.CreatedAt = uuid("second"), "second@example.com", at(1)
	c.claimCustomer(first)
	c.equal("a second ClaimCustomer", c.claimCustomer(second), first)
	c.storedCustomer(first)
	c.equal("the same claim again", c.claimCustomer(first), first)
}

func customerOneClaim(c *check) {
	got := make([]payments.Customer, 16)
	together(len(got), func(i int) {
		claim := newCustomer(home, "u1")
		claim.Claim = uuid("claim", i)
		var err error
		if got[i], err = c.ClaimCustomer(c.ctx, claim); err != nil {
			c.Errorf("ClaimCustomer: %v", err)
		}
	})
	for _, customer := range got {
		c.equal("what another caller got", customer, got[0])
	}
	c.storedCustomer(got[0])
}

func customerAttempted(c *check) {
	claim := c.claimCustomer(newCustomer(home, "u1"))
	c.claimCustomer(newCustomer(home, "u2"))
	for n := range int64(3) {
		want := attempt(claim, n+1)
		given := want
		given.CustomerID, given.CreatedAt = "cus_1", at(7)
		c.equal("AttemptCustomer", c.attemptCustomer(given), want)
		c.storedCustomer(want)
	}
	c.storedCustomer(newCustomer(home, "u2"))
}

func customerOtherAttempt(c *check) {
	claim := c.claimCustomer(newCustomer(home, "u1"))
	want := c.attemptCustomer(attempt(claim, 1))
	other := attempt(claim, 2)
	other.Claim = uuid("another claim")
	again := attempt(claim, 1)
	again.AttemptedAt = at(9)
	for _, refused := range []payments.Customer{again, attempt(claim, 0), attempt(claim, 3), other} {
		c.equal(fmt.Sprintf("AttemptCustomer %d of %s", refused.Attempt, refused.Claim), c.attemptCustomer(refused), want)
		c.storedCustomer(want)
	}
	done := withID(want, "cus_1")
	c.setCustomerID(done)
	c.equal("AttemptCustomer of a completed claim", c.attemptCustomer(attempt(claim, 2)), done)
	c.storedCustomer(done)
}

func customerOneAttempt(c *check) {
	claim := c.claimCustomer(newCustomer(home, "u1"))
	got := make([]payments.Customer, 16)
	together(len(got), func(i int) {
		next := attempt(claim, 1)
		next.AttemptedAt = at(i)
		var err error
		if got[i], err = c.AttemptCustomer(c.ctx, next); err != nil {
			c.Errorf("AttemptCustomer: %v", err)
		}
	})
	for _, customer := range got {
		c.equal("what another caller got", customer, got[0])
	}
	c.storedCustomer(got[0])
}

func customerCompleted(c *check) {
	want := withID(newCustomer(home, "u1"), "cus_1")
	c.claimCustomer(newCustomer(home, "u1"))
	c.claimCustomer(newCustomer(home, "u2"))
	given := want
	given.Email, given.CreatedAt = "other@example.com", at(7)
	c.equal("SetCustomerID", c.setCustomerID(given), want)
	c.storedCustomer(want)
	c.storedCustomer(newCustomer(home, "u2"))
}

func customerOtherClaim(c *check) {
	want := newCustomer(home, "u1")
	c.claimCustomer(want)
	other := withID(want, "cus_1")
	other.Claim = uuid("another claim")
	c.equal("SetCustomerID", c.setCustomerID(other), want)
	c.noCustomer(home, "u2", "cus_1")
	c.storedCustomer(want)
}

func customerIDStays(c *check) {
	want := withID(newCustomer(home, "u1"), "cus_1")
	c.claimCustomer(newCustomer(home, "u1"))
	c.setCustomerID(want)
	c.equal("SetCustomerID of another ID", c.setCustomerID(withID(want, "cus_2")), want)
	c.equal("SetCustomerID again", c.setCustomerID(want), want)
	c.storedCustomer(want)
	c.noCustomer(home, "u2", "cus_2")
}

func customerOneID(c *check) {
	claim := c.claimCustomer(newCustomer(home, "u1"))
	got := make([]payments.Customer, 16)
	together(len(got), func(i int) {
		var err error
		if got[i], err = c.SetCustomerID(c.ctx, withID(claim, fmt.Sprintf("cus_%d", i))); err != nil {
			c.Errorf("SetCustomerID: %v", err)
		}
	})
	for _, customer := range got {
		c.equal("what another caller got", customer, got[0])
	}
	c.storedCustomer(got[0])
	if got[0].CustomerID == "" {
		c.Errorf("no ID was stored")
	}
}

func customerWithoutID(c *check) {
	for _, user := range []payments.UserID{"u1", "u2", "u3"} {
		c.claimCustomer(newCustomer(home, user))
		c.storedCustomer(newCustomer(home, user))
	}
	_, err := c.CustomerByStripeID(c.ctx, home.project, home.mode, "")
	c.kind(`CustomerByStripeID of ""`, err, payments.ErrNotFound)
}

func customerInEveryPlace(c *check) {
	for _, p := range everywhere() {
		c.claimCustomer(newCustomer(p, "u1"))
	}
	for i, p := range everywhere() {
		c.setCustomerID(withID(newCustomer(p, "u1"), "cus_1"))
		for _, later := range everywhere()[i+1:] {
			c.storedCustomer(newCustomer(later, "u1"))
		}
	}
	for _, p := range everywhere() {
		c.storedCustomer(withID(newCustomer(p, "u1"), "cus_1"))
	}
}

func customerUsersDiffer(c *check) {
	users := []payments.UserID{"user_1", "user-1", "USER_1", "user_", "user_11", "~", "_"}
	for i, user := range users {
		c.claimCustomer(withID(newCustomer(home, user), fmt.Sprintf("cus_%d", i)))
	}
	slices.Reverse(users)
	for i, user := range users {
		c.storedCustomer(withID(newCustomer(home, user), fmt.Sprintf("cus_%d", len(users)-1-i)))
	}
	c.noCustomer(home, "User_1", "CUS_1")
}

func customerTextAndTimesKept(c *check) {
	for i, text := range texts() {
		want := withID(newCustomer(home, payments.UserID(fmt.Sprintf("t%d", i))), fmt.Sprintf("cus_t%d", i))
		want.Email = text
		c.equal("ClaimCustomer", c.claimCustomer(want), want)
		c.storedCustomer(want)
	}
	for i, when := range times() {
		want := newCustomer(home, payments.UserID(fmt.Sprintf("w%d", i)))
		want.CreatedAt, want.AttemptedAt = when, when
		c.equal("ClaimCustomer", c.claimCustomer(want), want)
		c.storedCustomer(want)
	}
}
