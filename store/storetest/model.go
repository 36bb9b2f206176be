package storetest

import (
	"bytes"
	"context"
	"maps"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/manytenants/payments"
)

// A model is a store in memory, so simple that it is right by reading: one lock, maps, and a recount where others keep counters.
// The group "model" compares stores with it.
type model struct {
	mu            sync.Mutex
	configs       map[payments.ProjectID]payments.Config
	customers     map[key]payments.Customer
	events        map[key]*arrival
	objects       map[payments.Object]*progress
	subscriptions map[key]payments.Subscription
	payments      map[key]payments.Payment
	changes       map[key]*delivery
	told          int // changes that were ever written
}

// A key names a row by its place and its ID there: Stripe's, or for customers the user's.
type key struct {
	place
	id string
}

// An arrival is an event with the number of the request that it made.
type arrival struct {
	payments.Event
	number int64
}

// Progress is the state of an object's sync. Numbers are given out from 1 on.
type progress struct {
	payments.SyncState
	given, claimed, applied int64
}

func newModel() *model {
	return &model{
		configs:       map[payments.ProjectID]payments.Config{},
		customers:     map[key]payments.Customer{},
		events:        map[key]*arrival{},
		objects:       map[payments.Object]*progress{},
		subscriptions: map[key]payments.Subscription{},
		payments:      map[key]payments.Payment{},
		changes:       map[key]*delivery{},
	}
}

// inUTC is v, a struct, with each time in UTC.
func inUTC[T any](v T) T {
	r := reflect.ValueOf(&v).Elem()
	for i := range r.NumField() {
		if when, ok := r.Field(i).Interface().(time.Time); ok {
			r.Field(i).Set(reflect.ValueOf(when.Round(0).UTC()))
		}
	}
	return v
}

// get is the row of a key, or ErrNotFound.
func get[K comparable, V any](ctx context.Context, m *model, rows map[K]V, k K) (V, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	row, ok := rows[k]
	switch {
	case ctx.Err() != nil:
		return *new(V), ctx.Err()
	case !ok:
		return row, payments.ErrNotFound
	}
	return row, nil
}

func copyOf(c payments.Config) payments.Config {
	c = inUTC(c)
	c.Test, c.Live = inUTC(c.Test), inUTC(c.Live)
	for _, half := range []*payments.Credentials{&c.Test, &c.Live} {
		for _, s := range []*payments.Sealed{&half.SecretKey, &half.PublishableKey, &half.WebhookSecret} {
			s.Ciphertext = bytes.Clone(s.Ciphertext)
		}
	}
	return c
}

// Config looks the project up.
func (m *model) Config(ctx context.Context, project payments.ProjectID) (payments.Config, error) {
	c, err := get(ctx, m, m.configs, project)
	return copyOf(c), err
}

// Configs looks each project up.
func (m *model) Configs(ctx context.Context, projects []payments.ProjectID) ([]payments.Config, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []payments.Config
	for _, project := range projects {
		if c, ok := m.configs[project]; ok {
			found = append(found, copyOf(c))
		}
	}
	return found, ctx.Err()
}

// PutConfig takes a version that follows the stored one; none is version 0.
func (m *model) PutConfig(ctx context.Context, c payments.Config) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	stored := m.configs[c.Project] // version 0 where there is none
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case stored.Version != c.Version-1:
		return payments.ErrConflict
	}
	m.configs[c.Project] = copyOf(c)
	return nil
}

func customerKey(c payments.Customer) key { return key{place{c.Project, c.Mode}, string(c.User)} }

// ClaimCustomer inserts c unless its user is there, and returns what is.
func (m *model) ClaimCustomer(ctx context.Context, c payments.Customer) (payments.Customer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if ctx.Err() != nil {
		return payments.Customer{}, ctx.Err()
	}
	return m.insertCustomer(c), nil
}

func (m *model) insertCustomer(c payments.Customer) payments.Customer {
	k := customerKey(c)
	if _, there := m.customers[k]; !there {
		m.customers[k] = inUTC(c)
	}
	return m.customers[k]
}

// AttemptCustomer begins the attempt after the one that is stored.
func (m *model) AttemptCustomer(ctx context.Context, c payments.Customer) (payments.Customer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := customerKey(c)
	stored, ok := m.customers[k]
	switch {
	case ctx.Err() != nil:
		return payments.Customer{}, ctx.Err()
	case !ok:
		return stored, payments.ErrNotFound
	case stored.Claim == c.Claim && stored.CustomerID == "" && stored.Attempt == c.Attempt-1:
		stored.Attempt, stored.AttemptedAt, stored.Email = c.Attempt, c.AttemptedAt, c.Email
		m.customers[k] = inUTC(stored)
	}
	return m.customers[k], nil
}

// SetCustomerID completes the claim that c names.
func (m *model) SetCustomerID(ctx context.Context, c payments.Customer) (payments.Customer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := customerKey(c)
	stored, ok := m.customers[k]
	switch {
	case ctx.Err() != nil:
		return payments.Customer{}, ctx.Err()
	case !ok:
		return stored, payments.ErrNotFound
	case stored.Claim == c.Claim && stored.CustomerID == "":
		stored.CustomerID = c.CustomerID
		m.customers[k] = stored
	}
	return stored, nil
}

// Customer looks the user up.
func (m *model) Customer(ctx context.Context, project payments.ProjectID, mode payments.Mode, user payments.UserID) (payments.Customer, error) {
	return get(ctx, m, m.customers, key{place{project, mode}, string(user)})
}

// CustomerByStripeID tries every customer, because none is found by no ID.
func (m *model) CustomerByStripeID(ctx context.Context, project payments.ProjectID, mode payments.Mode, customerID string) (payments.Customer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.customers {
		if c.Project == project && c.Mode == mode && c.CustomerID == customerID && customerID != "" {
			return c, ctx.Err()
		}
	}
	if ctx.Err() != nil {
		return payments.Customer{}, ctx.Err()
	}
	return payments.Customer{}, payments.ErrNotFound
}

// AddEvent keeps the first event of an ID, with the number of its request.
func (m *model) AddEvent(ctx context.Context, e payments.Event) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := key{place{e.Project, e.Mode}, e.ID}
	if m.events[k] != nil || ctx.Err() != nil {
		return false, ctx.Err()
	}
	m.events[k] = &arrival{Event: inUTC(e)}
	if e.Status == payments.EventPending {
		m.events[k].number = m.request(e.ReceivedAt, e.Object)
	}
	return true, nil
}

// Events sorts the events of the place each time.
func (m *model) Events(ctx context.Context, project payments.ProjectID, mode payments.Mode, w payments.Window) ([]payments.Event, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []payments.Event
	for _, e := range m.events {
		if e.Project == project && e.Mode == mode {
			found = append(found, e.Event)
		}
	}
	return window(found, eventKey, w), ctx.Err()
}

// window sorts rows by their keys and returns those that the window shows.
func window[T any](rows []T, keyOf func(T) payments.Keyset, w payments.Window) []T {
	slices.SortFunc(rows, func(a, b T) int { return after(keyOf(a), keyOf(b)) })
	from := min(w.Offset, len(rows))
	if !w.Key.IsZero() {
		from = 0
		for from < len(rows) && after(keyOf(rows[from]), w.Key) <= 0 {
			from++
		}
	}
	return slices.Clone(rows[from:min(from+w.Limit, len(rows))])
}

// after is positive where a comes after b in a list.
func after(a, b payments.Keyset) int { return newestFirst(a.CreatedAt, a.ID, b.CreatedAt, b.ID) }

// values are the rows of a map.
func values[V any](rows map[key]V) []V { return slices.Collect(maps.Values(rows)) }
