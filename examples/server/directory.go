package main

import (
	"context"
	"time"

	"github.com/manytenants/payments"
)

// directory is the host's side of the demo: its developers, projects and users, fixed in the code as a real host would
// keep them in its own tables.
type directory struct {
	developers []developer
	origins    []string // of each project's checkout and portal URLs
}

type developer struct {
	id       payments.DeveloperID
	projects []project
}

type project struct {
	id          payments.ProjectID
	name        string
	description string
	currency    string
	users       []user
}

type user struct {
	id    payments.UserID
	email string
}

func newDirectory() *directory {
	return &directory{developers: []developer{
		{"ada", []project{
			{"ada-notes", "Ada Notes", "Notes that find themselves", "usd", users("ada-notes")},
			{"ada-courses", "Ada Courses", "Mathematics by post", "eur", users("ada-courses")},
		}},
		{"ben", []project{
			{"ben-fitness", "Ben Fitness", "Training plans", "usd", users("ben-fitness")},
			{"ben-radio", "Ben Radio", "Listener-paid radio", "jpy", users("ben-radio")},
		}},
	}}
}

// users are the same five people in each project. The first two have bought nothing yet.
func users(p payments.ProjectID) []user {
	all := []user{{id: "alex"}, {id: "blake"}, {id: "mia"}, {id: "noah"}, {id: "zoe"}}
	for i := range all {
		all[i].email = string(all[i].id) + "@" + string(p) + ".example"
	}
	return all
}

// projects returns every project, in the directory's order.
func (d *directory) projects() []project {
	var all []project
	for _, dev := range d.developers {
		all = append(all, dev.projects...)
	}
	return all
}

// Project implements payments.Projects.
func (d *directory) Project(_ context.Context, id payments.ProjectID) (payments.Project, error) {
	for _, dev := range d.developers {
		for _, p := range dev.projects {
			if p.id == id {
				return d.public(dev, p), nil
			}
		}
	}
	return payments.Project{}, payments.ErrNotFound
}

// ProjectsOf implements payments.Projects.
func (d *directory) ProjectsOf(_ context.Context, id payments.DeveloperID) ([]payments.Project, error) {
	var owned []payments.Project
	for _, dev := range d.developers {
		if dev.id != id {
			continue
		}
		for _, p := range dev.projects {
			owned = append(owned, d.public(dev, p))
		}
	}
	return owned, nil
}

func (d *directory) public(dev developer, p project) payments.Project {
	return payments.Project{
		ID: p.id, Owner: dev.id, Name: p.name, Description: p.description,
		CreatedAt:       time.Date(2025, time.March, 1, 9, 0, 0, 0, time.UTC),
		RedirectOrigins: d.origins,
	}
}
