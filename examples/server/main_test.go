package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/manytenants/payments/examples/internal/walk"
)

// demo is a server under test, run as main would.
type demo struct {
	credentialsFile
	path string // of the credentials
	out  *output
	stop func() error
}

// output is what the server prints, safe to read while it runs.
type output struct {
	mu   sync.Mutex
	text strings.Builder
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

func noEnv(string) string { return "" }

// launch starts a server on a port and database of its own, and waits until it listens.
func launch(t *testing.T, folder string, args ...string) *demo {
	t.Helper()
	d := &demo{path: filepath.Join(folder, "credentials.json"), out: new(output)}
	if err := os.Remove(d.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	args = append([]string{"-addr", "127.0.0.1:0", "-db", filepath.Join(folder, "demo.db"), "-credentials", d.path}, args...)
	go func() { ended <- run(ctx, args, noEnv, d.out) }()
	d.stop = sync.OnceValue(func() error { cancel(); return <-ended })
	t.Cleanup(func() {
		if err := d.stop(); err != nil {
			t.Errorf("stopping: %v", err)
		}
	})
	for {
		text, err := os.ReadFile(d.path)
		if err == nil {
			if err := json.Unmarshal(text, &d.credentialsFile); err != nil {
				t.Fatal(err)
			}
			return d
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("the server ended: %v\n%s", err, d.out)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func TestWholeProductWorksOnAFreshStart(t *testing.T) {
	d := launch(t, t.TempDir())
	var said strings.Builder
	if err := walk.Run(t.Context(), d.path, &said); err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
}

func TestNextStartGoesOnFromTheLastOne(t *testing.T) {
	folder := t.TempDir()
	d := launch(t, folder)
	if err := walk.Run(t.Context(), d.path, io.Discard); err != nil {
		t.Fatal(err)
	}
	before := stats(t, d)
	if err := d.stop(); err != nil {
		t.Fatal(err)
	}
	again := launch(t, folder)
	if after := stats(t, again); after != before {
		t.Errorf("after a restart the stats are\n%s\nwant\n%s", after, before)
	}
	if err := walk.Run(t.Context(), again.path, io.Discard); err != nil {
		t.Errorf("the product after a restart: %v", err)
	}
}

// stats are a developer's, without the time at which they were asked for.
func stats(t *testing.T, d *demo) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, d.BaseURL+"/api/v1/payments/stats", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+d.Developers[0].Token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("stats: %d %v", response.StatusCode, err)
	}
	return regexp.MustCompile(`"as_of":"[^"]*"`).ReplaceAllString(string(text), "")
}

func TestPrintedCurlWorks(t *testing.T) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("needs curl: apt-get install curl")
	}
	d := launch(t, t.TempDir())
	var line string
	for !strings.Contains(line, "Ctrl-C") { // the banner is printed after the credentials are written
		line = d.out.String()
		<-time.After(time.Millisecond)
	}
	command := regexp.MustCompile(`curl -H "([^"]+)" (\S+)`).FindStringSubmatch(line)
	if command == nil {
		t.Fatalf("no curl line in\n%s", line)
	}
	answer, err := exec.CommandContext(t.Context(), curl, "-sf", "-H", command[1], command[2]).Output()
	if err != nil || !json.Valid(answer) {
		t.Errorf("curl answered %q, %v", answer, err)
	}
}

func TestFilesWithKeysAreTheirOwnersAlone(t *testing.T) {
	folder := t.TempDir()
	launch(t, folder)
	for _, name := range []string{"demo.db", "demo.db.keys", "demo.db.stripe", "credentials.json"} {
		info, err := os.Stat(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s has mode %o, want 600", name, mode)
		}
	}
}

func TestTakenPortGivesWayToTheNextFreeOne(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	next, err := listen(t.Context(), taken.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = next.Close() }()
	if next.Addr().String() == taken.Addr().String() {
		t.Error("two listeners on one port")
	}
}

func TestAddressWithoutHostStaysOnThisMachine(t *testing.T) {
	l, err := listen(t.Context(), ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	if tcp, ok := l.Addr().(*net.TCPAddr); !ok || !tcp.IP.IsLoopback() {
		t.Errorf("listening on %v", l.Addr())
	}
}

func TestSettingsThatAreWrongNameTheRemedy(t *testing.T) {
	for _, try := range []struct {
		args []string
		key  string
		want string
	}{
		{nil, "sk_live_123", "test keys only"},
		{nil, "rk_live_123", "test keys only"},
		{nil, "pk_test_123", "sk_test_"},
		{[]string{"-stripe-url", "http://127.0.0.1:1"}, "sk_test_123", "unset it"},
		{[]string{"-db", "mysql://here"}, "", "SQLite"},
		{[]string{"more"}, "", "more"},
	} {
		env := func(name string) string {
			if name == "STRIPE_SECRET_KEY" {
				return try.key
			}
			return ""
		}
		_, err := parseSettings(try.args, env)
		if err == nil || !strings.Contains(err.Error(), try.want) {
			t.Errorf("%v with %q: %v, want an error with %q", try.args, try.key, err, try.want)
		}
		if try.key != "" && err != nil && strings.Contains(err.Error(), try.key) {
			t.Errorf("the error shows the key: %v", err)
		}
	}
}

func TestLiveKeysNeverReachTheRealStripe(t *testing.T) {
	reached := false
	guard := testKeysOnly{roundTripper(func(*http.Request) (*http.Response, error) {
		reached = true
		return nil, errors.New("reached")
	})}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://stripe.example/v1/account", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer sk_live_123")
	if response, err := guard.RoundTrip(request); err == nil {
		_ = response.Body.Close()
		t.Error("a live key passed")
	}
	if reached {
		t.Error("a live key was sent")
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestAnotherStripeGetsKeysAndNothingElse(t *testing.T) {
	asked := make(chan string, 100)
	elsewhere := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.Method + " " + r.URL.Path
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"error":{"type":"invalid_request_error"}}`)
	})}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = elsewhere.Serve(l) }()
	defer func() { _ = elsewhere.Close() }()
	d := launch(t, t.TempDir(), "-stripe-url", "http://"+l.Addr().String())
	project := d.Developers[0].Projects[0]
	if d.StripeURL != "http://"+l.Addr().String() || !strings.HasPrefix(project.TestSecretKey, "sk_test_") || len(project.Prices) != 0 || len(project.EndUsers) == 0 {
		t.Errorf("credentials: %+v", project)
	}
	for len(asked) > 0 {
		if request := <-asked; request != "GET /v1/account" {
			t.Errorf("asked Stripe for %s", request)
		}
	}
}
