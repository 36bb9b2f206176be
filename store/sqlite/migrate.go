package sqlite

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// migrationWait is how long a migration waits for those of other processes.
const migrationWait = time.Minute

// Migrate makes the database file at path where there is none, and applies the migrations it lacks. The table
// payments_migrations records them with the checksum of their text. It fails, and changes nothing, where that table
// names a migration that this release doesn't know, or knows with another text.
//
// Any number of processes may migrate one file at once: each migration runs in one of them, in one
// transaction with its record, so that a process that is killed leaves nothing half done.
//
// Most users won't need it: [Open] migrates.
func Migrate(ctx context.Context, path string, opts *Options) (err error) {
	defer wrap(&err, "migrate "+path)
	o := opts.withDefaults()
	w, err := openWriter(ctx, path, o.BusyTimeout)
	if err != nil {
		return err
	}
	return errors.Join(w.migrate(ctx, o.Logger), w.close())
}

// migrate applies what is missing. Where nothing is, it only reads.
func (w *writer) migrate(ctx context.Context, log *slog.Logger) error {
	known, err := knownMigrations(Migrations)
	if err != nil {
		return err
	}
	for {
		missing, err := w.missing(ctx, known)
		if err != nil || len(missing) == 0 {
			return err
		}
		if err := w.apply(ctx, log, known); err != nil {
			return err
		}
	}
}

// apply applies the first migration that is missing by the time the write lock is held.
func (w *writer) apply(ctx context.Context, log *slog.Logger, known []migration) error {
	tx, err := w.beginPatiently(ctx)
	if err != nil {
		return err
	}
	defer tx.rollback()
	if err := tx.script(`
		CREATE TABLE IF NOT EXISTS payments_migrations (
			version    INTEGER NOT NULL PRIMARY KEY,
			name       TEXT    NOT NULL,
			checksum   TEXT    NOT NULL,
			applied_at INTEGER NOT NULL
		) STRICT`); err != nil {
		return err
	}
	missing, err := w.missing(ctx, known)
	if err != nil || len(missing) == 0 {
		return err
	}
	m := missing[0]
	log.InfoContext(ctx, "payments: migrating the database", "migration", m.name)
	if err := tx.script(m.sql); err != nil {
		return fmt.Errorf("%s: %w", m.name, err)
	}
	if _, err := tx.exec(`
		INSERT INTO payments_migrations (version, name, checksum, applied_at)
		VALUES (?, ?, ?, ?)`,
		m.version, m.name, m.checksum, time.Now().UnixMicro()); err != nil {
		return err
	}
	log.DebugContext(ctx, "payments: migrated the database, to be committed", "migration", m.name)
	return tx.commit()
}

// beginPatiently begins a transaction when many processes migrate at once.
func (w *writer) beginPatiently(ctx context.Context) (*tx, error) {
	for deadline := time.Now().Add(migrationWait); ; {
		tx, err := w.begin(ctx)
		if !errors.Is(err, errBusy) || time.Now().After(deadline) {
			return tx, err
		}
	}
}

// script runs SQL that isn't worth a prepared statement.
func (t *tx) script(text string) error {
	_, err := t.w.conn.ExecContext(context.Background(), text)
	return err
}
