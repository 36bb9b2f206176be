// Package sqlite is the embedded [payments.Store]: one SQLite file, no server, no cgo.
//
//	store, err := sqlite.Open(ctx, "payments.db", nil)
//	if err != nil {
//		return err
//	}
//	defer store.Close()
//	service, err := payments.New(store, ring, auth, nil)
//
// The file may be the host's own database: every table here begins with "payments_", and nothing else
// is touched. Several processes of one machine may have it open at once. The file must not lie on a
// network file system, where the locks and the shared memory of SQLite's write-ahead log don't hold.
//
// # How it works
//
// SQLite has one writer at a time. A Store therefore has one writing connection, with its statements
// prepared once, and a pool of reading ones: in a write-ahead log readers see the last commit and never
// wait for a writer. Writers of one Store queue up in order, and leave the queue when their context
// ends; writers of other processes are waited for until [Options.BusyTimeout].
//
// Each commit is flushed to the disk before its method returns. Webhook events that arrive while a
// commit is under way share the next one, so that a burst costs few flushes and a single event waits for none.
//
// Counts and sums are kept beside the rows and moved in the same transaction. Lists are read from an
// index in their own order, so that a page costs the same whatever lies behind it.
//
// Times are whole microseconds since 1970 in UTC, the zero time included (it is -62135596800000000),
// so that order in the database is order in time. What is finer is cut off.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"time"

	"github.com/manytenants/payments"
)

var _ payments.Store = (*Store)(nil)

var (
	errClosed = errors.New("the store is closed")
	errBusy   = errors.New("the database is busy: other writers held it for longer than the BusyTimeout")
)

// Options are the optional settings of [Open] and [Migrate]. The zero value of each field is its default.
type Options struct {
	// Logger is told of each migration that is applied. Default: slog.Default().
	Logger *slog.Logger

	// ReadConns is how many reads may run at a time; further ones wait for their turn.
	// Default: the number of processors, at least 4.
	ReadConns int

	// BusyTimeout is how long a write waits for the writers before it, those of other processes
	// included, until it fails. It is precise to the millisecond. Default: 5 seconds.
	BusyTimeout time.Duration

	// SkipMigrate leaves the schema alone, for hosts that call [Migrate], or apply [Migrations]
	// with a tool of their own, before they open the store. Open then fails if the schema that Migrate
	// recorded is not the one this release needs, and trusts one that it has no record of.
	// Default: Open migrates.
	SkipMigrate bool
}

func (o *Options) withDefaults() Options {
	var opts Options
	if o != nil {
		opts = *o
	}
	if opts.Logger == nil {
		opts.Logger = slog.Default()
	}
	if opts.ReadConns <= 0 {
		opts.ReadConns = max(4, runtime.GOMAXPROCS(0))
	}
	if opts.BusyTimeout <= 0 {
		opts.BusyTimeout = 5 * time.Second
	}
	return opts
}

// Store is a [payments.Store] in one SQLite file. [Open] makes it and Close ends it. Its methods are
// safe for concurrent use, by this and other processes.
type Store struct {
	write *writer
	read  *reader
	inbox inbox
}

// Open opens the database file at path, makes it (readable and writable by its owner only) where there
// is none, and brings its schema up to date. The directory must exist. ctx is only for the opening.
//
// It sets a write-ahead log with a full flush at each commit, and fails where the file can't have one.
// A path of ":memory:" is refused, because readers and writer are separate connections and would see separate
// databases; tests use a file in a temporary directory.
func Open(ctx context.Context, path string, opts *Options) (_ *Store, err error) {
	defer wrap(&err, "open "+path)
	o := opts.withDefaults()
	w, err := openWriter(ctx, path, o.BusyTimeout)
	if err != nil {
		return nil, err
	}
	if o.SkipMigrate {
		err = w.checkSchema(ctx)
	} else {
		err = w.migrate(ctx, o.Logger)
	}
	if err != nil {
		return nil, errors.Join(err, w.close())
	}
	r, err := openReader(ctx, path, o)
	if err != nil {
		return nil, errors.Join(err, w.close())
	}
	return &Store{write: w, read: r}, nil
}

// Close waits for the writes under way, refuses further calls and closes the file. Closing twice is no error.
func (s *Store) Close() (err error) {
	defer wrap(&err, "close")
	s.inbox.close()
	return errors.Join(s.read.close(), s.write.close())
}

// wrap names the operation in an error, and turns a row that isn't there into [payments.ErrNotFound].
func wrap(err *error, operation string) {
	switch {
	case *err == nil:
	case errors.Is(*err, sql.ErrNoRows):
		*err = fmt.Errorf("sqlite: %s: %w", operation, payments.ErrNotFound)
	default:
		*err = fmt.Errorf("sqlite: %s: %w", operation, *err)
	}
}
