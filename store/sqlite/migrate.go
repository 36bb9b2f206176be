package sqlite

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strconv"
	"time"
)

//go:embed migrations/*.sql
var embedded embed.FS

// Migrations holds the schema's history: files named 0001_configs.sql and so on, to be applied in order, each in a
// transaction of its own. Each is one statement that adds something; none changes data. They are here
// to be read, and for hosts whose own tool applies them; others leave them to [Open] or [Migrate].
var Migrations fs.FS = mustSub(embedded, "migrations")

func mustSub(files fs.FS, dir string) fs.FS {
	sub, err := fs.Sub(files, dir)
	if err != nil {
		panic(err)
	}
	return sub
}

// migrationWait is how long a migration waits for those of other processes.
const migrationWait = time.Minute

// migration is one file of [Migrations], or what the table payments_migrations says of one.
type migration struct {
	version  int
	name     string
	checksum string // SHA-256 of the file, in hexadecimal
	sql      string
}

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

// checkSchema fails where the recorded schema isn't exactly the known one.
func (w *writer) checkSchema(ctx context.Context) error {
	known, err := knownMigrations(Migrations)
	if err != nil {
		return err
	}
	missing, err := w.missing(ctx, known)
	if err != nil || len(missing) == 0 || len(missing) == len(known) {
		return err
	}
	return fmt.Errorf("the schema lacks %s; run sqlite.Migrate first", missing[0].name)
}

// missing returns the known migrations that aren't recorded, after comparing those that are.
func (w *writer) missing(ctx context.Context, known []migration) ([]migration, error) {
	recorded, err := w.recorded(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range recorded {
		i := slices.IndexFunc(known, func(m migration) bool { return m.version == r.version })
		if i < 0 {
			return nil, fmt.Errorf("the schema is newer than this release: it has %s; use the release that made it, or a later one", r.name)
		}
		if known[i].checksum != r.checksum {
			return nil, fmt.Errorf("migration %s was applied with another text (checksum %.12s, here %.12s); published migrations must not change",
				known[i].name, r.checksum, known[i].checksum)
		}
	}
	return slices.DeleteFunc(slices.Clone(known), func(m migration) bool {
		return slices.ContainsFunc(recorded, func(r migration) bool { return r.version == m.version })
	}), nil
}

// recorded reads payments_migrations; nothing where it doesn't exist yet.
func (w *writer) recorded(ctx context.Context) ([]migration, error) {
	var tables int
	if err := w.conn.QueryRowContext(ctx, `
		SELECT COUNT(*)
		FROM sqlite_schema
		WHERE type = 'table' AND name = 'payments_migrations'`,
	).Scan(&tables); err != nil || tables == 0 {
		return nil, err
	}
	scan := func(row scanner) (m migration, err error) {
		err = row.Scan(&m.version, &m.name, &m.checksum)
		return m, err
	}
	return all(&view{ctx: ctx, conn: w.conn}, scan, `
		SELECT
			version,
			name,
			checksum
		FROM payments_migrations
		ORDER BY version`)
}

// knownMigrations reads the migration files in order.
func knownMigrations(files fs.FS) ([]migration, error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return nil, err
	}
	known := make([]migration, 0, len(names))
	for i, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		version, err := strconv.Atoi(name[:4])
		if err != nil || version != i+1 {
			return nil, fmt.Errorf("%s is not number %04d", name, i+1)
		}
		sum := sha256.Sum256(text)
		known = append(known, migration{version, name, hex.EncodeToString(sum[:]), string(text)})
	}
	return known, nil
}
