package payments

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// fieldsOf names the fields that an update is refused for.
func fieldsOf(t *testing.T, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	var e *Error
	if !errors.As(err, &e) || !errors.Is(err, ErrInvalid) {
		t.Fatalf("%v is no ErrInvalid", err)
	}
	var names []string
	for _, f := range e.Fields {
		names = append(names, f.Field)
	}
	return names
}

const body24 = "51H8abcdefghijklmnopaBcD"

func TestKeysMustFitTheirSlot(t *testing.T) {
	long := strings.Repeat("x", 10<<10)
	for _, mode := range []Mode{Test, Live} {
		other := map[Mode]Mode{Test: Live, Live: Test}[mode]
		good := map[string][]string{
			fieldSecretKey:      {"sk_" + string(mode) + "_" + body24, "rk_" + string(mode) + "_" + body24, "sk_" + string(mode) + "_" + long[:240]},
			fieldPublishableKey: {"pk_" + string(mode) + "_" + body24},
			fieldWebhookSecret:  {"whsec_" + body24, "whsec_c2ln+bmVk/QnlTdHJpcGU="},
		}
		bad := map[string][]string{
			fieldSecretKey: {"sk_" + string(other) + "_" + body24, "rk_" + string(other) + "_" + body24, "pk_" + string(mode) + "_" + body24, "whsec_" + body24,
				"sk_org_" + string(mode) + "_" + body24, "sk_" + body24, "SK_" + strings.ToUpper(string(mode)) + "_" + body24},
			fieldPublishableKey: {"pk_" + string(other) + "_" + body24, "sk_" + string(mode) + "_" + body24, "whsec_" + body24},
			fieldWebhookSecret:  {"sk_" + string(mode) + "_" + body24, "pk_" + string(mode) + "_" + body24, "whsec" + body24, "we_" + body24, body24},
		}
		for _, f := range credentialFields {
			for _, text := range good[f.name] {
				u := ConfigUpdate{}
				*f.update(u.half(mode)) = SetSecret(text)
				if err := u.validate(); err != nil {
					t.Errorf("%s %s %q: %v", mode, f.name, text, err)
				}
				first := good[f.name][0]
				bad[f.name] = append(bad[f.name], " "+text, text+" ", text+"\n", text+"\x00", text+"ü", text+"\"", text+".", "Bearer "+text)
				bad[f.name] = append(bad[f.name], first[:4], strings.TrimSuffix(first, body24), strings.TrimSuffix(first, body24[4:]), first+long, NewSecret(first).mask())
			}
			for _, text := range append(bad[f.name], "....", "null", "undefined", "[REDACTED]", long) {
				u := ConfigUpdate{}
				*f.update(u.half(mode)) = SetSecret(text)
				err := u.validate()
				if got := fieldsOf(t, err); !slices.Equal(got, []string{string(mode) + "_" + f.name}) {
					t.Errorf("%s %s %.60q: refused for %v", mode, f.name, text, got)
				} else if len(text) > 8 && strings.Contains(err.Error(), text) {
					t.Errorf("%s %s: the error echoes the value: %v", mode, f.name, err)
				}
			}
		}
	}
}

func TestEveryBadFieldOfAnUpdateIsNamed(t *testing.T) {
	bad := SetSecret("nonsense")
	half := CredentialsUpdate{bad, bad, bad}
	want := []string{
		"test_secret_key", "test_publishable_key", "test_webhook_secret",
		"live_secret_key", "live_publishable_key", "live_webhook_secret",
	}
	if got := fieldsOf(t, (&ConfigUpdate{Test: half, Live: half}).validate()); !slices.Equal(got, want) {
		t.Errorf("named %v, want %v", got, want)
	}
}

// Clearing is asked for by name: a form's empty field must never erase a key.
func TestEmptyTextClearsNoSecret(t *testing.T) {
	u := ConfigUpdate{Test: CredentialsUpdate{SecretKey: SetSecret(""), WebhookSecret: ClearSecret()}}
	if got := fieldsOf(t, u.validate()); !slices.Equal(got, []string{"test_secret_key"}) {
		t.Errorf("refused for %v, want test_secret_key", got)
	}
	if err := (&ConfigUpdate{}).validate(); err != nil {
		t.Errorf("an update that changes nothing: %v", err)
	}
}

func TestKeyProblemNamesTheMixUp(t *testing.T) {
	for key, want := range map[string]string{
		"sk_live_" + body24:     "live mode key",
		"rk_live_" + body24:     "live mode key",
		"pk_test_" + body24:     "publishable key",
		"pk_live_" + body24:     "publishable key",
		"sk_org_live_" + body24: "organization key",
		"whsec_" + body24:       "webhook secret",
		"sk_test_123":           "not a complete key",
		"rk_test_" + body24[:5]: "not a complete key",
		"nonsense":              "sk_test_ or rk_test_",
		"":                      "sk_test_ or rk_test_",
	} {
		if got := keyProblem(key, Test); !strings.Contains(got, want) || strings.Contains(got, "complete") && strings.Contains(got, "must begin") || len(key) > 8 && strings.Contains(got, key) {
			t.Errorf("%q: %q, want one that says %q", key, got, want)
		}
	}
}
