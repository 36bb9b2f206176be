package stripetest

import "slices"

// keptRecords is how many requests, attempts to deliver and, for each account and mode, events the server
// remembers: the newest. A demo may run for months.
const keptRecords = 10_000

// recent is a log that forgets. It holds up to twice what is kept, so that forgetting is rare.
type recent[T any] struct{ records []T }

func (r *recent[T]) add(record T) {
	if len(r.records) >= 2*keptRecords {
		r.records = slices.Clone(r.records[len(r.records)-keptRecords+1:])
	}
	r.records = append(r.records, record)
}

func (r *recent[T]) newest() []T {
	return slices.Clone(r.records[max(0, len(r.records)-keptRecords):])
}

// forgetEvents drops an account's oldest events once there are twice as many as are kept.
func (a *Account) forgetEvents() {
	ids := a.order["event"]
	if len(ids) < 2*keptRecords {
		return
	}
	old := len(ids) - keptRecords
	for _, id := range ids[:old] {
		delete(a.objects, id)
	}
	a.order["event"] = slices.Clone(ids[old:])
}
