package storetest_test

import (
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/store/sqlite"
	"github.com/manytenants/payments/store/storetest"
)

func openSQLite(t *testing.T) payments.Store {
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "payments.db"), &sqlite.Options{Logger: slog.New(slog.DiscardHandler)})
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

func TestSQLiteKeepsEveryPromise(t *testing.T) { storetest.Run(t, openSQLite) }
