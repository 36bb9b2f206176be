package payments

import (
	"context"
	"errors"
	"strings"
	"time"
)

// ConfigUpdate says what to change in a configuration. Its zero value changes nothing, but makes the configuration
// where there is none, and re-activates it.
type ConfigUpdate struct {
	Test CredentialsUpdate
	Live CredentialsUpdate
	// AllowAccountChange accepts a secret key of another Stripe account than before, or one of which that can't be told.
	// Every id that was recorded belongs to the old account, so without it such a key is ErrConflict.
	//
	// The new account doesn't know the mode's subscriptions: all that have not ended are fetched with the new key, and end
	// as canceled on our record, so that their users can buy again. That is final, even where the old account comes back.
	// At Stripe they go on until somebody ends them there. Payments stay as they are, and a customer is made anew at its next checkout.
	AllowAccountChange bool
}

// CredentialsUpdate is one mode's half of a ConfigUpdate.
type CredentialsUpdate struct {
	SecretKey      SecretUpdate // "sk_test_..." or "rk_test_..."; "live" in live mode
	PublishableKey SecretUpdate // "pk_test_..."
	WebhookSecret  SecretUpdate // "whsec_..."
}

// SecretUpdate keeps, sets or clears one secret. The zero value keeps it.
type SecretUpdate struct {
	change bool
	clear  bool
	value  Secret
}

// SetSecret sets a secret to a text, which must not be empty: a form's empty field erases nothing.
func SetSecret(text string) SecretUpdate { return SecretUpdate{change: true, value: NewSecret(text)} }

// ClearSecret removes a secret.
func ClearSecret() SecretUpdate { return SecretUpdate{change: true, clear: true} }

// credentialField describes one secret of the six: where it is kept and what it must look like.
type credentialField struct {
	name     string
	prefixes []string // the mode's name and "_" follow, but for webhook secrets
	modal    bool
	update   func(*CredentialsUpdate) *SecretUpdate
	sealed   func(*Credentials) *Sealed
}

var credentialFields = []credentialField{
	{fieldSecretKey, []string{"sk_", "rk_"}, true,
		func(u *CredentialsUpdate) *SecretUpdate { return &u.SecretKey }, func(c *Credentials) *Sealed { return &c.SecretKey }},
	{fieldPublishableKey, []string{"pk_"}, true,
		func(u *CredentialsUpdate) *SecretUpdate { return &u.PublishableKey }, func(c *Credentials) *Sealed { return &c.PublishableKey }},
	{fieldWebhookSecret, []string{"whsec_"}, false,
		func(u *CredentialsUpdate) *SecretUpdate { return &u.WebhookSecret }, func(c *Credentials) *Sealed { return &c.WebhookSecret }},
}

const maxSecretLength = 255

// check reports what is wrong with a text for the field, never quoting it; "" if nothing.
func (f credentialField) check(text string, mode Mode) string {
	want := make([]string, len(f.prefixes))
	for i, prefix := range f.prefixes {
		want[i] = prefix
		if f.modal {
			want[i] += string(mode) + "_"
		}
	}
	for _, prefix := range want {
		if rest, ok := strings.CutPrefix(text, prefix); ok {
			if len(text) > maxSecretLength || len(rest) < 6 || !tokenCharacters(rest) {
				return "is not a complete key: copy it again from Stripe"
			}
			return ""
		}
	}
	return "must begin with " + strings.Join(want, " or ")
}

func tokenCharacters(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("_-+/=", rune(c)) {
			return false
		}
	}
	return true
}

func (u *ConfigUpdate) half(mode Mode) *CredentialsUpdate {
	if mode == Live {
		return &u.Live
	}
	return &u.Test
}

func (u *ConfigUpdate) validate() error {
	var c checks
	for _, mode := range []Mode{Test, Live} {
		for _, f := range credentialFields {
			change := f.update(u.half(mode))
			if change.change && !change.clear {
				problem := f.check(change.value.Reveal(), mode)
				c.require(problem == "", string(mode)+"_"+f.name, problem)
			}
		}
	}
	return c.err()
}

// UpdateConfig creates or changes a project's configuration, and re-activates it. Invalid keys are ErrInvalid, naming
// the fields; a secret key of another Stripe account than before is ErrConflict unless allowed. Of
// two concurrent updates one is applied after the other.
//
// The account is asked for from Stripe with the new key; with the old one too while none is on record. Where Stripe doesn't accept the new
// key, the configuration is stored all the same: ValidateCredentials is what tests a key. Where Stripe can't be asked, a new key is
// ErrUnavailable, but stored while the mode has neither account nor records that it could mix up.
func (s *Service) UpdateConfig(ctx context.Context, project ProjectID, u ConfigUpdate) (Config, error) {
	if !project.Valid() {
		return Config{}, newError(ErrNotFound, "There is no such project.")
	}
	if err := u.validate(); err != nil {
		return Config{}, err
	}
	for {
		c, err := s.updateConfig(ctx, project, u)
		if !errors.Is(err, errLostRace) {
			return c, err
		}
	}
}

// errLostRace says that another update came between reading a configuration and writing it.
var errLostRace = errors.New("payments: another update came between")

func (s *Service) updateConfig(ctx context.Context, project ProjectID, u ConfigUpdate) (Config, error) {
	now := s.now()
	c, err := s.store.Config(ctx, project)
	switch {
	case errors.Is(err, ErrNotFound):
		c = Config{ID: newUUID(), Project: project, CreatedAt: now}
	case err != nil:
		return Config{}, storeError(err)
	default:
		c.UpdatedAt = now
	}
	c.Active, c.Version = true, c.Version+1
	var moved []Mode
	for _, mode := range []Mode{Test, Live} {
		other, err := s.changeCredentials(ctx, &c, mode, u.half(mode), now, u.AllowAccountChange)
		if err != nil {
			return Config{}, err
		}
		if other {
			moved = append(moved, mode)
		}
	}
	if err := s.moveConfig(ctx, c, moved); err != nil {
		return Config{}, err
	}
	return c, s.wakeConfigured(ctx, c)
}

// moveConfig writes a configuration, and has the subscriptions of the modes that have another account now fetched with the new key. They
// are requested before the write too, for a while later: so a crash right after it loses none.
func (s *Service) moveConfig(ctx context.Context, c Config, moved []Mode) error {
	for _, mode := range moved {
		if err := s.requestOpen(ctx, c.Project, mode, s.now().Add(lease)); err != nil {
			return err
		}
	}
	if err := s.store.PutConfig(ctx, c); errors.Is(err, ErrConflict) {
		return errLostRace
	} else if err != nil {
		return storeError(err)
	}
	for _, mode := range moved {
		if err := s.requestOpen(context.WithoutCancel(ctx), c.Project, mode, s.now()); err != nil {
			s.log.WarnContext(ctx, "payments: the old account's subscriptions are fetched later", "project", c.Project, "mode", mode, "error", err)
		}
	}
	announce(s.workers.wake)
	return nil
}

// changeCredentials makes an update's changes to one mode, and reports whether its secret key may be of another account now.
func (s *Service) changeCredentials(ctx context.Context, c *Config, mode Mode, u *CredentialsUpdate, now time.Time, anyAccount bool) (moved bool, err error) {
	if *u == (CredentialsUpdate{}) {
		return false, nil
	}
	unasked := s.learnAccount(ctx, c, mode)
	half := c.Credentials(mode)
	for _, f := range credentialFields {
		change := f.update(u)
		if !change.change {
			continue
		}
		var sealed Sealed
		if !change.value.IsZero() {
			if sealed, err = s.seal(ctx, change.value, c.Project, mode, f.name); err != nil {
				return false, err
			}
		}
		*f.sealed(half) = sealed
	}
	if !u.SecretKey.change {
		return false, nil
	}
	half.ConfiguredAt = time.Time{}
	if u.SecretKey.value.IsZero() {
		return false, nil
	}
	half.ConfiguredAt = now
	return s.changeAccount(ctx, c, mode, u.SecretKey.value, anyAccount, unasked)
}
