package storetest

import (
	"cmp"
	"context"
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
	{"forgets the bound for the key", "page/Subscriptions: a key and a bound both narrow", asks(func(_ theScope, f theFilter, w theWindow) {
		if !w.Key.IsZero() {
			f.Before = time.Time{}
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
