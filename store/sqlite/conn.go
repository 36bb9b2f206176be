package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	driver "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"
)

// pool returns a database/sql pool of connections to path, each with the given pragmas.
func pool(path string, conns int, pragmas ...string) (*sql.DB, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	abs = filepath.ToSlash(abs)
	if !strings.HasPrefix(abs, "/") { // a Windows drive
		abs = "/" + abs
	}
	uri := url.URL{Scheme: "file", Path: abs, RawQuery: url.Values{
		"mode":    {"rw"}, // createFile alone creates, with the right permissions
		"_txlock": {"immediate"},
		"_pragma": pragmas,
	}.Encode()}
	connector, err := driver.NewConnector(uri.String())
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// createFile makes an empty database file that only its owner can read. The log and the shared memory
// get their permissions from it. A file that exists is not opened: closing it again would drop the
// locks that other connections of this process hold on it.
func createFile(path string) error {
	switch {
	case path == "":
		return errors.New("the path is empty")
	case strings.HasPrefix(path, ":memory:"):
		return errors.New("a database in memory can't serve separate readers and writers; use a file in a temporary directory")
	case strings.HasPrefix(path, "file:"):
		return errors.New("the path must be a file name, not a URI; the connection's settings are the package's own")
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// conn is one connection with its statements, which are prepared once: preparing costs as much as running.
type conn struct {
	*sql.Conn
	stmts map[string]*sql.Stmt
}

func connect(ctx context.Context, db *sql.DB) (*conn, error) {
	c, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &conn{c, map[string]*sql.Stmt{}}, nil
}

// prepare returns the statement for a text. The texts are few, because lists of values in them are padded.
func (c *conn) prepare(query string) (*sql.Stmt, error) {
	if stmt, ok := c.stmts[query]; ok {
		return stmt, nil
	}
	stmt, err := c.PrepareContext(context.Background(), query)
	if err == nil {
		c.stmts[query] = stmt
	}
	return stmt, err
}

func (c *conn) exec(ctx context.Context, query string, args ...any) (affected int64, err error) {
	stmt, err := c.prepare(query) //nolint:sqlclosecheck // it lives as long as the connection
	if err != nil {
		return 0, err
	}
	result, err := stmt.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (c *conn) query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	stmt, err := c.prepare(query) //nolint:sqlclosecheck // it lives as long as the connection
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

// rollback ends a transaction, if there is one, and reports whether the connection is fit for another.
func (c *conn) rollback() (fit bool) {
	_, err := c.exec(context.Background(), "ROLLBACK")
	return err == nil || strings.Contains(err.Error(), "no transaction is active")
}

// discard closes the connection and its statements.
func (c *conn) discard() {
	for _, stmt := range c.stmts {
		_ = stmt.Close()
	}
	_ = c.Close()
}

func busyPragma(wait time.Duration) string {
	return fmt.Sprintf("busy_timeout(%d)", max(1, wait.Milliseconds()))
}

// useWAL switches the file to a write-ahead log and fails where that can't be. SQLite doesn't wait for a
// lock when two connections switch at once, so the wait is here.
func useWAL(ctx context.Context, c *conn, wait time.Duration) error {
	var mode string
	for deadline := time.Now().Add(wait); ; {
		err := c.QueryRowContext(ctx, "PRAGMA journal_mode = WAL").Scan(&mode)
		if err == nil {
			break
		}
		if !isBusy(err) || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
	if mode != "wal" {
		return fmt.Errorf("the journal mode is %q and can't be made \"wal\"; the file needs a local file system", mode)
	}
	return nil
}

// verify asks the connection for the settings that the promises of the package rest on.
func verify(ctx context.Context, c *conn) error {
	for _, setting := range []struct{ pragma, want string }{
		{"encoding", "UTF-8"}, // any other would change text that isn't valid UTF-8
		{"journal_mode", "wal"},
		{"synchronous", "2"},
		{"foreign_keys", "1"},
	} {
		var got string
		if err := c.QueryRowContext(ctx, "PRAGMA "+setting.pragma).Scan(&got); err != nil {
			return err
		}
		if got != setting.want {
			return fmt.Errorf("the database's %s is %s; the store needs %s", setting.pragma, got, setting.want)
		}
	}
	return nil
}

// isBusy reports whether another connection's lock is the reason.
func isBusy(err error) bool {
	var e *driver.Error
	return errors.As(err, &e) && e.Code()&0xff == codes.SQLITE_BUSY
}
