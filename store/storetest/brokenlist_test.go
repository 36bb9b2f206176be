package storetest

import (
	"cmp"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/manytenants/payments"
)

// brokenList is a store whose list of subscriptions is another one.
type brokenList struct {
	*model
	list func(m *model, scope payments.Scope, f payments.Filter, w payments.Window) []payments.Subscription
}

func (b brokenList) Subscriptions(_ context.Context, scope payments.Scope, f payments.Filter, w payments.Window) ([]payments.Subscription, error) {
	return b.list(b.model, scope, f, w), nil
}

func lists(list func(m *model, scope payments.Scope, f payments.Filter, w payments.Window) []payments.Subscription) func(m *model) payments.Store {
	return func(m *model) payments.Store { return brokenList{m, list} }
}

// asks opens a store that answers another question than it was asked.
func asks(edit func(scope *payments.Scope, f *payments.Filter, w *payments.Window)) func(m *model) payments.Store {
	return lists(func(m *model, scope payments.Scope, f payments.Filter, w payments.Window) []payments.Subscription {
		edit(&scope, &f, &w)
		rows, _ := m.Subscriptions(context.Background(), scope, f, w)
		return rows
	})
}

// brokenCount is a store whose count of payments is another one.
type brokenCount struct {
	*model
	edit func(f *payments.Filter)
}

func (b brokenCount) CountPayments(ctx context.Context, scope payments.Scope, f payments.Filter) (int64, error) {
	b.edit(&f)
	return b.model.CountPayments(ctx, scope, f)
}

func counts(edit func(f *payments.Filter)) func(m *model) payments.Store {
	return func(m *model) payments.Store { return brokenCount{m, edit} }
}

type (
	theScope  = *payments.Scope
	theFilter = *payments.Filter
	theWindow = *payments.Window
)

var brokenLists = []brokenStore{
	{"orders ties by chance", "page/Subscriptions: newest first, ties by ID", lists(tiesByChance)},
	{"orders ties the other way round", "page/Subscriptions: newest first, ties by ID", lists(tiesAscending)},
	{"excludes the After bound", "page/Subscriptions: After is inclusive and Before is not", asks(func(_ theScope, f theFilter, _ theWindow) {
		if !f.After.IsZero() {
			f.After = f.After.Add(1)
		}
	})},
	{"includes the Before bound", "page/Subscriptions: After is inclusive and Before is not", asks(func(_ theScope, f theFilter, _ theWindow) {
		if !f.Before.IsZero() {
			f.Before = f.Before.Add(1)
		}
	})},
	{"begins with the key's own row", "page/Subscriptions: a window is the rows after a place", asks(func(_ theScope, _ theFilter, w theWindow) {
		if !w.Key.IsZero() {
			w.Key.ID += "~"
		}
	})},
	{"compares a key by its time only", "page/Subscriptions: pages by key and by offset are the same", asks(func(_ theScope, _ theFilter, w theWindow) {
		if !w.Key.IsZero() {
			w.Key.ID = "0"
		}
	})},
	{"compares a key as local time", "page/Subscriptions: zones do not matter", asks(func(_ theScope, f theFilter, _ theWindow) {
		_, offset := f.After.Zone()
		f.After = f.After.Add(time.Duration(offset) * time.Second)
	})},
	{"takes no rows for all rows", "page/Subscriptions: a window is the rows after a place", asks(func(_ theScope, _ theFilter, w theWindow) {
		w.Limit = cmp.Or(w.Limit, math.MaxInt32)
	})},
	{"needs the key's row", "page/Subscriptions: a key need not be a row's", lists(needsKeyRow)},
	{"shows everything to an empty scope", "page/Subscriptions: an empty scope sees nothing", asks(func(s theScope, _ theFilter, _ theWindow) {
		if len(s.Projects) == 0 {
			s.Projects = home.scope().Projects
		}
	})},
	{"shows both modes", "page/Subscriptions: a scope sees its projects and modes", asks(func(s theScope, _ theFilter, _ theWindow) {
		s.Modes = []payments.Mode{payments.Test, payments.Live}
	})},
	{"takes 999 projects", "page/Subscriptions: a scope may be of 1,000 projects", asks(func(s theScope, _ theFilter, _ theWindow) {
		s.Projects = s.Projects[:min(999, len(s.Projects))]
	})},
	{"matches statuses by pattern", "page/Subscriptions: by status", lists(byPattern)},
	{"ignores the user with a status", "page/Subscriptions: filters combine", asks(func(_ theScope, f theFilter, _ theWindow) {
		if f.Status != "" {
			f.User = ""
		}
	})},
	{"finds the user in any case", "page/Subscriptions: by user", asks(func(_ theScope, f theFilter, _ theWindow) {
		f.User = payments.UserID(strings.ToLower(string(f.User)))
	})},
	{"pages by number of rows", "page/Subscriptions: a walk is not disturbed by other writes", func(m *model) payments.Store { return &pagesByNumber{model: m} }},
	{"counts without the user", "page/Payments: by user", counts(func(f *payments.Filter) { f.User = "" })},
	{"counts without the bounds", "page/Payments: After is inclusive and Before is not", counts(func(f *payments.Filter) { f.Before = time.Time{} })},
	{"counts statuses that have gone", "page/Payments: counts follow the rows", func(m *model) payments.Store { return countsGone{m, map[string]int64{}} }},
}

func everyRow(m *model, scope payments.Scope, f payments.Filter) []payments.Subscription {
	rows, _ := m.Subscriptions(context.Background(), scope, f, payments.Window{Limit: math.MaxInt32})
	return rows
}

func tiesByChance(m *model, scope payments.Scope, f payments.Filter, w payments.Window) []payments.Subscription {
	rows := everyRow(m, scope, f)
	rand.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	slices.SortStableFunc(rows, func(a, b payments.Subscription) int { return b.CreatedAt.Compare(a.CreatedAt) })
	return rows[:min(w.Limit, len(rows))]
}

func tiesAscending(m *model, scope payments.Scope, f payments.Filter, w payments.Window) []payments.Subscription {
	rows := everyRow(m, scope, f)
	slices.SortFunc(rows, func(a, b payments.Subscription) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), strings.Compare(a.ID, b.ID))
	})
	return rows[:min(w.Limit, len(rows))]
}

func needsKeyRow(m *model, scope payments.Scope, f payments.Filter, w payments.Window) []payments.Subscription {
	rows := everyRow(m, scope, f)
	from := slices.IndexFunc(rows, func(s payments.Subscription) bool { return s.ID == w.Key.ID })
	return rows[from+1 : min(from+1+w.Limit, len(rows))]
}

func byPattern(m *model, scope payments.Scope, f payments.Filter, w payments.Window) []payments.Subscription {
	rows := everyRow(m, scope, payments.Filter{User: f.User, After: f.After, Before: f.Before})
	rows = slices.DeleteFunc(rows, func(s payments.Subscription) bool {
		return f.Status != "" && f.Status != "%" && !strings.EqualFold(f.Status, s.Status)
	})
	return rows[:min(w.Limit, len(rows))]
}

// pagesByNumber counts the rows that it has shown instead of looking where the key is.
type pagesByNumber struct {
	*model
	shown int
}

func (b *pagesByNumber) Subscriptions(ctx context.Context, scope payments.Scope, f payments.Filter, w payments.Window) ([]payments.Subscription, error) {
	rows, err := b.model.Subscriptions(ctx, scope, f, payments.Window{Limit: w.Limit, Offset: b.shown})
	b.shown += len(rows)
	return rows, err
}

// countsGone never counts down.
type countsGone struct {
	*model
	most map[string]int64
}

func (b countsGone) CountPayments(ctx context.Context, scope payments.Scope, f payments.Filter) (int64, error) {
	n, err := b.model.CountPayments(ctx, scope, f)
	b.most[f.Status] = max(n, b.most[f.Status])
	return b.most[f.Status], err
}

// brokenTotal is a store whose totals are other ones.
type brokenTotal struct {
	*model
	totals func(m *model, projects []payments.ProjectID, mode payments.Mode) (payments.Totals, error)
}

func (b brokenTotal) Totals(_ context.Context, projects []payments.ProjectID, mode payments.Mode) (payments.Totals, error) {
	return b.totals(b.model, projects, mode)
}

// sums opens a store that changes its totals before it returns them.
func sums(edit func(m *model, t *payments.Totals)) func(m *model) payments.Store {
	return func(m *model) payments.Store {
		return brokenTotal{m, func(m *model, projects []payments.ProjectID, mode payments.Mode) (payments.Totals, error) {
			totals, err := m.Totals(context.Background(), projects, mode)
			edit(m, &totals)
			return totals, err
		}}
	}
}

var brokenTotals = []brokenStore{
	{"wraps a sum around", "stats/a sum that overflows is an error", func(m *model) payments.Store { return brokenTotal{m, wraps} }},
	{"wraps a sum over projects around", "stats/a sum over projects that overflows is an error", func(m *model) payments.Store { return brokenTotal{m, wraps} }},
	{"adds up in floats", "stats/the greatest numbers are counted", sums(func(_ *model, t *payments.Totals) {
		for i := range t.MRR {
			t.MRR[i].Amount = int64(float64(t.MRR[i].Amount)/2) * 2
		}
	})},
	{"keeps entries that came back to zero", "stats/entries that come back to zero are left out", sums(func(_ *model, t *payments.Totals) {
		if t.SubscriptionsByStatus["paused"] == 0 {
			t.SubscriptionsByStatus["paused"] = 0
		}
	})},
	{"leaves out entries of zero amount", "stats/zero amounts count", sums(func(_ *model, t *payments.Totals) {
		t.MRR = slices.DeleteFunc(t.MRR, func(m payments.MRR) bool { return m.Amount == 0 })
	})},
	{"moves counters twice on a rewrite", "stats/an identical rewrite moves nothing", func(m *model) payments.Store { return &countsApplies{model: m} }},
	{"counts trials", "stats/subscriptions are counted by status and currency", sums(func(_ *model, t *payments.Totals) {
		if n := t.SubscriptionsByStatus[payments.StatusTrialing]; n > 0 {
			t.MRR[0].Subscriptions += n
		}
	})},
	{"counts what was not collected", "stats/payments are counted by status and currency", sums(func(_ *model, t *payments.Totals) {
		if n := t.PaymentsByStatus[payments.PaymentFailed]; n > 0 {
			t.Revenue[0].Payments += n
		}
	})},
	{"adds both modes up", "stats/totals sum over projects in one mode", func(m *model) payments.Store { return brokenTotal{m, bothModes} }},
	{"adds one project up", "stats/totals sum over projects in one mode", func(m *model) payments.Store { return brokenTotal{m, oneProject} }},
	{"orders currencies by amount", "stats/currencies come in ascending order", sums(func(_ *model, t *payments.Totals) { slices.Reverse(t.Revenue) })},
	{"returns the same map again", "stats/a map belongs to the caller", func(m *model) payments.Store { return &sharesMap{model: m} }},
	{"drops one of two concurrent counts", "stats/16 concurrent applies are all counted", sums(func(m *model, t *payments.Totals) {
		if t.PaymentsByStatus[payments.PaymentPartiallyRefunded] > 60 {
			t.PaymentsByStatus[payments.PaymentPartiallyRefunded]--
		}
	})},
}

func wraps(m *model, projects []payments.ProjectID, mode payments.Mode) (payments.Totals, error) {
	totals, err := m.Totals(context.Background(), projects, mode)
	if err != nil {
		return payments.Totals{Revenue: []payments.Revenue{{Currency: "usd", Gross: -2, Payments: 2}}}, nil
	}
	return totals, nil
}

// countsApplies moves the counters with each apply.
type countsApplies struct {
	*model
	applies int64
}

func (b *countsApplies) ApplySync(ctx context.Context, s payments.Synced) (bool, error) {
	b.applies++
	return b.model.ApplySync(ctx, s)
}

func (b *countsApplies) Totals(ctx context.Context, projects []payments.ProjectID, mode payments.Mode) (payments.Totals, error) {
	totals, err := b.model.Totals(ctx, projects, mode)
	for i := range totals.Revenue {
		totals.Revenue[i].Gross = 2400 * (b.applies - 1)
	}
	return totals, err
}

func bothModes(m *model, projects []payments.ProjectID, _ payments.Mode) (payments.Totals, error) {
	scope := payments.Scope{Projects: projects, Modes: []payments.Mode{payments.Test, payments.Live}}
	return totalsOf(m.matchingSubscriptions(scope, payments.Filter{}), m.matchingPayments(scope, payments.Filter{}))
}

func oneProject(m *model, projects []payments.ProjectID, mode payments.Mode) (payments.Totals, error) {
	return m.Totals(context.Background(), projects[:min(1, len(projects))], mode)
}

type sharesMap struct {
	*model
	cached *payments.Totals
}

func (b *sharesMap) Totals(ctx context.Context, projects []payments.ProjectID, mode payments.Mode) (payments.Totals, error) {
	if b.cached == nil {
		totals, _ := b.model.Totals(ctx, projects, mode)
		b.cached = &totals
	}
	return *b.cached, nil
}

var brokenContexts = []brokenStore{
	{"ignores its context", "store/a cancelled call fails", func(m *model) payments.Store { return ignoresContext{m} }},
	{"writes in spite of its context", "store/a cancelled call changes nothing", func(m *model) payments.Store { return ignoresContext{m} }},
	{"says that a cancelled read found nothing", "store/a cancelled call fails", func(m *model) payments.Store { return cancelledIsNotFound{m} }},
	{"returns errors of another kind", "store/an error has no other kind", func(m *model) payments.Store { return wrongKind{m} }},
	{"reads another project", "store/no method reads another place", func(m *model) payments.Store { return readsOtherProject{m} }},
	{"writes another project", "store/no method writes another place", func(m *model) payments.Store { return writesOtherProject{m} }},
	{"answers a random program wrongly once", "model/a random program gets the model's answers", func(m *model) payments.Store { return &wrongOnce{model: m} }},
	{"miscounts in the long run", "model/counters equal a recount after a random program", func(m *model) payments.Store { return &miscounts{model: m} }},
	{"loses an event among many calls", "model/a concurrent program loses and doubles nothing", afterwards(losesRequest)},
}

type ignoresContext struct{ *model }

func (b ignoresContext) RequestSync(_ context.Context, now time.Time, objects ...payments.Object) error {
	return b.model.RequestSync(context.Background(), now, objects...)
}

type cancelledIsNotFound struct{ *model }

func (b cancelledIsNotFound) Payment(ctx context.Context, project payments.ProjectID, mode payments.Mode, source string) (payments.Payment, error) {
	if ctx.Err() != nil {
		return payments.Payment{}, payments.ErrNotFound
	}
	return b.model.Payment(ctx, project, mode, source)
}

type wrongKind struct{ *model }

func (b wrongKind) Payment(ctx context.Context, project payments.ProjectID, mode payments.Mode, source string) (payments.Payment, error) {
	p, err := b.model.Payment(ctx, project, mode, source)
	if err != nil {
		err = errors.Join(err, payments.ErrUnavailable)
	}
	return p, err
}

type readsOtherProject struct{ *model }

func (b readsOtherProject) Events(ctx context.Context, _ payments.ProjectID, mode payments.Mode, w payments.Window) ([]payments.Event, error) {
	return b.model.Events(ctx, home.project, mode, w)
}

type writesOtherProject struct{ *model }

func (b writesOtherProject) RetrySync(ctx context.Context, t payments.Ticket, at time.Time, reason string) error {
	for o := range b.objects {
		if o.ID == t.ID {
			t.Object = o
			if err := b.model.RetrySync(ctx, t, at, reason); err != nil {
				return err
			}
		}
	}
	return nil
}

// wrongOnce gives one answer of many that is not right.
type wrongOnce struct {
	*model
	calls int
}

func (b *wrongOnce) CountPayments(ctx context.Context, scope payments.Scope, f payments.Filter) (int64, error) {
	n, err := b.model.CountPayments(ctx, scope, f)
	if b.calls++; b.calls == 1000 {
		n++
	}
	return n, err
}

// miscounts is off by one after a few hundred applies.
type miscounts struct {
	*model
	applies int
}

func (b *miscounts) ApplySync(ctx context.Context, s payments.Synced) (bool, error) {
	b.applies++
	return b.model.ApplySync(ctx, s)
}

func (b *miscounts) CountPayments(ctx context.Context, scope payments.Scope, f payments.Filter) (int64, error) {
	n, err := b.model.CountPayments(ctx, scope, f)
	if b.applies > 400 {
		n++
	}
	return n, err
}
