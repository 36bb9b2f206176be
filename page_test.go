package payments

import (
	"context"
	"encoding/base64"
	"errors"
	"math"
	"slices"
	"testing"
	"time"
)

func TestCursorComesBackAsThePlaceItWas(t *testing.T) {
	for _, at := range []time.Time{signedAt, signedAt.Add(time.Microsecond), time.Unix(0, 0), time.Unix(1, 999_999_000), time.Date(2999, 12, 31, 23, 59, 59, 999_999_000, time.UTC)} {
		want := cursor{Keyset{at.UTC(), newUUID()}, math.MaxInt64}
		text := want.encode("shape")
		if got, ok := parseCursor(text, "shape"); !ok || got != want {
			t.Errorf("%v came back as %v, %v", want, got, ok)
		}
		if len(text) > 100 {
			t.Errorf("a cursor of %d characters", len(text))
		}
	}
}

func TestCursorOfAnotherListIsRefused(t *testing.T) {
	rows := func(context.Context, Scope, Filter, Window) ([]Payment, error) {
		return []Payment{{ID: newUUID(), CreatedAt: signedAt}, {ID: newUUID(), CreatedAt: signedAt}}, nil
	}
	count := func(context.Context, Scope, Filter) (int64, error) { return 2, nil }
	named := func(name string) list[Payment] {
		return list[Payment]{name, rows, count, func(p Payment) Keyset { return Keyset{p.CreatedAt, p.ID} }, nil}
	}
	type query struct {
		list   string
		modes  []Mode
		filter Filter
	}
	queries := []query{
		{"payments", []Mode{Test}, Filter{}},
		{"subscriptions", []Mode{Test}, Filter{}},
		{"payments", []Mode{Live}, Filter{}},
		{"payments", []Mode{Test, Live}, Filter{}},
		{"payments", []Mode{Test}, Filter{User: "u"}},
		{"payments", []Mode{Test}, Filter{Status: "u"}},
		{"payments", []Mode{Test}, Filter{Status: "paid"}},
		{"payments", []Mode{Test}, Filter{Status: "pa", User: "id"}},
		{"payments", []Mode{Test}, Filter{Status: "pai", User: "d"}},
		{"payments", []Mode{Test}, Filter{After: signedAt}},
		{"payments", []Mode{Test}, Filter{Before: signedAt}},
	}
	cursors := make([]string, len(queries))
	for i, q := range queries {
		page, err := listPage(t.Context(), named(q.list), Scope{[]ProjectID{"p"}, q.modes}, q.filter, PageRequest{Size: 1})
		if err != nil || page.NextCursor == "" {
			t.Fatalf("%v: %v", q, err)
		}
		cursors[i] = page.NextCursor
	}
	for i, q := range queries {
		for j, cursor := range cursors {
			_, err := listPage(t.Context(), named(q.list), Scope{[]ProjectID{"p"}, q.modes}, q.filter, PageRequest{Cursor: cursor})
			if (err == nil) != (i == j) {
				t.Errorf("the cursor of %+v used with %+v: %v", queries[j], q, err)
			} else if i != j && !slices.Equal(fieldsOf(t, err), []string{"cursor"}) {
				t.Errorf("refused for %v", err)
			}
		}
	}
}

func TestEditedCursorIsRefused(t *testing.T) {
	good := cursor{Keyset{signedAt, newUUID()}, 7}.encode("shape")
	raw, _ := base64.RawURLEncoding.DecodeString(good)
	for _, text := range []string{
		good + "A", good + "=", good[1:], " " + good, good + "\n", "A", "....", "null", "1", good + good,
		base64.StdEncoding.EncodeToString(raw) + "=",
		base64.RawURLEncoding.EncodeToString(raw[:20]),
		base64.RawURLEncoding.EncodeToString(append(slices.Clone(raw[:20]), "' OR 1=1 --"...)),
		base64.RawURLEncoding.EncodeToString(append(slices.Clone(raw), make([]byte, 64)...)),
		base64.RawURLEncoding.EncodeToString(append(slices.Clone(raw[:20]), 0xff)),
	} {
		if key, ok := parseCursor(text, "shape"); ok {
			t.Errorf("%q was read as %v", text, key)
		}
	}
	// A time that no database holds would make the store fail where the caller is at fault.
	for _, micro := range []int64{math.MinInt64, math.MaxInt64, -1 << 60, 1 << 60} {
		text := cursor{Keyset{time.UnixMicro(micro), "x"}, 7}.encode("shape")
		if c, ok := parseCursor(text, "shape"); ok {
			t.Errorf("the time %v was accepted", c.key.CreatedAt)
		}
	}
}

func TestPageRequestsHaveLimits(t *testing.T) {
	for _, c := range []struct {
		r      PageRequest
		fields []string
	}{
		{PageRequest{Number: 1, Size: 1}, nil},
		{PageRequest{Number: 1, Size: 100}, nil},
		{PageRequest{Number: math.MaxInt32 / 100, Size: 100}, nil},
		{PageRequest{Number: -1, Size: 50}, []string{"page"}},
		{PageRequest{Number: math.MaxInt, Size: 50}, []string{"page"}},
		{PageRequest{Number: 1, Size: -1}, []string{"page_size"}},
		{PageRequest{Number: 1, Size: 101}, []string{"page_size"}},
		{PageRequest{Number: -1, Size: math.MaxInt, Cursor: "x"}, []string{"page", "page_size", "cursor"}},
	} {
		_, err := c.r.cursor("shape")
		if got := fieldsOf(t, err); !slices.Equal(got, c.fields) {
			t.Errorf("%+v: refused for %v, want %v", c.r, got, c.fields)
		}
	}
}

func TestLastPageHasNoCursor(t *testing.T) {
	for n, want := range map[int]bool{0: false, 49: false, 50: false, 51: true} {
		var asked Window
		rows := func(_ context.Context, _ Scope, _ Filter, w Window) ([]Payment, error) {
			asked = w
			all := make([]Payment, n)
			for i := range all {
				all[i].ID = newUUID()
			}
			return all[:min(n, w.Limit)], nil
		}
		count := func(context.Context, Scope, Filter) (int64, error) { return int64(n), nil }
		page, err := listPage(t.Context(), list[Payment]{"payments", rows, count, func(p Payment) Keyset { return Keyset{p.CreatedAt, p.ID} }, nil}, Scope{}, Filter{}, PageRequest{})
		if err != nil || (page.NextCursor != "") != want || len(page.Items) != min(n, 50) || page.Number != 1 || page.Size != DefaultPageSize || asked.Limit != 51 {
			t.Errorf("%d rows: %d on the page, cursor %q, %v", n, len(page.Items), page.NextCursor, err)
		}
	}
}

func TestStoreFailureOfAListIsUnavailable(t *testing.T) {
	broken := errors.New("disk I/O error")
	l := list[Payment]{name: "payments", count: func(context.Context, Scope, Filter) (int64, error) { return 0, broken }}
	if _, err := listPage(t.Context(), l, Scope{}, Filter{}, PageRequest{}); !errors.Is(err, ErrUnavailable) || !errors.Is(err, broken) {
		t.Error(err)
	}
}

func FuzzCursor(f *testing.F) {
	f.Add(cursor{Keyset{signedAt, newUUID()}, 7}.encode("shape"), "shape")
	f.Add(cursor{Keyset{time.Time{}, "x"}, 0}.encode(""), "")
	f.Add("", "")
	f.Fuzz(func(t *testing.T, text, shape string) {
		c, ok := parseCursor(text, shape)
		if !ok {
			return
		}
		if !validID(c.key.ID) || len(c.key.ID) > 64 || c.key.CreatedAt.Year() < 1 || c.key.CreatedAt.Year() > 9999 || c.total < 0 {
			t.Fatalf("%q was read as %v", text, c)
		}
		if again := c.encode(shape); again != text {
			t.Fatalf("%q and %q name one place", text, again)
		}
	})
}

func TestWalkCountsOnce(t *testing.T) {
	counted := 0
	rows := func(_ context.Context, _ Scope, _ Filter, w Window) ([]Payment, error) {
		all := make([]Payment, w.Limit)
		for i := range all {
			all[i].ID = newUUID()
		}
		return all, nil
	}
	count := func(context.Context, Scope, Filter) (int64, error) { counted++; return 1234, nil }
	l := list[Payment]{"payments", rows, count, func(p Payment) Keyset { return Keyset{p.CreatedAt, p.ID} }, nil}
	var request PageRequest
	for range 3 {
		page, err := listPage(t.Context(), l, Scope{}, Filter{}, request)
		if err != nil || page.Total != 1234 {
			t.Fatal(page.Total, err)
		}
		request.Cursor = page.NextCursor
	}
	if counted != 1 {
		t.Errorf("three pages of a walk counted %d times", counted)
	}
}
