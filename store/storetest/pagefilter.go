package storetest

import (
	"strings"

	"github.com/manytenants/payments"
)

var filterPromises = []listPromise{
	{"an empty scope sees nothing", "An empty set of projects or modes sees nothing.", listEmptyScope},
	{"a scope sees its projects and modes", "A query sees the rows of the scope's projects in its modes, and no other.", listScope},
	{"a scope may be of 1,000 projects", "A developer may own any number of projects.", listManyProjects},
	{"by user", "Filter.User: the rows of that user, compared byte by byte; \"\" doesn't narrow.", listByUser},
	{"by status", "Filter.Status: the rows of that status, compared byte by byte; \"\" doesn't narrow.", listByStatus},
	{"After is inclusive and Before is not", "Filter: CreatedAt >= After, CreatedAt < Before; the zero time doesn't narrow.", listByTime},
	{"zones do not matter", "Filter and Keyset name moments, in whatever zone they are written.", listZones},
	{"filters combine", "A row matches all of a filter's fields.", listCombined},
	{"counts follow the rows", "Count: how many rows of the scope match the filter, after each change of them.", listCounts},
}

func listEmptyScope(c *check, l list) {
	l.put(c, newRows(home, 3)...)
	for _, s := range []payments.Scope{
		{}, {Projects: home.scope().Projects}, {Modes: []payments.Mode{payments.Test, payments.Live}},
		{Projects: []payments.ProjectID{}, Modes: home.scope().Modes},
	} {
		l.listed(c, "nothing", s, payments.Filter{})
		l.listed(c, "nothing of a user and status", s, payments.Filter{User: "u1", Status: payments.StatusActive})
	}
}

func listScope(c *check, l list) {
	rows := map[place][]row{}
	for _, p := range everywhere() {
		rows[p] = newRows(p, 4)
		l.put(c, rows[p]...)
	}
	for _, p := range everywhere() {
		l.listed(c, p.String(), p.scope(), payments.Filter{}, rows[p]...)
	}
	live, project := elsewhere[0], elsewhere[1]
	l.listed(c, "both modes", scope(home, live), payments.Filter{}, append(newRows(home, 4), rows[live]...)...)
	l.listed(c, "two projects", scope(home, project), payments.Filter{}, append(newRows(home, 4), rows[project]...)...)
	l.listed(c, "two projects, both modes", scope(live, project), payments.Filter{},
		append(append(newRows(home, 4), rows[live]...), rows[project]...)...)
	l.listed(c, "unknown", scope(place{"unknown", payments.Test}), payments.Filter{})
}

func listManyProjects(c *check, l list) {
	s := payments.Scope{Projects: manyProjects(), Modes: []payments.Mode{payments.Live, payments.Test}}
	var want []row
	for i, n := range []int{3, 999, 0, 500} {
		r := newRow(place{s.Projects[n], s.Modes[i%2]}, i)
		want = append(want, r)
	}
	l.put(c, want...)
	l.put(c, newRow(home, 9))
	l.listed(c, "1,000 projects", s, payments.Filter{}, want...)
	l.listed(c, "1,000 projects by user and status", s, payments.Filter{User: "u1", Status: payments.StatusActive}, want...)
	first := sorted(want)[0]
	c.equal("after the first", l.rows(c, s, payments.Filter{}, payments.Window{Limit: 2, Key: first.key()}), sorted(want)[1:3])
	c.equal("after three", l.rows(c, s, payments.Filter{}, payments.Window{Limit: 2, Offset: 3}), sorted(want)[3:])
}

func listByUser(c *check, l list) {
	users := []payments.UserID{"user_1", "user-1", "USER_1", "user_11", "", "user_1"}
	rows := newRows(home, len(users))
	for i := range rows {
		rows[i].User = users[i]
	}
	l.put(c, rows...)
	l.listed(c, "of user_1", home.scope(), payments.Filter{User: "user_1"}, rows[0], rows[5])
	l.listed(c, "of USER_1", home.scope(), payments.Filter{User: "USER_1"}, rows[2])
	l.listed(c, "of nobody known", home.scope(), payments.Filter{User: "user"})
	l.listed(c, "of all", home.scope(), payments.Filter{}, rows...)
}

func listByStatus(c *check, l list) {
	statuses := []string{"active", "Active", "act_ve", "%", "it's", "", "active", "active "}
	rows := newRows(home, len(statuses))
	for i := range rows {
		rows[i].Status = statuses[i]
	}
	l.put(c, rows...)
	l.listed(c, "active", home.scope(), payments.Filter{Status: "active"}, rows[0], rows[6])
	for i := 1; i < 5; i++ {
		l.listed(c, statuses[i], home.scope(), payments.Filter{Status: statuses[i]}, rows[i])
	}
	for _, status := range []string{"unknown", "' OR 1=1 --", "a%", strings.Repeat("long", 2560)} {
		l.listed(c, "no such status", home.scope(), payments.Filter{Status: status})
	}
	l.listed(c, "of all", home.scope(), payments.Filter{}, rows...)
}

func listByTime(c *check, l list) {
	rows := newRows(home, 5)
	for i := range rows {
		rows[i].CreatedAt = at(i)
	}
	l.put(c, rows...)
	for i := range rows {
		l.listed(c, "After a row's moment", home.scope(), payments.Filter{After: at(i)}, rows[i:]...)
		l.listed(c, "After a microsecond later", home.scope(), payments.Filter{After: at(i).Add(1000)}, rows[i+1:]...)
		l.listed(c, "Before a row's moment", home.scope(), payments.Filter{Before: at(i)}, rows[:i]...)
		l.listed(c, "Before a microsecond later", home.scope(), payments.Filter{Before: at(i).Add(1000)}, rows[:i+1]...)
	}
	l.listed(c, "between", home.scope(), payments.Filter{After: at(1), Before: at(4)}, rows[1:4]...)
	l.listed(c, "between the same", home.scope(), payments.Filter{After: at(2), Before: at(2)})
	l.listed(c, "between in reverse", home.scope(), payments.Filter{After: at(4), Before: at(1)})
}

func listZones(c *check, l list) {
	rows := newRows(home, 4)
	for i := range rows {
		rows[i].CreatedAt = times()[1].Add(at(i).Sub(at(0)))
	}
	l.put(c, rows...)
	zoned := rows[1].CreatedAt
	l.listed(c, "After", home.scope(), payments.Filter{After: zoned}, rows[1:]...)
	l.listed(c, "Before", home.scope(), payments.Filter{Before: zoned}, rows[:1]...)
	c.equal("Key", l.rows(c, home.scope(), payments.Filter{}, payments.Window{Limit: 9, Key: rows[1].key()}), rows[:1])
}

func listCombined(c *check, l list) {
	rows := newRows(home, 24)
	var want []row
	f := payments.Filter{User: "u2", Status: payments.StatusPastDue, After: at(2), Before: at(7)}
	for i := range rows {
		if i%2 == 0 {
			rows[i].User = "u2"
		}
		if i%3 == 0 {
			rows[i].Status = payments.StatusPastDue
		}
		if i%6 == 0 && 6 <= i && i < 21 {
			want = append(want, rows[i])
		}
	}
	l.put(c, rows...)
	for _, p := range elsewhere {
		other := newRow(p, 6)
		other.User, other.Status = f.User, f.Status
		l.put(c, other)
	}
	l.listed(c, "all four", home.scope(), f, want...)
}

func listCounts(c *check, l list) {
	rows := newRows(home, 6)
	for step, status := range []string{"a", "b", "a", "c"} {
		for i := range rows {
			if i >= step {
				rows[i].Status = status
			}
		}
		l.put(c, rows...)
		for _, want := range []string{"a", "b", "c"} {
			var matching []row
			for _, r := range rows {
				if r.Status == want {
					matching = append(matching, r)
				}
			}
			l.listed(c, "status "+want, home.scope(), payments.Filter{Status: want}, matching...)
		}
		l.listed(c, "all", home.scope(), payments.Filter{}, rows...)
	}
	c.recounted()
}
