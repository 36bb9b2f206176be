package sqlite_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/manytenants/payments/store/sqlite"
)

// The test binary is also the program that other processes run.
const (
	migrateEnv = "PAYMENTS_TEST_MIGRATE" // the file to migrate
	writeEnv   = "PAYMENTS_TEST_WRITE"   // the file to write to
	killEnv    = "PAYMENTS_TEST_KILL"    // the migration before whose commit the process kills itself
)

func TestMain(m *testing.M) {
	run := m.Run
	if path := os.Getenv(migrateEnv); path != "" {
		run = func() int { return migrateAsChild(path) }
	} else if path := os.Getenv(writeEnv); path != "" {
		run = func() int { return writeAsChild(path) }
	}
	os.Exit(run())
}

// migrateAsChild waits for the end of its input, so that all processes start at once.
func migrateAsChild(path string) int {
	_, _ = io.Copy(io.Discard, os.Stdin)
	log := slog.New(childLog{kill: os.Getenv(killEnv)})
	if err := sqlite.Migrate(context.Background(), path, &sqlite.Options{Logger: log}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// childLog prints the migrations that are about to be committed, and kills its process at one of them.
type childLog struct {
	slog.Handler
	kill string
}

func (childLog) Enabled(context.Context, slog.Level) bool { return true }

func (l childLog) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if r.Level == slog.LevelDebug {
			fmt.Println(a.Value)
			if a.Value.String() == l.kill {
				killSelf()
			}
		}
		return true
	})
	return nil
}

func killSelf() {
	if self, err := os.FindProcess(os.Getpid()); err == nil {
		_ = self.Kill()
	}
	select {} // the signal is on its way
}

// child prepares a process with these variables.
func child(t *testing.T, variables ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), variables...)
	cmd.Stderr = os.Stderr
	return cmd
}

func migrationNames(t *testing.T) []string {
	t.Helper()
	names, err := fs.Glob(sqlite.Migrations, "*.sql")
	must(t, err)
	return names
}

// schemaOf reads the statements that made the schema.
func schemaOf(t *testing.T, path string) []string {
	t.Helper()
	return column(t, foreign(t, path), `SELECT COALESCE(sql, name) FROM sqlite_schema ORDER BY name`)
}

func freshSchema(t *testing.T) []string {
	t.Helper()
	path := newPath(t)
	openAt(t, path, sqlite.Options{})
	return schemaOf(t, path)
}

func TestSixteenProcessesMigrateEachStepOnce(t *testing.T) {
	fresh := freshSchema(t)
	for range 2 {
		path := newPath(t)
		start, release, err := os.Pipe()
		must(t, err)
		var children []*exec.Cmd
		var outputs []*bufio.Scanner
		for range 16 {
			cmd := child(t, migrateEnv+"="+path)
			cmd.Stdin = start
			out, err := cmd.StdoutPipe()
			must(t, err)
			must(t, cmd.Start())
			children, outputs = append(children, cmd), append(outputs, bufio.NewScanner(out))
		}
		must(t, release.Close())
		var ran []string
		for i, cmd := range children {
			for outputs[i].Scan() {
				ran = append(ran, outputs[i].Text())
			}
			if err := cmd.Wait(); err != nil {
				t.Errorf("process %d: %v", i, err)
			}
		}
		must(t, start.Close())
		slices.Sort(ran)
		if want := migrationNames(t); !slices.Equal(ran, want) {
			t.Errorf("ran %v, want each once: %v", ran, want)
		}
		if got := schemaOf(t, path); !slices.Equal(got, fresh) {
			t.Errorf("schema %v, want %v", got, fresh)
		}
	}
}

func TestKilledMigrationLeavesNothingHalfDone(t *testing.T) {
	path := newPath(t)
	names := migrationNames(t)
	for i, name := range names {
		out, err := child(t, migrateEnv+"="+path, killEnv+"="+name).Output()
		if err == nil || !strings.HasSuffix(string(out), name+"\n") {
			t.Fatalf("the process was to be killed at %s: %q, %v", name, out, err)
		}
		if i == 0 {
			continue // the table of migrations is part of the first one's transaction
		}
		if got := column(t, foreign(t, path), `SELECT name FROM payments_migrations ORDER BY version`); !slices.Equal(got, names[:i]) {
			t.Fatalf("killed at %s: recorded %v", name, got)
		}
	}
	openAt(t, path, sqlite.Options{})
	if got, want := schemaOf(t, path), freshSchema(t); !slices.Equal(got, want) {
		t.Errorf("schema %v, want %v", got, want)
	}
}

func TestNewerSchemaIsRefused(t *testing.T) {
	path := newPath(t)
	openAt(t, path, sqlite.Options{})

	execute(t, foreign(t, path), `INSERT INTO payments_migrations VALUES (9999, '9999_refunds.sql', 'x', 1)`)
	for _, skip := range []bool{false, true} {
		_, err := sqlite.Open(t.Context(), path, &sqlite.Options{SkipMigrate: skip})
		if err == nil || !strings.Contains(err.Error(), "newer") || !strings.Contains(err.Error(), "9999_refunds.sql") {
			t.Errorf("skip %v: %v", skip, err)
		}
	}
}

func TestChangedMigrationIsRefused(t *testing.T) {
	path := newPath(t)
	openAt(t, path, sqlite.Options{})
	execute(t, foreign(t, path), `UPDATE payments_migrations SET checksum = 'x' WHERE version = 3`)
	_, err := sqlite.Open(t.Context(), path, nil)
	if err == nil || !strings.Contains(err.Error(), "0003_customers_by_stripe_id.sql") {
		t.Errorf("%v", err)
	}
}

func TestSkipMigrateNeedsTheWholeSchema(t *testing.T) {
	path := newPath(t)
	if _, err := sqlite.Open(t.Context(), path, &sqlite.Options{SkipMigrate: true}); err == nil || !strings.Contains(err.Error(), "0001_configs.sql") {
		t.Errorf("no schema at all: %v", err)
	}
	must(t, sqlite.Migrate(t.Context(), path, &sqlite.Options{Logger: slog.New(slog.DiscardHandler)}))
	openAt(t, path, sqlite.Options{SkipMigrate: true})
	execute(t, foreign(t, path), `DELETE FROM payments_migrations WHERE version = 20`)
	_, err := sqlite.Open(t.Context(), path, &sqlite.Options{SkipMigrate: true})
	if err == nil || !strings.Contains(err.Error(), "0020_changes_due.sql") {
		t.Errorf("%v", err)
	}
}

func TestHostMayApplyTheMigrationsItself(t *testing.T) {
	path := newPath(t)
	host := foreign(t, path)
	for _, name := range migrationNames(t) {
		text, err := fs.ReadFile(sqlite.Migrations, name)
		must(t, err)
		execute(t, host, string(text))
	}
	fill(t, openAt(t, path, sqlite.Options{SkipMigrate: true}))
}

func TestMigrationsAreOneStatementEach(t *testing.T) {
	for _, name := range migrationNames(t) {
		text, err := fs.ReadFile(sqlite.Migrations, name)
		must(t, err)
		if n := strings.Count(string(text), ";"); n != 1 {
			t.Errorf("%s has %d statements", name, n)
		}
	}
}

func TestEverythingIsPrefixed(t *testing.T) {
	path := newPath(t)
	openAt(t, path, sqlite.Options{})
	for _, name := range column(t, foreign(t, path), `SELECT name FROM sqlite_schema`) {
		if !strings.HasPrefix(name, "payments_") && !strings.HasPrefix(name, "sqlite_autoindex_payments_") {
			t.Errorf("%s may be the host's name", name)
		}
	}
}
