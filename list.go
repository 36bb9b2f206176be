package payments

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math"
	"time"
)

// Limits of a PageRequest.
const (
	DefaultPageSize = 50
	MaxPageSize     = 100
)

// ListQuery narrows a list across a developer's projects; zero fields don't.
type ListQuery struct {
	Project ProjectID
	Mode    Mode // "" = both
	Status  string
	After   time.Time // created at or after
	Before  time.Time // created before
}

// Owned is a record of one of a developer's projects.
type Owned[T any] struct {
	Record      T
	ProjectName string
}

// ProjectStatus is a developer's project with its configuration.
type ProjectStatus struct {
	Project Project
	Config  *Config // nil where none was ever made
}

// ProjectSubscriptions lists the subscriptions of one project and mode.
func (s *Service) ProjectSubscriptions(ctx context.Context, project ProjectID, mode Mode, page PageRequest) (Page[Subscription], error) {
	if err := checkPlace(project, mode); err != nil {
		return Page[Subscription]{}, err
	}
	return listPage(ctx, s.subscriptionList(), Scope{[]ProjectID{project}, []Mode{mode}}, Filter{}, page)
}

// ProjectPayments lists the payments of one project and mode.
func (s *Service) ProjectPayments(ctx context.Context, project ProjectID, mode Mode, page PageRequest) (Page[Payment], error) {
	if err := checkPlace(project, mode); err != nil {
		return Page[Payment]{}, err
	}
	return listPage(ctx, s.paymentList(), Scope{[]ProjectID{project}, []Mode{mode}}, Filter{}, page)
}

// UserSubscriptions lists the subscriptions of one end user, those that have ended included.
func (s *Service) UserSubscriptions(ctx context.Context, project ProjectID, mode Mode, user UserID, page PageRequest) (Page[Subscription], error) {
	if err := checkUser(project, mode, user); err != nil {
		return Page[Subscription]{}, err
	}
	return listPage(ctx, s.subscriptionList(), Scope{[]ProjectID{project}, []Mode{mode}}, Filter{User: user}, page)
}

// UserPayments lists the payments of one end user.
func (s *Service) UserPayments(ctx context.Context, project ProjectID, mode Mode, user UserID, page PageRequest) (Page[Payment], error) {
	if err := checkUser(project, mode, user); err != nil {
		return Page[Payment]{}, err
	}
	return listPage(ctx, s.paymentList(), Scope{[]ProjectID{project}, []Mode{mode}}, Filter{User: user}, page)
}

// Subscriptions lists the subscriptions of all of a developer's projects, as Auth names them at this moment.
// A q.Project of another developer is ErrForbidden, an unknown one ErrNotFound.
func (s *Service) Subscriptions(ctx context.Context, developer DeveloperID, q ListQuery, page PageRequest) (Page[Owned[Subscription]], error) {
	return ownedPage(ctx, s, s.subscriptionList(), developer, q, page)
}

// Payments lists the payments of all of a developer's projects, as Auth names them at this moment.
// A q.Project of another developer is ErrForbidden, an unknown one ErrNotFound.
func (s *Service) Payments(ctx context.Context, developer DeveloperID, q ListQuery, page PageRequest) (Page[Owned[Payment]], error) {
	return ownedPage(ctx, s, s.paymentList(), developer, q, page)
}

// Projects lists every project of a developer with its configuration, in the order of the host's directory.
func (s *Service) Projects(ctx context.Context, developer DeveloperID) ([]ProjectStatus, error) {
	projects, err := s.auth.ProjectsOf(ctx, developer)
	if err != nil {
		return nil, projectError(err)
	}
	configs, err := s.store.Configs(ctx, projectIDs(projects))
	if err != nil {
		return nil, storeError(err)
	}
	byProject := make(map[ProjectID]*Config, len(configs))
	for i := range configs {
		byProject[configs[i].Project] = &configs[i]
	}
	all := make([]ProjectStatus, len(projects))
	for i, p := range projects {
		all[i] = ProjectStatus{Project: p, Config: byProject[p.ID]}
	}
	return all, nil
}

func projectIDs(projects []Project) []ProjectID {
	ids := make([]ProjectID, 0, len(projects))
	seen := make(map[ProjectID]bool, len(projects))
	for _, p := range projects {
		if !seen[p.ID] {
			seen[p.ID] = true
			ids = append(ids, p.ID)
		}
	}
	return ids
}

// list is what paging needs to know of a kind of record.
type list[T any] struct {
	name    string
	rows    func(context.Context, Scope, Filter, Window) ([]T, error)
	count   func(context.Context, Scope, Filter) (int64, error)
	key     func(T) Keyset
	project func(T) ProjectID
}

func (s *Service) subscriptionList() list[Subscription] {
	return list[Subscription]{"subscriptions", s.store.Subscriptions, s.store.CountSubscriptions,
		func(r Subscription) Keyset { return Keyset{r.CreatedAt, r.ID} }, func(r Subscription) ProjectID { return r.Project }}
}

func (s *Service) paymentList() list[Payment] {
	return list[Payment]{"payments", s.store.Payments, s.store.CountPayments,
		func(r Payment) Keyset { return Keyset{r.CreatedAt, r.ID} }, func(r Payment) ProjectID { return r.Project }}
}

func ownedPage[T any](ctx context.Context, s *Service, l list[T], developer DeveloperID, q ListQuery, page PageRequest) (Page[Owned[T]], error) {
	if q.Mode != "" && !q.Mode.Valid() {
		return Page[Owned[T]]{}, invalidField("mode", "must be test, live or empty")
	}
	projects, err := s.ownedProjects(ctx, developer, q.Project)
	if err != nil {
		return Page[Owned[T]]{}, err
	}
	scope := Scope{Projects: projectIDs(projects), Modes: []Mode{q.Mode}}
	if q.Mode == "" {
		scope.Modes = []Mode{Test, Live}
	}
	p, err := listPage(ctx, l, scope, Filter{Status: q.Status, After: q.After, Before: q.Before}, page)
	if err != nil {
		return Page[Owned[T]]{}, err
	}
	names := make(map[ProjectID]string, len(projects))
	for _, project := range projects {
		names[project.ID] = project.Name
	}
	owned := Page[Owned[T]]{Items: make([]Owned[T], len(p.Items)), Total: p.Total, Number: p.Number, Size: p.Size, NextCursor: p.NextCursor}
	for i, record := range p.Items {
		owned.Items[i] = Owned[T]{record, names[l.project(record)]}
	}
	return owned, nil
}

func (s *Service) ownedProjects(ctx context.Context, developer DeveloperID, only ProjectID) ([]Project, error) {
	if only != "" {
		p, err := s.OwnedProject(ctx, developer, only)
		return []Project{p}, err
	}
	projects, err := s.auth.ProjectsOf(ctx, developer)
	if err != nil {
		return nil, projectError(err)
	}
	return projects, nil
}

// listPage reads one row more than the page holds, to know whether there is a next one.
func listPage[T any](ctx context.Context, l list[T], scope Scope, f Filter, r PageRequest) (Page[T], error) {
	r.Number, r.Size = cmp.Or(r.Number, 1), cmp.Or(r.Size, DefaultPageSize)
	shape := fmt.Sprintf("%s %q %q %d %d %v", l.name, f.Status, f.User, f.After.UnixMicro(), f.Before.UnixMicro(), scope.Modes)
	from, err := r.cursor(shape)
	if err != nil {
		return Page[T]{}, err
	}
	page := Page[T]{Total: from.total, Number: r.Number, Size: r.Size}
	w := Window{Limit: r.Size + 1, Key: from.key}
	if from.key.IsZero() {
		w.Offset = (r.Number - 1) * r.Size
		if page.Total, err = l.count(ctx, scope, f); err != nil {
			return Page[T]{}, storeError(err)
		}
	}
	if page.Items, err = l.rows(ctx, scope, f, w); err != nil {
		return Page[T]{}, storeError(err)
	}
	if len(page.Items) > r.Size {
		page.Items = page.Items[:r.Size]
		page.NextCursor = cursor{l.key(page.Items[r.Size-1]), page.Total}.encode(shape)
	}
	return page, nil
}

// cursor validates a page request and reads its cursor; the zero cursor is a page by number.
func (r PageRequest) cursor(shape string) (from cursor, err error) {
	var c checks
	c.require(r.Number >= 1 && r.Number <= math.MaxInt32/MaxPageSize, "page", "must be a whole number from 1")
	c.require(r.Size >= 1 && r.Size <= MaxPageSize, "page_size", "must be a whole number from 1 to 100")
	if r.Cursor != "" {
		var ok bool
		from, ok = parseCursor(r.Cursor, shape)
		c.require(ok, "cursor", "must be the next_cursor of a page of the same list")
	}
	return from, c.err()
}

// cursor is a place in a list, with the total that the walk began with: counting again at each page would make a
// walk through a filtered list cost the square of its length.
type cursor struct {
	key   Keyset
	total int64
}

// encode packs a cursor: 8 bytes of microseconds, 4 that tell the list's shape, 8 of the total, and the ID. It holds nothing
// that its reader has not seen, and gives no access: the rows come from the caller's own scope.
func (c cursor) encode(shape string) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(c.key.CreatedAt.UnixMicro()))
	b = binary.BigEndian.AppendUint32(b, fingerprint(shape))
	b = binary.BigEndian.AppendUint64(b, uint64(c.total))
	return base64.RawURLEncoding.EncodeToString(append(b, c.key.ID...))
}

func parseCursor(s, shape string) (cursor, bool) {
	const head = 8 + 4 + 8
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) <= head || len(b) > head+64 || !validID(string(b[head:])) {
		return cursor{}, false
	}
	at := time.UnixMicro(int64(binary.BigEndian.Uint64(b))).UTC()
	c := cursor{Keyset{at, string(b[head:])}, int64(binary.BigEndian.Uint64(b[12:]))}
	if at.Year() < 1 || at.Year() > 9999 || c.total < 0 || c.encode(shape) != s {
		return cursor{}, false
	}
	return c, true
}

func fingerprint(shape string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(shape)) // a hash's Write never fails
	return h.Sum32()
}
