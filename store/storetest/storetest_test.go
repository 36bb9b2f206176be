package storetest_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/store/sqlite"
	"github.com/manytenants/payments/store/storetest"
)

func TestSQLiteKeepsEveryPromise(t *testing.T) {
	t.Parallel()
	empty := migrated(t)
	storetest.Run(t, func(t *testing.T) payments.Store {
		path := filepath.Join(t.TempDir(), "payments.db")
		if err := os.WriteFile(path, empty, 0o600); err != nil {
			t.Fatal(err)
		}
		return open(t, path)
	})
}

// migrated is the file of an empty store. Copies of it save each promise the migration.
func migrated(t *testing.T) []byte {
	path := filepath.Join(t.TempDir(), "payments.db")
	if err := open(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	empty, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return empty
}

func open(t *testing.T, path string) *sqlite.Store {
	store, err := sqlite.Open(t.Context(), path, &sqlite.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}
