package sqlite_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"testing"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/store/sqlite"
)

// writeAsChild adds events from four goroutines, and prints the id of each once it is acknowledged, until it is killed.
func writeAsChild(path string) int {
	store, err := sqlite.Open(context.Background(), path, &sqlite.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	var writers sync.WaitGroup
	for writer := range 4 {
		writers.Go(func() {
			for n := 0; ; n++ {
				id := fmt.Sprintf("evt_%d_%d_%d", os.Getpid(), writer, n)
				if added, err := store.AddEvent(context.Background(), event(id, fmt.Sprint("sub_", n%5))); err != nil || !added {
					fmt.Fprintln(os.Stderr, added, err)
					os.Exit(1)
				}
				fmt.Println(id)
			}
		})
	}
	writers.Wait()
	return 0
}

func TestAcknowledgedEventsSurviveKilledProcesses(t *testing.T) {
	path := newPath(t)
	acknowledged := make(chan string, 1<<16)
	var processes sync.WaitGroup
	for i := range 3 {
		cmd := child(t, writeEnv+"="+path)
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		processes.Go(func() {
			lines := bufio.NewScanner(out)
			for n := 0; lines.Scan(); n++ {
				acknowledged <- lines.Text()
				if n == 40*(1+i) { // while the others go on
					_ = cmd.Process.Kill()
				}
			}
			_ = cmd.Wait()
		})
	}
	processes.Wait()
	close(acknowledged)
	store := openAt(t, path, sqlite.Options{})
	stored := map[string]bool{}
	list, err := store.Events(t.Context(), "p", payments.Test, payments.Window{Limit: 1 << 20})
	must(t, err)
	for _, e := range list {
		stored[e.ID] = true
	}
	if len(acknowledged) < 3*40 {
		t.Errorf("only %d events were acknowledged", len(acknowledged))
	}
	for id := range acknowledged {
		if !stored[id] {
			t.Errorf("%s was acknowledged and is lost", id)
		}
	}
	if got := column(t, foreign(t, path), `PRAGMA integrity_check`); len(got) != 1 || got[0] != "ok" {
		t.Errorf("integrity check: %v", got)
	}
}
