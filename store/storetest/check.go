package storetest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/manytenants/payments"
)

// A reporter is what a check needs of a *testing.T. The suite's own test puts a recorder in its place.
type reporter interface {
	Context() context.Context
	Helper()
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Failed() bool
}

// A check is what the test of one promise works with: a store that holds nothing yet, and the means to complain.
type check struct {
	reporter
	payments.Store
	ctx context.Context
}

// verify runs the promise's check on a store. A store that hangs is cut off after a while.
func (p promise) verify(r reporter, s payments.Store) {
	ctx, cancel := context.WithTimeout(r.Context(), 5*time.Minute)
	defer cancel()
	defer func() {
		if r.Failed() {
			r.Logf("the rule: %s", p.rule)
		}
	}()
	p.check(&check{reporter: r, Store: s, ctx: ctx})
}

// must ends the check where a call that has to succeed did not.
func (c *check) must(err error) {
	c.Helper()
	if err != nil {
		c.Fatalf("unexpected error: %v", err)
	}
}

// equal complains where got is not what it should be, field by field.
func (c *check) equal(what string, got, want any) {
	c.Helper()
	if d := diff(got, want); d != "" {
		c.Errorf("%s: %s", what, d)
	}
}

// kind complains unless err unwraps to the kind.
func (c *check) kind(what string, err, kind error) {
	c.Helper()
	if !errors.Is(err, kind) {
		c.Errorf("%s: got error %v, want one that unwraps to %q", what, err, kind)
	}
}

// A place is what every key begins with.
type place struct {
	project payments.ProjectID
	mode    payments.Mode
}

// home is where checks write. elsewhere are places whose rows must never be taken for those of home: the other mode, and projects
// that only a store which compares by pattern, or without regard to case, would confuse with it.
var (
	home      = place{"shop_1", payments.Test}
	elsewhere = []place{{"shop_1", payments.Live}, {"shop-1", payments.Test}, {"SHOP_1", payments.Test}}
)

func everywhere() []place { return append([]place{home}, elsewhere...) }

func (p place) object(kind payments.Kind, id string) payments.Object {
	return payments.Object{Project: p.project, Mode: p.mode, Kind: kind, ID: id}
}

func (p place) scope() payments.Scope {
	return payments.Scope{Projects: []payments.ProjectID{p.project}, Modes: []payments.Mode{p.mode}}
}

// at is a moment of the checks' clock, n minutes after it begins.
func at(n int) time.Time {
	return time.Date(2026, 1, 2, 3, 4, 5, 678901000, time.UTC).Add(time.Duration(n) * time.Minute)
}

// uuid returns the same UUID for the same parts, and another one for others.
func uuid(parts ...any) string {
	h := sha256.Sum256(fmt.Appendf(nil, "%q", parts))
	h[6], h[8] = h[6]&0x0f|0x40, h[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", h[:4], h[4:6], h[6:8], h[8:10], h[10:16])
}

// together calls f n times at once, with 0 to n-1, and waits for all of them. f must not end the check.
func together(n int, f func(i int)) {
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-start
			f(i)
		})
	}
	close(start)
	all.Wait()
}

// String names the place where a check complains.
func (p place) String() string { return fmt.Sprintf("%s/%s", p.project, p.mode) }
