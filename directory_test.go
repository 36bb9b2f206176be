package payments_test

import (
	"context"
	"strings"
	"sync"

	"github.com/manytenants/payments"
)

// directory is a host's Auth: its tokens are names.
type directory struct {
	mu       sync.Mutex
	projects []payments.Project
}

func (d *directory) add(p payments.Project) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.projects = append(d.projects, p)
}

func (d *directory) move(id payments.ProjectID, owner payments.DeveloperID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range d.projects {
		if d.projects[i].ID == id {
			d.projects[i].Owner = owner
		}
	}
}

func (d *directory) Developer(_ context.Context, token string) (payments.Developer, error) {
	id, ok := strings.CutPrefix(token, "developer ")
	if !ok {
		return payments.Developer{}, payments.ErrUnauthenticated
	}
	return payments.Developer{ID: payments.DeveloperID(id)}, nil
}

func (d *directory) EndUser(_ context.Context, token string, claimed payments.ProjectID) (payments.EndUser, error) {
	id, ok := strings.CutPrefix(token, "user ")
	if !ok {
		return payments.EndUser{}, payments.ErrUnauthenticated
	}
	return payments.EndUser{Project: claimed, ID: payments.UserID(id)}, nil
}

func (d *directory) Project(_ context.Context, id payments.ProjectID) (payments.Project, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, p := range d.projects {
		if p.ID == id {
			return p, nil
		}
	}
	return payments.Project{}, payments.ErrNotFound
}

func (d *directory) ProjectsOf(_ context.Context, developer payments.DeveloperID) ([]payments.Project, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var own []payments.Project
	for _, p := range d.projects {
		if p.Owner == developer {
			own = append(own, p)
		}
	}
	return own, nil
}
