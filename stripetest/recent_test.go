package stripetest

import (
	"testing"
	"time"
)

func TestLogsForgetTheirOldest(t *testing.T) {
	var log recent[int]
	for i := range 5*keptRecords + 3 {
		log.add(i)
		if n := len(log.records); n > 2*keptRecords {
			t.Fatalf("%d records are held", n)
		}
	}
	all := log.newest()
	if first, last := all[0], all[len(all)-1]; len(all) != keptRecords || first != 4*keptRecords+3 || last != 5*keptRecords+2 {
		t.Errorf("%d records from %d to %d", len(all), first, last)
	}
}

func TestAccountForgetsItsOldestEvents(t *testing.T) {
	server := New(&Options{Now: func() time.Time { return time.Unix(1700000000, 0) }})
	t.Cleanup(server.Close)
	account := server.Account("sk_test_shop")
	server.mu.Lock()
	for range 2*keptRecords + 5 {
		account.publish(object{"id": account.newID("evt"), "object": "event", "type": "customer.updated"}, true)
	}
	server.mu.Unlock()
	if n := len(account.Objects("event")); n != keptRecords+5 {
		t.Errorf("%d events are held", n)
	}
}
