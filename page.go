package payments

import (
	"time"
)

// Scope is the set of rows a query may see. An empty set of projects or modes sees nothing.
type Scope struct {
	Projects []ProjectID // without duplicates
	Modes    []Mode      // without duplicates
}

// Filter narrows a list; zero fields don't.
type Filter struct {
	User   UserID
	Status string
	After  time.Time // CreatedAt >= After
	Before time.Time // CreatedAt < Before
}

// Window is the part of a list that a store returns: the Limit rows that follow Key, or, where Key is
// zero, those that follow the first Offset.
type Window struct {
	Limit  int
	Offset int
	Key    Keyset
}

// Keyset is a place in a list that is ordered by (CreatedAt, ID) descending: rows strictly after it have an earlier CreatedAt, or
// the same and a smaller ID.
type Keyset struct {
	CreatedAt time.Time
	ID        string
}

// IsZero reports whether the keyset is no place at all: the list begins at its beginning.
func (k Keyset) IsZero() bool { return k.ID == "" }

// PageRequest asks for one page of a list: by number, or by the cursor of the page before.
type PageRequest struct {
	Number int    // from 1; 0 = 1; ignored with a Cursor
	Size   int    // 1 to 100; 0 = 50
	Cursor string // NextCursor of the page before; "" = by number
}

// Page is one page of a list, newest first.
type Page[T any] struct {
	Items      []T
	Total      int64 // of the whole list; by cursor, as it was when the walk began
	Number     int
	Size       int
	NextCursor string // "" on the last page
}
