package payments

import (
	"context"
	"errors"
	"time"
)

// ProjectID is the host's identifier of a project: 1 to 128 characters of [A-Za-z0-9._~-].
type ProjectID string

// UserID is the host's identifier of an end user, unique within a project: 1 to 128 characters of
// [A-Za-z0-9._~-].
type UserID string

// DeveloperID is the host's identifier of a developer.
type DeveloperID string

// Mode separates Stripe's test mode from live mode. No record, key or answer of one is ever visible in the other.
type Mode string

// The two modes, as they stand in webhook URLs.
const (
	Test Mode = "test"
	Live Mode = "live"
)

// Valid reports whether m is one of the two modes.
func (m Mode) Valid() bool { return m == Test || m == Live }

// Valid reports whether the identifier keeps to its character set and length, "." and ".." excluded
// because they are not ordinary path segments.
func (p ProjectID) Valid() bool { return validID(string(p)) }

// Valid reports whether the identifier keeps to its character set and length.
func (u UserID) Valid() bool { return validID(string(u)) }

func validID(s string) bool {
	if len(s) == 0 || len(s) > 128 || s == "." || s == ".." {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case c == '.', c == '_', c == '~', c == '-':
		default:
			return false
		}
	}
	return true
}

// Developer is an authenticated developer.
type Developer struct {
	ID DeveloperID
}

// EndUser is an authenticated end user of one project.
type EndUser struct {
	Project ProjectID
	ID      UserID
	Email   string // shown to Stripe when the customer is made; may be empty; never used to find a customer
}

// Project is what the library needs to know of a host's project.
//
// Two projects may use one Stripe account. What was made through the library is then recorded by the project that made it,
// and what was made otherwise (in Stripe's dashboard, say) by both: the account's owner sees it twice in sums over both.
type Project struct {
	ID          ProjectID
	Owner       DeveloperID
	Name        string
	Description string // may be empty
	CreatedAt   time.Time
	// RedirectOrigins are the origins ("https://app.example") that this project's checkout and portal
	// URLs may lead to, besides [Options.RedirectOrigins]. Compared exactly: scheme, host and port.
	RedirectOrigins []string
}

// Auth connects the host's users and projects. The library stores neither: it asks at each request, so
// that a project which is moved, or a user who is locked out, is so at once.
//
// Implementations must be safe for concurrent use. A token that is not accepted is an error that
// unwraps to [ErrUnauthenticated]; a project that doesn't exist is [ErrNotFound]; any other error
// means that the answer isn't known, and the request fails as unavailable. Package jwtauth implements
// the two token methods for JSON Web Tokens.
type Auth interface {
	// Developer returns the developer that a bearer token speaks for. It must refuse end-user tokens.
	Developer(ctx context.Context, token string) (Developer, error)

	// EndUser returns the end user that a bearer token speaks for. It must refuse developer tokens.
	// The project is the token's own. Where the token names none, claimed (the caller's unverified
	// X-Project-ID, often empty) may supply it, only if the host knows that the user belongs to it.
	EndUser(ctx context.Context, token string, claimed ProjectID) (EndUser, error)

	Projects
}

// Projects is the host's directory of projects.
type Projects interface {
	// Project returns one project, whoever owns it.
	Project(ctx context.Context, id ProjectID) (Project, error)

	// ProjectsOf returns every project of a developer, in any order; none is an empty slice.
	ProjectsOf(ctx context.Context, developer DeveloperID) ([]Project, error)
}

// checkPlace refuses identifiers that can't be: an empty or misspelt one must not become a place of its own. There
// is no project by an identifier that none can have.
func checkPlace(project ProjectID, mode Mode) error {
	if !project.Valid() {
		return newError(ErrNotFound, "There is no such project.")
	}
	var c checks
	c.require(mode.Valid(), "mode", "must be test or live")
	return c.err()
}

// checkUser is checkPlace with a user.
func checkUser(project ProjectID, mode Mode, user UserID) error {
	if err := checkPlace(project, mode); err != nil {
		return err
	}
	var c checks
	c.require(user.Valid(), "user_id", "must be 1 to 128 characters of [A-Za-z0-9._~-]")
	return c.err()
}

// AuthenticateDeveloper returns the developer that a bearer token speaks for; ErrUnauthenticated where it isn't accepted.
func (s *Service) AuthenticateDeveloper(ctx context.Context, token string) (Developer, error) {
	d, err := s.auth.Developer(ctx, token)
	if err == nil && d.ID == "" {
		err = newError(ErrUnauthenticated, "The access token names no developer.")
	}
	return d, tokenError(err)
}

// AuthenticateEndUser returns the end user that a bearer token speaks for; ErrUnauthenticated where it isn't accepted.
// claimed is the project that the caller says it acts in, or "".
func (s *Service) AuthenticateEndUser(ctx context.Context, token string, claimed ProjectID) (EndUser, error) {
	u, err := s.auth.EndUser(ctx, token, claimed)
	if err == nil && (!u.ID.Valid() || !u.Project.Valid()) {
		err = newError(ErrUnauthenticated, "The access token names no user of a project.")
	}
	return u, tokenError(err)
}

// OwnedProject returns a project that the developer owns; ErrForbidden where it is another's, ErrNotFound where there is none.
func (s *Service) OwnedProject(ctx context.Context, developer DeveloperID, project ProjectID) (Project, error) {
	if !project.Valid() {
		return Project{}, newError(ErrNotFound, "There is no such project.")
	}
	p, err := s.auth.Project(ctx, project)
	if err != nil {
		return Project{}, projectError(err)
	}
	if p.Owner != developer {
		return Project{}, newError(ErrForbidden, "This project belongs to another developer.")
	}
	return p, nil
}

func tokenError(err error) error {
	var known *Error
	switch {
	case err == nil, errors.As(err, &known):
		return err
	case errors.Is(err, ErrUnauthenticated):
		return wrapError(ErrUnauthenticated, "The access token is not accepted.", err)
	case errors.Is(err, context.DeadlineExceeded):
		return wrapError(ErrTimeout, "The access token couldn't be checked in time; try again.", err)
	}
	return wrapError(ErrUnavailable, "The access token can't be checked at the moment; try again.", err)
}

func projectError(err error) error {
	switch {
	case errors.Is(err, ErrNotFound):
		return wrapError(ErrNotFound, "There is no such project.", err)
	case errors.Is(err, context.DeadlineExceeded):
		return wrapError(ErrTimeout, "The project couldn't be looked up in time; try again.", err)
	}
	return wrapError(ErrUnavailable, "The project can't be looked up at the moment; try again.", err)
}
