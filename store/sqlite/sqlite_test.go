package sqlite_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/store/sqlite"
)

var epoch = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// open opens a store in a new file.
func open(t testing.TB) *sqlite.Store {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "payments.db"), nil)
}

func openAt(t testing.TB, path string, opts *sqlite.Options) *sqlite.Store {
	t.Helper()
	if opts == nil {
		opts = &sqlite.Options{}
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	store, err := sqlite.Open(context.Background(), path, opts)
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

func TestFileIsForItsOwnerOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "payments.db")
	store := openAt(t, path, nil)
	if _, err := store.AddEvent(t.Context(), event("evt_1", "sub_1")); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", info.Name(), info.Mode())
		}
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
		ReceivedAt: epoch,
	}
}
