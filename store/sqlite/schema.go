package sqlite

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
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

// migration is one file of [Migrations], or what the table payments_migrations says of one.
type migration struct {
	version  int
	name     string
	checksum string // SHA-256 of the file, in hexadecimal
	sql      string
}

// checkSchema fails where the recorded schema isn't exactly the known one. One without any record is a host's own
// doing, and trusted if it is there at all.
func (w *writer) checkSchema(ctx context.Context) error {
	known, err := knownMigrations(Migrations)
	if err != nil {
		return err
	}
	missing, err := w.missing(ctx, known)
	if err != nil || len(missing) == 0 {
		return err
	}
	if len(missing) == len(known) {
		made, err := w.hasTable(ctx, "payments_configs")
		if err != nil || made {
			return err
		}
	}
	return fmt.Errorf("the schema lacks %s; run sqlite.Migrate first", missing[0].name)
}

func (w *writer) hasTable(ctx context.Context, name string) (bool, error) {
	var tables int
	err := w.conn.QueryRowContext(ctx, `
		SELECT COUNT(*)
		FROM sqlite_schema
		WHERE type = 'table' AND name = ?`,
		name).Scan(&tables)
	return tables > 0, err
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
	if made, err := w.hasTable(ctx, "payments_migrations"); err != nil || !made {
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
