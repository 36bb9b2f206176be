package sqlite

import (
	"context"
	"slices"

	"github.com/manytenants/payments"
)

const configColumns = `
	project_id,
	id,
	active,
	test_account_id,
	test_secret_key,
	test_secret_key_mask,
	test_publishable_key,
	test_publishable_key_mask,
	test_webhook_secret,
	test_webhook_secret_mask,
	test_configured_at,
	live_account_id,
	live_secret_key,
	live_secret_key_mask,
	live_publishable_key,
	live_publishable_key_mask,
	live_webhook_secret,
	live_webhook_secret_mask,
	live_configured_at,
	created_at,
	updated_at,
	version`

func scanConfig(row scanner) (c payments.Config, err error) {
	dest := []any{&c.Project, &c.ID, &c.Active}
	for _, half := range []*payments.Credentials{&c.Test, &c.Live} {
		dest = append(dest,
			&half.AccountID,
			&half.SecretKey.Ciphertext,
			&half.SecretKey.Mask,
			&half.PublishableKey.Ciphertext,
			&half.PublishableKey.Mask,
			&half.WebhookSecret.Ciphertext,
			&half.WebhookSecret.Mask,
			micros{&half.ConfiguredAt},
		)
	}
	dest = append(dest, micros{&c.CreatedAt}, micros{&c.UpdatedAt}, &c.Version)
	err = row.Scan(dest...)
	return c, err
}

func configArgs(c payments.Config) []any {
	args := []any{c.Project, c.ID, c.Active}
	for _, half := range []payments.Credentials{c.Test, c.Live} {
		args = append(args,
			half.AccountID,
			blob(half.SecretKey.Ciphertext),
			half.SecretKey.Mask,
			blob(half.PublishableKey.Ciphertext),
			half.PublishableKey.Mask,
			blob(half.WebhookSecret.Ciphertext),
			half.WebhookSecret.Mask,
			half.ConfiguredAt.UnixMicro(),
		)
	}
	return append(args, c.CreatedAt.UnixMicro(), c.UpdatedAt.UnixMicro(), c.Version)
}

// blob keeps the driver from storing NULL where there is no ciphertext.
func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// Config implements [payments.ConfigStore].
func (s *Store) Config(ctx context.Context, project payments.ProjectID) (_ payments.Config, err error) {
	defer wrap(&err, "config")
	return one(s.read.latest(ctx), scanConfig, `
		SELECT `+configColumns+`
		FROM payments_configs
		WHERE project_id = ?`,
		project)
}

// Configs implements [payments.ConfigStore].
func (s *Store) Configs(ctx context.Context, projects []payments.ProjectID) (_ []payments.Config, err error) {
	defer wrap(&err, "configs")
	projects = slices.Compact(slices.Sorted(slices.Values(projects)))
	v, err := s.read.over(ctx, len(projects))
	if err != nil {
		return nil, err
	}
	defer v.end()
	var found []payments.Config
	for part := range slices.Chunk(projects, chunk) {
		marks, args := inList(part)
		configs, err := all(v, scanConfig, `
			SELECT `+configColumns+`
			FROM payments_configs
			WHERE project_id IN (`+marks+`)`,
			args...)
		if err != nil {
			return nil, err
		}
		found = append(found, configs...)
	}
	return found, nil
}

// PutConfig implements [payments.ConfigStore]. The conditions on the version stand in the statements, so that
// they hold whoever else writes.
func (s *Store) PutConfig(ctx context.Context, c payments.Config) (err error) {
	defer wrap(&err, "put config")
	tx, err := s.write.begin(ctx)
	if err != nil {
		return err
	}
	defer tx.rollback()
	put := tx.replaceConfig
	if c.Version == 1 {
		put = tx.insertConfig
	}
	switch written, err := put(c); {
	case err != nil:
		return err
	case written == 0:
		return payments.ErrConflict
	}
	return tx.commit()
}

func (t *tx) insertConfig(c payments.Config) (int64, error) {
	return t.exec(`
		INSERT INTO payments_configs (`+configColumns+`)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT DO NOTHING`,
		configArgs(c)...)
}

func (t *tx) replaceConfig(c payments.Config) (int64, error) {
	return t.exec(`
		UPDATE payments_configs
		SET (`+configColumns+`) =
			(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		WHERE project_id = ? AND version = ?`,
		append(configArgs(c), c.Project, c.Version-1)...)
}
