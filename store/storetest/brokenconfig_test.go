package storetest

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/manytenants/payments"
)

var brokenConfigs = []brokenStore{
	{"keeps the caller's slice", "config/slices belong to the caller", func(m *model) payments.Store { return keepsSlice{m} }},
	{"returns its own slice", "config/slices belong to the caller", func(m *model) payments.Store { return sharesSlice{m} }},
	{"lets the last writer win", "config/a version that does not follow is ErrConflict", func(m *model) payments.Store { return lastWriterWins{m} }},
	{"creates twice", "config/version 1 creates once", func(m *model) payments.Store { return lastWriterWins{m} }},
	{"looks before it writes", "config/one of 16 creators wins", func(m *model) payments.Store { return looksFirst{m, newGate(16)} }},
	{"hides inactive configurations", "config/an inactive one is returned", func(m *model) payments.Store { return hidesInactive{m} }},
	{"truncates times to seconds", "config/times are kept", func(m *model) payments.Store { return truncates{m} }},
	{"keeps the configuration's times in their zone", "config/times are kept", func(m *model) payments.Store { return zoned{m} }},
	{"fills cleared fields with the previous ones", "config/a higher version replaces its predecessor whole", func(m *model) payments.Store { return merges{m} }},
	{"looks projects up without regard to case", "config/a project without one is ErrNotFound", func(m *model) payments.Store { return foldsCase{m} }},
	{"takes bytes for text", "config/bytes and text are kept", func(m *model) payments.Store { return bytesAsText{m} }},
}

type keepsSlice struct{ *model }

func (b keepsSlice) PutConfig(ctx context.Context, c payments.Config) error {
	err := b.model.PutConfig(ctx, c)
	b.locked(func() { b.configs[c.Project] = c })
	return err
}

type sharesSlice struct{ *model }

func (b sharesSlice) Config(_ context.Context, project payments.ProjectID) (payments.Config, error) {
	return b.configs[project], nil
}

type lastWriterWins struct{ *model }

func (b lastWriterWins) PutConfig(_ context.Context, c payments.Config) error {
	b.locked(func() { b.configs[c.Project] = copyOf(c) })
	return nil
}

type looksFirst struct {
	*model
	gate *gate
}

func (b looksFirst) PutConfig(ctx context.Context, c payments.Config) error {
	_, err := b.Config(ctx, c.Project)
	b.gate.pass()
	if err == nil {
		return payments.ErrConflict
	}
	return lastWriterWins{b.model}.PutConfig(ctx, c)
}

type hidesInactive struct{ *model }

func (b hidesInactive) Configs(ctx context.Context, projects []payments.ProjectID) ([]payments.Config, error) {
	found, err := b.model.Configs(ctx, projects)
	return slices.DeleteFunc(found, func(c payments.Config) bool { return !c.Active }), err
}

type truncates struct{ *model }

func (b truncates) PutConfig(ctx context.Context, c payments.Config) error {
	c.CreatedAt = c.CreatedAt.Truncate(time.Second)
	return b.model.PutConfig(ctx, c)
}

type zoned struct{ *model }

func (b zoned) Config(ctx context.Context, project payments.ProjectID) (payments.Config, error) {
	c, err := b.model.Config(ctx, project)
	c.UpdatedAt = c.UpdatedAt.In(time.FixedZone("", 3600))
	return c, err
}

type merges struct{ *model }

func (b merges) PutConfig(ctx context.Context, c payments.Config) error {
	if old, err := b.Config(ctx, c.Project); err == nil && c.Live.SecretKey.IsZero() {
		c.Live.SecretKey = old.Live.SecretKey
	}
	return b.model.PutConfig(ctx, c)
}

type foldsCase struct{ *model }

func (b foldsCase) Config(ctx context.Context, project payments.ProjectID) (payments.Config, error) {
	return b.model.Config(ctx, payments.ProjectID(strings.ToLower(string(project))))
}

type bytesAsText struct{ *model }

func (b bytesAsText) PutConfig(ctx context.Context, c payments.Config) error {
	c.Test.SecretKey.Ciphertext = []byte(strings.ToValidUTF8(string(c.Test.SecretKey.Ciphertext), "?"))
	return b.model.PutConfig(ctx, c)
}
