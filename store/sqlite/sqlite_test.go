package sqlite_test

import (
	"context"
	"database/sql"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/store/sqlite"
)

var noon = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

func newPath(t testing.TB) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "payments.db")
}

// migrated is the content of a file that was migrated and holds nothing. Copying it spares most tests the twenty
// flushes of a migration.
var migrated = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "payments.db")
	if err := sqlite.Migrate(context.Background(), path, &sqlite.Options{Logger: slog.New(slog.DiscardHandler)}); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// open opens a store in a new file.
func open(t testing.TB) *sqlite.Store {
	t.Helper()
	path := newPath(t)
	content, err := migrated()
	must(t, err)
	must(t, os.WriteFile(path, content, 0o600))
	return openAt(t, path, sqlite.Options{})
}

func openAt(t testing.TB, path string, opts sqlite.Options) *sqlite.Store {
	t.Helper()
	opts.Logger = slog.New(slog.DiscardHandler)
	store, err := sqlite.Open(context.Background(), path, &opts)
	must(t, err)
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

// foreign opens the file as another program would, on one connection.
func foreign(t testing.TB, path string) *sql.Conn {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	conn, err := db.Conn(context.Background())
	must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func execute(t testing.TB, conn *sql.Conn, query string, args ...any) {
	t.Helper()
	_, err := conn.ExecContext(context.Background(), query, args...)
	must(t, err)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func object(id string) payments.Object {
	return payments.Object{Project: "p", Mode: payments.Test, Kind: payments.KindSubscription, ID: id}
}

func event(id, subscription string) payments.Event {
	return payments.Event{
		Project:    "p",
		Mode:       payments.Test,
		ID:         id,
		Type:       "customer.subscription.updated",
		Object:     object(subscription),
		Status:     payments.EventPending,
		ReceivedAt: noon,
	}
}

// apply writes rows as a sync of the object does.
func apply(t testing.TB, store *sqlite.Store, o payments.Object, y payments.Synced) {
	t.Helper()
	ticket, err := store.ClaimObject(context.Background(), o, noon, noon.Add(time.Minute))
	must(t, err)
	y.Ticket, y.Now = ticket, noon
	applied, err := store.ApplySync(context.Background(), y)
	must(t, err)
	if !applied {
		t.Fatalf("ticket %+v was not applied", ticket)
	}
}

func TestFileIsForItsOwnerOnly(t *testing.T) {
	path := newPath(t)
	store := openAt(t, path, sqlite.Options{})
	must(t, store.RequestSync(t.Context(), noon, object("sub_1")))
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		must(t, err)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", info.Name(), info.Mode())
		}
	}
}

func TestOpenRefusesWhatItCantServe(t *testing.T) {
	for path, want := range map[string]string{
		"":                                     "empty",
		":memory:":                             "temporary directory",
		"file:payments.db?mode=memory":         "not a URI",
		filepath.Join(t.TempDir(), "no", "db"): "no such file or directory",
		t.TempDir():                            "unable to open",
	} {
		store, err := sqlite.Open(t.Context(), path, nil)
		if err == nil {
			_ = store.Close()
			t.Errorf("%q was opened", path)
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", path, err, want)
		}
	}
}

func TestOpenTakesAnyFileName(t *testing.T) {
	for _, name := range []string{"a?b=c.db", "50%.db", "a#b.db", "with space.db", "ünï.db"} {
		path := filepath.Join(t.TempDir(), name)
		store := openAt(t, path, sqlite.Options{})
		must(t, store.RequestSync(t.Context(), noon, object("sub_1")))
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
}

func TestReopeningKeepsEverything(t *testing.T) {
	path := newPath(t)
	store := openAt(t, path, sqlite.Options{})
	fill(t, store)
	before := dump(t, path)
	must(t, store.Close())
	store = openAt(t, path, sqlite.Options{})
	if after := dump(t, path); !reflect.DeepEqual(before, after) {
		t.Errorf("before %v\nafter %v", before, after)
	}
	if added, err := store.AddEvent(t.Context(), event("evt_1", "sub_1")); err != nil || added {
		t.Errorf("an event of before: added %v, %v", added, err)
	}
}

func TestClosedStoreRefusesCalls(t *testing.T) {
	store := open(t)
	must(t, store.Close())
	must(t, store.Close())
	ctx := t.Context()
	for name, call := range map[string]func() error{
		"AddEvent":    func() error { _, err := store.AddEvent(ctx, event("evt_1", "sub_1")); return err },
		"RequestSync": func() error { return store.RequestSync(ctx, noon, object("sub_1")) },
		"Totals":      func() error { _, err := store.Totals(ctx, []payments.ProjectID{"p"}, payments.Test); return err },
	} {
		if err := call(); err == nil || !strings.Contains(err.Error(), "closed") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// fill writes at least one row to each table.
func fill(t testing.TB, store *sqlite.Store) {
	t.Helper()
	ctx := context.Background()
	must(t, store.PutConfig(ctx, payments.Config{
		ID:      "c",
		Project: "p",
		Active:  true,
		Test:    payments.Credentials{SecretKey: payments.Sealed{Ciphertext: []byte{0, 1}, Mask: "sk_test_...aBcD"}, ConfiguredAt: noon},
		Version: 1,
	}))
	_, err := store.ClaimCustomer(ctx, payments.Customer{Project: "p", Mode: payments.Test, User: "u", Claim: "c"})
	must(t, err)
	_, err = store.AddEvent(ctx, event("evt_1", "sub_1"))
	must(t, err)
	apply(t, store, object("sub_2"), payments.Synced{
		Subscription: &payments.Subscription{ID: "s", Project: "p", Mode: payments.Test, SubscriptionID: "sub_2", User: "u", Status: "active", Currency: "usd", MRR: 7, CreatedAt: noon},
		Payment:      &payments.Payment{ID: "p", Project: "p", Mode: payments.Test, Source: "in_1", User: "u", Status: "succeeded", Currency: "usd", Amount: 9, Collected: true, CreatedAt: noon},
		Notify:       true,
		ChangeID:     "ch",
	})
}

// dump reads every table of the package.
func dump(t testing.TB, path string) map[string][][]any {
	t.Helper()
	conn, ctx := foreign(t, path), context.Background()
	found := map[string][][]any{}
	for _, table := range column(t, conn, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'payments_%'`) {
		rows, err := conn.QueryContext(ctx, "SELECT * FROM "+table)
		must(t, err)
		defer rows.Close()
		columns, err := rows.Columns()
		must(t, err)
		for rows.Next() {
			row := make([]any, len(columns))
			dest := make([]any, len(columns))
			for i := range row {
				dest[i] = &row[i]
			}
			must(t, rows.Scan(dest...))
			found[table] = append(found[table], row)
		}
		must(t, rows.Err())
		if len(found[table]) == 0 {
			t.Errorf("%s is empty", table)
		}
	}
	return found
}

// column reads the first column of a query as text.
func column(t testing.TB, conn *sql.Conn, query string, args ...any) (values []string) {
	t.Helper()
	rows, err := conn.QueryContext(context.Background(), query, args...)
	must(t, err)
	defer rows.Close()
	for rows.Next() {
		var value string
		must(t, rows.Scan(&value))
		values = append(values, value)
	}
	must(t, rows.Err())
	return values
}
