package main

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/manytenants/payments"
)

// keys are the secrets of this installation, kept in a file of mode 0600 beside the database. A real host keeps them
// in its secret manager.
type keys struct {
	Cipher   string                              `json:"cipher"`    // 32 bytes, hexadecimal
	DevToken string                              `json:"dev_token"` // signs developers' tokens
	UserJWT  string                              `json:"user_token"`
	Stripe   map[payments.ProjectID]*projectKeys `json:"stripe"`
}

type projectKeys struct {
	TestSecretKey     string `json:"test_secret_key"`
	TestWebhookSecret string `json:"test_webhook_secret"`
	LiveSecretKey     string `json:"live_secret_key"`
	LiveWebhookSecret string `json:"live_webhook_secret"`
}

// loadKeys reads the keys beside the database, and makes them at the first start.
func loadKeys(db string, projects []project) (*keys, error) {
	path := db + ".keys"
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		k := newKeys(projects)
		return k, writePrivate(path, k)
	case err != nil:
		return nil, err
	}
	k := new(keys)
	if err := json.Unmarshal(text, k); err != nil {
		return nil, fmt.Errorf("%s can't be read; -reset starts anew: %w", path, err)
	}
	return k, nil
}

func newKeys(projects []project) *keys {
	k := &keys{Cipher: random(32), DevToken: random(32), UserJWT: random(32), Stripe: map[payments.ProjectID]*projectKeys{}}
	for _, p := range projects {
		k.Stripe[p.id] = &projectKeys{
			TestSecretKey: "sk_test_" + random(16), TestWebhookSecret: "whsec_" + random(16),
			LiveSecretKey: "sk_live_" + random(16), LiveWebhookSecret: "whsec_" + random(16),
		}
	}
	return k
}

// random is n random bytes, hexadecimal.
func random(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // it never fails
	return hex.EncodeToString(b)
}

// writePrivate writes a JSON file whole, readable by its owner alone from its first byte on.
func writePrivate(path string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".payments-*") // CreateTemp makes files of mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone already, when all went well
	_, err = f.Write(append(text, '\n'))
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// forget removes everything that belongs to a database.
func forget(db string) error {
	for _, suffix := range []string{"", "-wal", "-shm", ".keys", ".stripe"} {
		if err := os.Remove(db + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
