package storetest

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/manytenants/payments"
)

var modelPromises = []promise{
	{"a random program gets the model's answers", "Whatever the order of calls, each answer and error is the one that the comments say.", programAgrees},
	{"counters equal a recount after a random program", "Totals and counts are always equal to a recount.", programRecounts},
	{"a concurrent program loses and doubles nothing", "Each method is safe for concurrent use: whatever runs at once, nothing is lost, doubled or miscounted.", programAtOnce},
}

// seedOfRun is what random programs start from: that of the environment, or another one in each run.
func seedOfRun() uint64 {
	if seed, err := strconv.ParseUint(os.Getenv("STORETEST_SEED"), 10, 64); err == nil {
		return seed
	}
	return rand.Uint64()
}

// A program calls the store and the model alike, step by step, and complains where their answers differ.
type program struct {
	*check
	model   *model
	random  *rand.Rand
	step    int
	tickets []pair
	changes []payments.Change // that were delivered, acknowledged or not
}

// A pair are the tickets of one claim: the numbers that a store gives need not be the model's.
type pair struct {
	store, model payments.Ticket
	spent        bool // applied
}

func (c *check) program() *program {
	c.Helper()
	return &program{check: c, model: newModel(), random: c.random()}
}

func programAgrees(c *check) {
	p := c.program()
	for p.step = range 2000 {
		p.act()
		if p.step%3 == 0 {
			p.query()
		}
		if p.step%100 == 0 {
			p.compareAll()
		}
		if c.Failed() {
			c.Fatalf("the answers differ from step %d on", p.step)
		}
	}
}

func programRecounts(c *check) {
	p := c.program()
	for p.step = range 600 {
		p.claimObject()
		p.apply()
		if p.step%100 == 99 {
			c.recounted()
		}
	}
}

// act makes one of the calls that change something.
func (p *program) act() {
	acts := []func(){
		p.apply, p.apply, p.apply, p.apply, p.claimObject, p.claimObject, p.claimDue, p.addEvent, p.addEvent, p.request,
		p.retry, p.wake, p.putConfig, p.claimCustomer, p.attemptCustomer, p.setCustomerID, p.claimChanges, p.retryChange, p.ackChange,
	}
	acts[p.random.IntN(len(acts))]()
}

// now is the step's own moment, so that no two steps tie.
func (p *program) now() time.Time { return at(p.step) }

// lease is a moment some steps ahead.
func (p *program) lease() time.Time {
	return p.now().Add(time.Duration(p.random.IntN(1200)) * time.Second)
}

func pick[T any](p *program, of ...T) T { return of[p.random.IntN(len(of))] }

func (p *program) place() place          { return pick(p, everywhere()...) }
func (p *program) user() payments.UserID { return pick[payments.UserID](p, "u1", "u2", "u3") }

func (p *program) object() payments.Object {
	kind := pick(p, payments.KindSubscription, payments.KindInvoice)
	return p.place().object(kind, fmt.Sprint("x_", p.random.IntN(4)))
}

// same complains unless the store's answer is the model's, and its error of the same kind.
func (p *program) same(call string, got any, gotErr error, want any, wantErr error) {
	p.Helper()
	call = fmt.Sprintf("step %d: %s", p.step, call)
	for _, kind := range []error{payments.ErrNotFound, payments.ErrConflict} {
		if errors.Is(gotErr, kind) != errors.Is(wantErr, kind) {
			p.Errorf("%s: got error %v, want %v", call, gotErr, wantErr)
		}
	}
	if (gotErr == nil) != (wantErr == nil) {
		p.Errorf("%s: got error %v, want %v", call, gotErr, wantErr)
	}
	if wantErr == nil {
		p.equal(call, got, want)
	}
}

func (p *program) putConfig() {
	config := newConfig(p.place().project)
	stored, _ := p.model.Config(p.ctx, config.Project)
	config.Version = stored.Version + p.random.Int64N(3)
	if config.Version == 0 {
		config.Version = 1
	}
	config.Live.AccountID = fmt.Sprint("acct_", p.step)
	p.same("PutConfig", nil, p.PutConfig(p.ctx, config), nil, p.model.PutConfig(p.ctx, config))
}

func (p *program) claimCustomer() {
	customer := newCustomer(p.place(), p.user())
	customer.Claim = uuid("claim", p.step)
	got, gotErr := p.ClaimCustomer(p.ctx, customer)
	want, wantErr := p.model.ClaimCustomer(p.ctx, customer)
	p.same("ClaimCustomer", got, gotErr, want, wantErr)
}

func (p *program) attemptCustomer() {
	at := p.place()
	customer := newCustomer(at, p.user())
	if stored, err := p.model.Customer(p.ctx, at.project, at.mode, customer.User); err == nil && p.random.IntN(4) > 0 {
		customer.Claim = stored.Claim
	}
	customer = attempt(customer, p.random.Int64N(4))
	got, gotErr := p.AttemptCustomer(p.ctx, customer)
	want, wantErr := p.model.AttemptCustomer(p.ctx, customer)
	p.same("AttemptCustomer", got, gotErr, want, wantErr)
}

func (p *program) setCustomerID() {
	at := p.place()
	customer := newCustomer(at, p.user())
	if stored, err := p.model.Customer(p.ctx, at.project, at.mode, customer.User); err == nil && p.random.IntN(4) > 0 {
		customer.Claim = stored.Claim
	}
	customer.CustomerID = fmt.Sprint("cus_", customer.User, p.random.IntN(3))
	got, gotErr := p.SetCustomerID(p.ctx, customer)
	want, wantErr := p.model.SetCustomerID(p.ctx, customer)
	p.same("SetCustomerID", got, gotErr, want, wantErr)
}

func (p *program) addEvent() {
	e := newEvent(p.object(), p.random.IntN(400))
	e.ReceivedAt = p.now()
	if p.random.IntN(6) == 0 {
		e = ignored(e)
	}
	got, gotErr := p.AddEvent(p.ctx, e)
	want, wantErr := p.model.AddEvent(p.ctx, e)
	p.same("AddEvent "+e.ID, got, gotErr, want, wantErr)
}

func (p *program) request() {
	objects := []payments.Object{p.object(), p.object(), p.object()}[:p.random.IntN(4)]
	now := p.lease()
	p.same("RequestSync", nil, p.RequestSync(p.ctx, now, objects...), nil, p.model.RequestSync(p.ctx, now, objects...))
}

func (p *program) claimObject() {
	o, now, lease := p.object(), p.now(), p.lease()
	got, gotErr := p.ClaimObject(p.ctx, o, now, lease)
	want, wantErr := p.model.ClaimObject(p.ctx, o, now, lease)
	p.same("ClaimObject", got.Attempts, gotErr, want.Attempts, wantErr)
	p.tickets = append(p.tickets, pair{store: got, model: want})
}

func (p *program) claimDue() {
	now, lease := p.now(), p.lease()
	limits := payments.ClaimLimits{Total: 1000, PerTenant: 1000}
	got, gotErr := p.ClaimDue(p.ctx, now, lease, limits)
	want, wantErr := p.model.ClaimDue(p.ctx, now, lease, limits)
	byObject := func(a, b payments.Ticket) int { return compareObjects(a.Object, b.Object) }
	slices.SortFunc(got, byObject)
	slices.SortFunc(want, byObject)
	p.same("ClaimDue", len(got), gotErr, len(want), wantErr)
	for i := range min(len(got), len(want)) {
		p.tickets = append(p.tickets, pair{store: got[i], model: want[i]})
		want[i].Number = got[i].Number
		p.equal(fmt.Sprintf("step %d: ClaimDue", p.step), got[i], want[i])
	}
}

// ticket is one that was given out before, more likely a late one. There may be none.
func (p *program) ticket() *pair {
	if len(p.tickets) == 0 {
		p.claimObject()
	}
	return &p.tickets[len(p.tickets)-1-min(p.random.IntN(len(p.tickets)), p.random.IntN(30))]
}

func (p *program) retry() {
	t := p.ticket()
	if t.spent {
		return
	}
	due, reason := p.lease(), fmt.Sprint("reason ", p.step)
	if p.random.IntN(4) == 0 {
		due = time.Time{}
	}
	wantErr := p.model.RetrySync(p.ctx, t.model, due, reason)
	p.same("RetrySync", nil, p.RetrySync(p.ctx, t.store, due, reason), nil, wantErr)
}

func (p *program) wake() {
	place, now := p.place(), p.lease()
	p.same("WakeSyncs", nil, p.WakeSyncs(p.ctx, place.project, place.mode, now), nil, p.model.WakeSyncs(p.ctx, place.project, place.mode, now))
}

func (p *program) apply() {
	t := p.ticket()
	s := p.synced(place{t.store.Project, t.store.Mode})
	s.Ticket = t.model
	want, wantErr := p.model.ApplySync(p.ctx, s)
	s.Ticket = t.store
	got, gotErr := p.ApplySync(p.ctx, s)
	p.same(fmt.Sprintf("ApplySync %+v", s), got, gotErr, want, wantErr)
	t.spent = t.spent || want
}

func (p *program) claimChanges() {
	now, lease, limit := p.now(), p.lease(), p.random.IntN(5)
	got, gotErr := p.ClaimChanges(p.ctx, now, lease, limit)
	want, wantErr := p.model.ClaimChanges(p.ctx, now, lease, limit)
	p.same("ClaimChanges", got, gotErr, want, wantErr)
	p.changes = append(p.changes, want...)
}

func (p *program) retryChange() {
	if len(p.changes) > 0 {
		change, due := pick(p, p.changes...), p.lease()
		p.same("RetryChange", nil, p.RetryChange(p.ctx, change, due), nil, p.model.RetryChange(p.ctx, change, due))
	}
}

func (p *program) ackChange() {
	if len(p.changes) > 0 {
		change := pick(p, p.changes...)
		p.same("AckChange", nil, p.AckChange(p.ctx, change), nil, p.model.AckChange(p.ctx, change))
	}
}

// compareAll reads all that there is from both.
func (p *program) compareAll() {
	model := &check{reporter: p.reporter, Store: p.model, ctx: p.ctx}
	for _, m := range reads {
		for _, at := range everywhere() {
			got, gotErr := m.call(p.ctx, p.check, at)
			want, wantErr := m.call(p.ctx, model, at)
			p.same(m.name+" of "+at.String(), comparableAnswer(got), gotErr, comparableAnswer(want), wantErr)
		}
	}
}

// comparableAnswer is an answer without what the comments leave to a store: the order of pending objects since the same moment, and the
// words for a gone object.
func comparableAnswer(answer any) any {
	switch rows := answer.(type) {
	case []payments.SyncState:
		slices.SortFunc(rows, func(a, b payments.SyncState) int {
			return cmp.Or(a.Since.Compare(b.Since), compareObjects(a.Object, b.Object))
		})
	case []payments.Event:
		for i := range rows {
			rows[i].Reason = ""
		}
	}
	return answer
}
