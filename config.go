package payments

import (
	"context"
	"errors"
	"net/url"
	"time"
)

// Config is a project's Stripe configuration as it is stored: every secret sealed.
type Config struct {
	ID        string // UUID
	Project   ProjectID
	Active    bool // false after [Service.DeleteConfig]: nothing works but reading what was recorded
	Test      Credentials
	Live      Credentials
	CreatedAt time.Time
	UpdatedAt time.Time // zero until the first change
	Version   int64     // 1 when created, one more with each change
}

// Credentials are one mode's half of a Config.
type Credentials struct {
	AccountID      string // the Stripe account that the secret key opened ("acct_..."); kept when the key is removed; "" while unknown
	SecretKey      Sealed
	PublishableKey Sealed
	WebhookSecret  Sealed
	ConfiguredAt   time.Time // when a secret key was last set; zero while there is none
}

// Sealed is a secret at rest. The zero value means that there is none.
type Sealed struct {
	Ciphertext []byte
	Mask       string // prefix, "..." and the last four characters; safe to show
}

// IsZero reports whether there is no secret.
func (s Sealed) IsZero() bool { return len(s.Ciphertext) == 0 }

// Credentials returns the half of one mode.
func (c *Config) Credentials(mode Mode) *Credentials {
	if mode == Live {
		return &c.Live
	}
	return &c.Test
}

// ConfigStore keeps one Config per project. See [Store] for what holds for every method.
type ConfigStore interface {
	// Config returns a project's configuration, inactive ones too; ErrNotFound where none was ever made.
	Config(ctx context.Context, project ProjectID) (Config, error)

	// Configs returns the configurations of the projects that have one, in any order.
	Configs(ctx context.Context, projects []ProjectID) ([]Config, error)

	// PutConfig writes a configuration whole. c.Version 1 creates, and is ErrConflict where one exists; a
	// higher one replaces, and is ErrConflict unless the stored version is c.Version-1. Of several
	// concurrent writers of one version exactly one succeeds.
	PutConfig(ctx context.Context, c Config) error
}

// Config returns a project's configuration; ErrNotFound where none was ever made. Its secrets are
// sealed; their masks may be shown.
func (s *Service) Config(ctx context.Context, project ProjectID) (Config, error) {
	c, err := s.store.Config(ctx, project)
	if errors.Is(err, ErrNotFound) {
		return Config{}, wrapError(ErrNotFound, "This project has no Stripe configuration.", err)
	}
	return c, storeError(err)
}

// DeleteConfig deactivates a project's configuration and erases its keys: webhooks are no longer accepted
// and checkouts refused from this moment on. What was recorded stays readable. ErrNotFound where there is no active one.
func (s *Service) DeleteConfig(ctx context.Context, project ProjectID) error {
	for {
		c, err := s.Config(ctx, project)
		if err != nil {
			return err
		}
		if !c.Active {
			return newError(ErrNotFound, "This project has no Stripe configuration.")
		}
		c.Active, c.UpdatedAt, c.Version = false, s.now(), c.Version+1
		for _, mode := range []Mode{Test, Live} {
			if err := s.learnAccount(ctx, &c, mode); err != nil { // whose the records are may never be known then
				s.log.WarnContext(ctx, "payments: a key is erased before its account is known", "project", project, "mode", mode, "error", err)
			}
			half := c.Credentials(mode)
			*half = Credentials{AccountID: half.AccountID}
		}
		if err = s.store.PutConfig(ctx, c); !errors.Is(err, ErrConflict) {
			return storeError(err)
		}
	}
}

// WebhookURLs returns the two URLs to register as webhook endpoints in the project's Stripe account.
func (s *Service) WebhookURLs(project ProjectID) (test, live string, err error) {
	if s.opts.PublicURL == "" {
		return "", "", newError(ErrUnavailable, "The platform has not set its public URL yet.")
	}
	base, err := url.JoinPath(s.opts.PublicURL, s.opts.MountPath, "stripe/webhooks", string(project))
	return base + "/test", base + "/live", err
}

// activeConfig returns a configuration that may be used.
func (s *Service) activeConfig(ctx context.Context, project ProjectID) (Config, error) {
	c, err := s.Config(ctx, project)
	if err == nil && !c.Active {
		return c, newError(ErrNotFound, "This project has no Stripe configuration.")
	}
	return c, err
}

// stripe opens the project's Stripe account in one mode.
func (s *Service) stripe(ctx context.Context, project ProjectID, mode Mode) (stripeAPI, error) {
	c, err := s.activeConfig(ctx, project)
	if err != nil {
		return stripeAPI{}, err
	}
	sealed := c.Credentials(mode).SecretKey
	if sealed.IsZero() {
		return stripeAPI{}, newError(ErrNotFound, "Payments are not configured for this project in "+string(mode)+" mode.")
	}
	key, err := s.unseal(ctx, sealed, project, mode, fieldSecretKey)
	return s.gateway.open(key), err
}

// The fields of Credentials, as they are bound to their ciphertexts and named on the wire.
const (
	fieldSecretKey      = "secret_key"
	fieldPublishableKey = "publishable_key"
	fieldWebhookSecret  = "webhook_secret"
)

// place is the associated data of a sealed secret. None of its parts can hold a NUL, so no two places are alike.
func place(project ProjectID, mode Mode, field string) []byte {
	return []byte("payments\x00" + string(project) + "\x00" + string(mode) + "\x00" + field)
}

func (s *Service) seal(ctx context.Context, secret Secret, project ProjectID, mode Mode, field string) (Sealed, error) {
	ciphertext, err := s.cipher.Encrypt(ctx, []byte(secret.Reveal()), place(project, mode, field))
	if err != nil {
		return Sealed{}, wrapError(ErrUnavailable, "The key can't be encrypted at the moment; try again.", err)
	}
	return Sealed{Ciphertext: ciphertext, Mask: secret.mask()}, nil
}

func (s *Service) unseal(ctx context.Context, sealed Sealed, project ProjectID, mode Mode, field string) (Secret, error) {
	plaintext, err := s.cipher.Decrypt(ctx, sealed.Ciphertext, place(project, mode, field))
	if err == nil && len(plaintext) == 0 { // an empty webhook secret would verify anybody's signature
		err = errors.New("payments: the cipher opened an empty secret")
	}
	if err != nil {
		return Secret{}, wrapError(ErrUnavailable, "This project's Stripe keys can't be read at the moment.", err)
	}
	return NewSecret(string(plaintext)), nil
}
