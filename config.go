package payments

import (
	"context"
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
