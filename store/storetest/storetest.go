// Package storetest is the conformance test of a [payments.Store].
//
// Whoever writes a driver calls Run from one test of it, with a function that opens a store which holds nothing:
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) payments.Store {
//			s, err := mydriver.Open(t.TempDir())
//			if err != nil {
//				t.Fatal(err)
//			}
//			t.Cleanup(func() { s.Close() })
//			return s
//		})
//	}
//
// Run checks each sentence of the comments in package payments that a store can break, as a subtest named for the rule; a
// failing one also logs the rule in full. What passes may be trusted by a Service with somebody's money. To work on one
// promise, pick it as any subtest:
//
//	go test -run 'TestStore/sync/an_older_ticket_writes_nothing_at_all'
//
// The function is called once for each promise, one promise after the other. It may hand out the same database each time if it
// empties it first. Some promises call the store from 32 goroutines, so the store must queue callers beyond the connections that it has.
//
// What the suite gives a store is what a Service would give it: identifiers that are Valid, UUIDs where a field's comment
// says UUID, text that is valid UTF-8 without NUL, tickets that the store itself handed out.
//
// Two groups run random programs, of which "model" compares the store's answers, step by step, with those of a
// simple model in memory. They log their seed; the environment variable STORETEST_SEED repeats a run of it.
//
// Not in here, because it takes more than one handle on a database, is what a driver should test besides: that a
// commit survives a crash of the process, that several processes may share the database where it allows them, that
// migrations can run at the same time, and that counted lists don't slow down as rows are added.
package storetest

import (
	"slices"
	"testing"

	"github.com/manytenants/payments"
)

// A promise is one rule that a store keeps, with the check of it.
type promise struct {
	name  string // the rule in short; the name of the subtest
	rule  string // the rule in full, as the comments of package payments put it
	check func(c *check)
}

// A group is the promises of one noun, in the file of that noun.
type group struct {
	name     string
	promises []promise
}

func groups() []group {
	return []group{
		{"store", storePromises},
		{"config", configPromises},
		{"customer", customerPromises},
		{"webhook", webhookPromises},
		{"sync", syncPromises},
		{"subscription", subscriptionPromises},
		{"payment", paymentPromises},
		{"page", pagePromises()},
		{"stats", statsPromises},
		{"change", slices.Concat(changePromises, changeClaimPromises)},
		{"model", modelPromises},
	}
}

// Run checks that the stores which open returns keep every promise of [payments.Store], each promise in a subtest with a
// store of its own. Open must return a store that is migrated and holds nothing, fails t where it can't, and leaves
// closing to t.Cleanup. A failed promise doesn't keep the others from running.
func Run(t *testing.T, open func(t *testing.T) payments.Store) {
	for _, g := range groups() {
		t.Run(g.name, func(t *testing.T) {
			for _, p := range g.promises {
				t.Run(p.name, func(t *testing.T) {
					p.verify(t, open(t))
				})
			}
		})
	}
}
