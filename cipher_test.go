package payments

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"
	"sync"
	"testing"
)

func testKey(id string) Key {
	secret := sha256.Sum256([]byte(id))
	return Key{ID: id, Secret: NewSecret(string(secret[:]))}
}

func mustEncrypt(t *testing.T, ring *KeyRing, plaintext, associated string) []byte {
	t.Helper()
	sealed, err := ring.Encrypt(t.Context(), []byte(plaintext), []byte(associated))
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func refuses(t *testing.T, ring *KeyRing, sealed []byte, associated, what string) {
	t.Helper()
	plaintext, err := ring.Decrypt(t.Context(), sealed, []byte(associated))
	if err == nil || plaintext != nil {
		t.Errorf("%s: opened to %q, %v", what, plaintext, err)
	} else if leaks(err.Error()) {
		t.Errorf("%s: the error shows the secret: %v", what, err)
	}
}

func TestCiphertextOpensOnlyInItsPlace(t *testing.T) {
	ring := mustRing(testKey("k1"))
	own := string(place("proj-a", Test, fieldSecretKey))
	sealed := mustEncrypt(t, ring, canary, own)
	if bytes.Contains(sealed, []byte(canary)) {
		t.Fatal("the ciphertext holds the plaintext")
	}
	if got, err := ring.Decrypt(t.Context(), sealed, []byte(own)); err != nil || string(got) != canary {
		t.Fatalf("%q, %v", got, err)
	}
	for what, other := range map[string][]byte{
		"other project":     place("proj-b", Test, fieldSecretKey),
		"other mode":        place("proj-a", Live, fieldSecretKey),
		"other field":       place("proj-a", Test, fieldWebhookSecret),
		"shifted border":    place("proj-a\x00test", "", fieldSecretKey),
		"no place":          nil,
		"one byte more":     []byte(own + "x"),
		"one byte less":     []byte(own[:len(own)-1]),
		"header moved over": append([]byte("k1"), own...),
	} {
		refuses(t, ring, sealed, string(other), what)
	}
}

func TestNoTwoPlacesAreAlike(t *testing.T) {
	seen := map[string]bool{}
	for _, project := range []ProjectID{"a", "b", "a.test", "test", "live", "secret_key"} {
		for _, mode := range []Mode{Test, Live} {
			for _, field := range []string{fieldSecretKey, fieldPublishableKey, fieldWebhookSecret} {
				p := string(place(project, mode, field))
				if seen[p] {
					t.Errorf("%q stands for two places", p)
				}
				seen[p] = true
			}
		}
	}
}

func TestDamagedCiphertextIsRefused(t *testing.T) {
	ring := mustRing(testKey("k1"), testKey("k2"))
	sealed := mustEncrypt(t, ring, canary, "here")
	for i := range len(sealed) * 8 {
		damaged := bytes.Clone(sealed)
		damaged[i/8] ^= 1 << (i % 8)
		refuses(t, ring, damaged, "here", fmt.Sprintf("bit %d flipped", i))
	}
	for n := range sealed {
		refuses(t, ring, sealed[:n], "here", fmt.Sprintf("cut to %d bytes", n))
		refuses(t, ring, sealed[n+1:], "here", fmt.Sprintf("without its first %d bytes", n+1))
	}
	refuses(t, ring, append(bytes.Clone(sealed), 0), "here", "one byte more")
	for _, text := range [][]byte{nil, {}, {1}, {1, 255}, {0, 0}, {1, 2, 'k'}, []byte(canary), bytes.Repeat([]byte{255}, 4096)} {
		refuses(t, ring, text, "here", fmt.Sprintf("%.20q", text))
	}
}

func TestKeyRingRotates(t *testing.T) {
	old, both, other := mustRing(testKey("k1")), mustRing(testKey("k2"), testKey("k1")), mustRing(testKey("k3"))
	sealed := mustEncrypt(t, old, canary, "here")
	if got, err := both.Decrypt(t.Context(), sealed, []byte("here")); err != nil || string(got) != canary {
		t.Errorf("after the rotation: %q, %v", got, err)
	}
	fresh := mustEncrypt(t, both, canary, "here")
	refuses(t, old, fresh, "here", "sealed by the new key, opened by the old")
	refuses(t, other, fresh, "here", "a key that isn't in the ring")
	if got, err := mustRing(testKey("k2")).Decrypt(t.Context(), fresh, []byte("here")); err != nil || string(got) != canary {
		t.Errorf("without the old key: %q, %v", got, err)
	}
	// The same id over another secret, as after a mix-up of environments, must not open and not panic.
	refuses(t, mustRing(Key{"k2", testKey("other").Secret}), fresh, "here", "another key of the same id")
}

func TestNoncesNeverRepeat(t *testing.T) {
	const n = 100_000
	ring := mustRing(testKey("k1"))
	seen := make(map[string]bool, n)
	head := 2 + len("k1")
	for range n {
		sealed := mustEncrypt(t, ring, "x", "here")
		nonce := string(sealed[head : head+12])
		if seen[nonce] {
			t.Fatalf("the nonce %x came twice", nonce)
		}
		seen[nonce] = true
	}
}

func TestKeyRingIsSafeForConcurrentUse(t *testing.T) {
	ring := mustRing(testKey("k1"))
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for j := range 200 {
				associated := []byte(fmt.Sprint(i, j))
				sealed, err := ring.Encrypt(t.Context(), []byte(canary), associated)
				if err != nil {
					t.Error(err)
					return
				}
				if got, err := ring.Decrypt(t.Context(), sealed, associated); err != nil || string(got) != canary {
					t.Errorf("%q, %v", got, err)
				}
			}
		})
	}
	group.Wait()
}

func TestEmptySecretCannotBeSealed(t *testing.T) {
	ring := mustRing(testKey("k1"))
	for _, plaintext := range [][]byte{nil, {}} {
		if sealed, err := ring.Encrypt(t.Context(), plaintext, []byte("here")); err == nil {
			t.Errorf("sealed to %x", sealed)
		}
	}
	// Nor may one that another writer sealed come out empty.
	head := append([]byte{ringVersion, 2}, "k1"...)
	forged := ring.aeads["k1"].Seal(bytes.Clone(head), nil, nil, bind(head, []byte("here")))
	refuses(t, ring, forged, "here", "an empty plaintext")
}

func TestKeyRingRefusesUnfitKeys(t *testing.T) {
	fine := testKey("k1")
	for name, keys := range map[string][]Key{
		"no key":          nil,
		"no id":           {{"", fine.Secret}},
		"a space":         {{"a b", fine.Secret}},
		"a NUL":           {{"a\x00", fine.Secret}},
		"a long id":       {{strings.Repeat("x", 33), fine.Secret}},
		"no secret":       {{"k1", Secret{}}},
		"16 bytes":        {{"k1", NewSecret(fine.Secret.Reveal()[:16])}},
		"24 bytes":        {{"k1", NewSecret(fine.Secret.Reveal()[:24])}},
		"31 bytes":        {{"k1", NewSecret(fine.Secret.Reveal()[:31])}},
		"33 bytes":        {{"k1", NewSecret(fine.Secret.Reveal() + "x")}},
		"zeros":           {{"k1", NewSecret(strings.Repeat("\x00", 32))}},
		"twice":           {fine, testKey("k2"), fine},
		"the second":      {fine, {"k2", Secret{}}},
		"a text of 32":    {{"k1", NewSecret(canary)}},
		"nothing at last": {fine, {}},
	} {
		ring, err := NewKeyRing(keys...)
		if err == nil || ring != nil {
			t.Errorf("%s: a ring was made", name)
		} else if leaks(err.Error()) || strings.Contains(err.Error(), fine.Secret.Reveal()) {
			t.Errorf("%s: the error shows the key: %v", name, err)
		}
	}
	if _, err := NewKeyRing(Key{strings.Repeat("x", 32), fine.Secret}); err != nil {
		t.Errorf("an id of 32 characters: %v", err)
	}
}

func TestParseKeyReadsHexadecimal(t *testing.T) {
	key, err := ParseKey("k1", strings.Repeat("0123456789abcdEF", 4))
	if secret := key.Secret.Reveal(); err != nil || len(secret) != 32 || secret[0] != 0x01 || secret[31] != 0xef {
		t.Errorf("%v, %v", key, err)
	}
	for _, text := range []string{"", "0", strings.Repeat("0", 64), strings.Repeat("01", 31), strings.Repeat("01", 33), strings.Repeat("zz", 32), canary, " " + strings.Repeat("01", 32), strings.Repeat("01", 32) + "\n"} {
		key, err := ParseKey("k1", text)
		if err == nil {
			t.Errorf("%q was read", text)
		} else if text != "" && text != "0" && strings.Contains(err.Error(), text) {
			t.Errorf("the error quotes the key: %v", err)
		}
		if _, err := NewKeyRing(key); err == nil {
			t.Errorf("what %q was read as makes a ring", text)
		}
	}
}

func FuzzCiphertext(f *testing.F) {
	ring := mustRing(testKey("k1"), testKey("k2"))
	sealed, _ := ring.Encrypt(f.Context(), []byte(canary), []byte("here"))
	f.Add(sealed, []byte("here"))
	f.Add(sealed, []byte("there"))
	f.Add([]byte{1, 2, 'k', '2'}, []byte{})
	f.Fuzz(func(t *testing.T, ciphertext, associated []byte) {
		plaintext, err := ring.Decrypt(t.Context(), ciphertext, associated)
		// Only what Encrypt made opens, whichever process of the fuzzer made it.
		if err == nil && (string(plaintext) != canary || string(associated) != "here") {
			t.Fatalf("%x opened to %q", ciphertext, plaintext)
		}
	})
}
