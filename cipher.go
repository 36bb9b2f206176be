package payments

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// SecretCipher seals the projects' keys before they reach the Store. The associated data names
// the place a secret belongs to (project, mode and field): a ciphertext must open only with the same.
//
// Implementations must be safe for concurrent use, refuse an empty plaintext, never return an empty
// plaintext without an error, and put no secret into an error. [KeyRing] is the default; a key
// management service fits behind the same two methods.
type SecretCipher interface {
	Encrypt(ctx context.Context, plaintext, associatedData []byte) (ciphertext []byte, err error)
	Decrypt(ctx context.Context, ciphertext, associatedData []byte) (plaintext []byte, err error)
}

// Key is one key of a [KeyRing].
type Key struct {
	ID     string // stored inside each ciphertext; 1 to 32 characters of [A-Za-z0-9._~-]; never reuse one for another key
	Secret Secret // 32 random bytes, not text: NewSecret(string(bytes)), or ParseKey for hexadecimal digits
}

// KeyRing is a SecretCipher by AES-256-GCM with random nonces. Its first key seals; every key opens what it sealed.
// To rotate, put the new key first and keep the old ones. It is safe for concurrent use.
type KeyRing struct {
	sealer string
	aeads  map[string]cipher.AEAD
}

const ringVersion = 1

var errCiphertext = errors.New("payments: ciphertext can't be opened: it is damaged, belongs to another place, or was sealed by another key")

// NewKeyRing makes a key ring of at least one key.
func NewKeyRing(keys ...Key) (*KeyRing, error) {
	if len(keys) == 0 {
		return nil, errors.New("payments: NewKeyRing needs at least one key; make one with openssl rand -hex 32")
	}
	ring := &KeyRing{sealer: keys[0].ID, aeads: make(map[string]cipher.AEAD, len(keys))}
	for i, key := range keys {
		aead, err := key.aead()
		if err != nil {
			return nil, fmt.Errorf("payments: key %d: %w", i+1, err)
		}
		if _, twice := ring.aeads[key.ID]; twice {
			return nil, fmt.Errorf("payments: key %d: the ID %q stands twice", i+1, key.ID)
		}
		ring.aeads[key.ID] = aead
	}
	return ring, nil
}

// ParseKey reads a key as 64 hexadecimal digits, as made by `openssl rand -hex 32`.
func ParseKey(id, hexadecimal string) (Key, error) {
	secret, err := hex.DecodeString(hexadecimal)
	if err != nil { // the decoder's error quotes the key
		return Key{}, errors.New("payments: ParseKey needs 64 hexadecimal digits; make them with openssl rand -hex 32")
	}
	key := Key{ID: id, Secret: NewSecret(string(secret))}
	_, err = key.aead()
	return key, err
}

func (k Key) aead() (cipher.AEAD, error) {
	if !validID(k.ID) || len(k.ID) > 32 {
		return nil, errors.New("the key's ID must be 1 to 32 characters of [A-Za-z0-9._~-]")
	}
	secret := k.Secret.Reveal()
	if len(secret) != 32 {
		return nil, fmt.Errorf("the key's secret has %d bytes; AES-256 takes 32", len(secret))
	}
	if strings.Trim(secret, "\x00") == "" {
		return nil, errors.New("the key's secret is all zeros")
	}
	block, err := aes.NewCipher([]byte(secret))
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// Encrypt seals with the first key. The ciphertext is: version, length of the key ID, key ID, nonce, sealed text and tag.
func (r *KeyRing) Encrypt(_ context.Context, plaintext, associatedData []byte) ([]byte, error) {
	if len(plaintext) == 0 {
		return nil, errors.New("payments: an empty secret can't be sealed")
	}
	head := append([]byte{ringVersion, byte(len(r.sealer))}, r.sealer...)
	return r.aeads[r.sealer].Seal(head, nil, plaintext, bind(head, associatedData)), nil
}

// Decrypt opens a ciphertext with the key that sealed it.
func (r *KeyRing) Decrypt(_ context.Context, ciphertext, associatedData []byte) ([]byte, error) {
	if len(ciphertext) < 2 || ciphertext[0] != ringVersion || len(ciphertext) < 2+int(ciphertext[1]) {
		return nil, errCiphertext
	}
	head, sealed := ciphertext[:2+int(ciphertext[1])], ciphertext[2+int(ciphertext[1]):]
	aead, ok := r.aeads[string(head[2:])]
	if !ok {
		return nil, errCiphertext
	}
	plaintext, err := aead.Open(nil, nil, sealed, bind(head, associatedData))
	if err != nil || len(plaintext) == 0 {
		return nil, errCiphertext
	}
	return plaintext, nil
}

// bind authenticates the header together with the caller's associated data. The header states its own
// length, so no two pairs bind alike.
func bind(head, associatedData []byte) []byte {
	return append(append(make([]byte, 0, len(head)+len(associatedData)), head...), associatedData...)
}
