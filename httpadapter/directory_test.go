package httpadapter_test

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/manytenants/payments"
)

// The host of these tests: two developers, three projects, and users of the first project.
const (
	alice = "token-of-alice" // owns shop and atelier
	bob   = "token-of-bob"   // owns kiosk
	carol = "token-of-carol" // a user of shop
	dave  = "token-of-dave"  // another one
	erin  = "token-of-erin"  // hers names no project; the host knows that she belongs to shop
)

var hostProjects = []payments.Project{
	{ID: "shop", Owner: "alice", Name: "=Shop", Description: "Sells things", CreatedAt: date(2026, 1, 2),
		RedirectOrigins: []string{"https://app.example"}},
	{ID: "atelier", Owner: "alice", Name: "Atelier", CreatedAt: date(2026, 1, 3), RedirectOrigins: []string{"https://app.example"}},
	{ID: "kiosk", Owner: "bob", Name: "Kiosk", CreatedAt: date(2026, 1, 4), RedirectOrigins: []string{"https://app.example"}},
}

func date(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// directory is the host's payments.Auth. Its fault, while set, is what every method does instead.
type directory struct {
	fault atomic.Pointer[func() error]
	calls atomic.Int64
}

func (d *directory) ask() error {
	d.calls.Add(1)
	if fault := d.fault.Load(); fault != nil {
		return (*fault)()
	}
	return nil
}

// Developer accepts the tokens of developers alone.
func (d *directory) Developer(_ context.Context, token string) (payments.Developer, error) {
	switch token {
	case alice:
		return payments.Developer{ID: "alice"}, d.ask()
	case bob:
		return payments.Developer{ID: "bob"}, d.ask()
	}
	return payments.Developer{}, payments.ErrUnauthenticated
}

// EndUser accepts the tokens of users alone.
func (d *directory) EndUser(_ context.Context, token string, claimed payments.ProjectID) (payments.EndUser, error) {
	switch {
	case token == carol:
		return payments.EndUser{Project: "shop", ID: "carol", Email: "carol@example.com"}, d.ask()
	case token == dave:
		return payments.EndUser{Project: "shop", ID: "dave"}, d.ask()
	case token == erin && claimed == "shop":
		return payments.EndUser{Project: "shop", ID: "erin"}, d.ask()
	}
	return payments.EndUser{}, payments.ErrUnauthenticated
}

// Project returns one of hostProjects.
func (d *directory) Project(_ context.Context, id payments.ProjectID) (payments.Project, error) {
	for _, p := range hostProjects {
		if p.ID == id {
			return p, d.ask()
		}
	}
	return payments.Project{}, payments.ErrNotFound
}

// ProjectsOf returns those of one owner.
func (d *directory) ProjectsOf(_ context.Context, developer payments.DeveloperID) ([]payments.Project, error) {
	var owned []payments.Project
	for _, p := range hostProjects {
		if p.Owner == developer {
			owned = append(owned, p)
		}
	}
	return owned, d.ask()
}

// faultyStore is a Store whose next calls of the methods below can be made to fail.
type faultyStore struct {
	payments.Store
	fault atomic.Pointer[func() error]
}

func (s *faultyStore) fail() error {
	if fault := s.fault.Load(); fault != nil {
		return (*fault)()
	}
	return nil
}

// Config fails where it is told to.
func (s *faultyStore) Config(ctx context.Context, project payments.ProjectID) (payments.Config, error) {
	if err := s.fail(); err != nil {
		return payments.Config{}, err
	}
	return s.Store.Config(ctx, project)
}

// Payments fails where it is told to.
func (s *faultyStore) Payments(ctx context.Context, scope payments.Scope, f payments.Filter, w payments.Window) ([]payments.Payment, error) {
	if err := s.fail(); err != nil {
		return nil, err
	}
	return s.Store.Payments(ctx, scope, f, w)
}
