package storetest

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/manytenants/payments"
)

var configPromises = []promise{
	{"a configuration is returned as it was put", "Config returns what PutConfig wrote, each field of both modes.", configKept},
	{"a project without one is ErrNotFound", "Config: ErrNotFound where none was ever made.", configUnknown},
	{"an inactive one is returned", "Config returns a project's configuration, inactive ones too; so does Configs.", configInactive},
	{"Configs returns those asked for that exist", "Configs returns the configurations of the projects that have one, in any order.", configsOfProjects},
	{"Configs takes 1,000 projects", "A developer may own any number of projects.", configsOfManyProjects},
	{"version 1 creates once", "PutConfig of version 1 is ErrConflict where a configuration exists, and changes nothing then.", configCreatedOnce},
	{"a higher version replaces its predecessor whole", "A higher version replaces: nothing of the previous version is left, cleared fields are cleared.", configReplacedWhole},
	{"a version that does not follow is ErrConflict", "A higher version is ErrConflict unless the stored version is c.Version-1.", configVersionFollows},
	{"one of 16 creators wins", "Of several concurrent writers of one version exactly one succeeds.", configOneCreator},
	{"one of 16 writers of a version wins", "Of several concurrent writers of one version exactly one succeeds.", configOneWriter},
	{"the modes are apart", "Removing one mode's credentials leaves the other's.", configModesApart},
	{"bytes and text are kept", "Text is kept byte by byte; a ciphertext has any bytes.", configBytesKept},
	{"times are kept", "Times are kept as UTC with at least microsecond precision; the zero time stays zero.", configTimesKept},
	{"slices belong to the caller", "Slices that a store is given are not kept, and those that it returns are the caller's.", configSlicesCopied},
}

func newConfig(project payments.ProjectID) payments.Config {
	return payments.Config{
		ID: uuid("config", project), Project: project, Active: true,
		Test:      newCredentials(project, "test"),
		Live:      newCredentials(project, "live"),
		CreatedAt: at(0),
		Version:   1,
	}
}

func newCredentials(project payments.ProjectID, mode string) payments.Credentials {
	seal := func(field string) payments.Sealed {
		return payments.Sealed{
			Ciphertext: fmt.Appendf(nil, "\x00\xff%s %s %s", project, mode, field),
			Mask:       field + "_" + mode + "_...aBcD",
		}
	}
	return payments.Credentials{
		AccountID: "acct_" + mode, SecretKey: seal("sk"), PublishableKey: seal("pk"), WebhookSecret: seal("whsec"),
		ConfiguredAt: at(1),
	}
}

// put writes configurations and fails the check where one isn't accepted.
func (c *check) put(configs ...payments.Config) {
	c.Helper()
	for _, config := range configs {
		c.must(c.PutConfig(c.ctx, config))
	}
}

func (c *check) config(project payments.ProjectID) payments.Config {
	c.Helper()
	got, err := c.Config(c.ctx, project)
	c.must(err)
	return got
}

func configKept(c *check) {
	want := newConfig("a")
	want.Test.AccountID, want.Live.AccountID = "acct_1", "acct_2"
	c.put(want, newConfig("b"))
	c.equal("Config", c.config("a"), want)
	bare := payments.Config{ID: uuid("bare"), Project: "bare", CreatedAt: at(0), Version: 1}
	c.put(bare)
	c.equal("Config without credentials", c.config("bare"), bare)
}

func configUnknown(c *check) {
	c.put(newConfig(home.project))
	for _, project := range []payments.ProjectID{"shop-1", "SHOP_1", "shop_", "shop_11", "unknown"} {
		_, err := c.Config(c.ctx, project)
		c.kind("Config of "+string(project), err, payments.ErrNotFound)
	}
}

func configInactive(c *check) {
	want := newConfig("a")
	c.put(want)
	want.Active, want.Version, want.UpdatedAt = false, 2, at(5)
	c.put(want)
	c.equal("Config", c.config("a"), want)
	got, err := c.Configs(c.ctx, []payments.ProjectID{"a"})
	c.must(err)
	c.equal("Configs", got, []payments.Config{want})
}

func configsOfProjects(c *check) {
	c.put(newConfig("a"), newConfig("b"), newConfig("c"))
	got, err := c.Configs(c.ctx, []payments.ProjectID{"c", "unknown", "a", "B"})
	c.must(err)
	byProject := map[payments.ProjectID]payments.Config{}
	for _, config := range got {
		byProject[config.Project] = config
	}
	c.equal("how many", len(got), 2)
	c.equal("Configs", byProject, map[payments.ProjectID]payments.Config{"a": newConfig("a"), "c": newConfig("c")})
	none, err := c.Configs(c.ctx, nil)
	c.must(err)
	c.equal("Configs of no project", none, []payments.Config{})
}

func configsOfManyProjects(c *check) {
	projects := manyProjects()
	c.put(newConfig(projects[7]), newConfig(projects[999]), newConfig("other"))
	got, err := c.Configs(c.ctx, projects)
	c.must(err)
	c.equal("how many", len(got), 2)
}

// manyProjects are as many projects as a large developer may own.
func manyProjects() []payments.ProjectID {
	projects := make([]payments.ProjectID, 1000)
	for i := range projects {
		projects[i] = payments.ProjectID(fmt.Sprintf("p%d", i))
	}
	return projects
}

func configCreatedOnce(c *check) {
	want := newConfig("a")
	c.put(want)
	again := newConfig("a")
	again.ID, again.Active, again.Live.AccountID = uuid("again"), false, "acct_again"
	c.kind("a second version 1", c.PutConfig(c.ctx, again), payments.ErrConflict)
	c.equal("Config", c.config("a"), want)
	c.put(newConfig("b"))
}

func configReplacedWhole(c *check) {
	first, second := newConfig("a"), newConfig("a")
	c.put(first)
	second.Version, second.UpdatedAt = 2, at(9)
	second.Test.SecretKey, second.Test.ConfiguredAt = payments.Sealed{}, time.Time{}
	second.Live = payments.Credentials{}
	c.put(second)
	c.equal("Config", c.config("a"), second)
	third := newConfig("a")
	third.Version, third.UpdatedAt = 3, at(10)
	c.put(third)
	c.equal("Config", c.config("a"), third)
}

func configVersionFollows(c *check) {
	second := newConfig("a")
	second.Version = 2
	c.kind("version 2 of nothing", c.PutConfig(c.ctx, second), payments.ErrConflict)
	_, err := c.Config(c.ctx, "a")
	c.kind("Config after that", err, payments.ErrNotFound)
	c.put(newConfig("a"), second)
	for _, version := range []int64{1, 2, 4, 5} {
		wrong := newConfig("a")
		wrong.Version, wrong.Active = version, false
		c.kind(fmt.Sprintf("version %d after 2", version), c.PutConfig(c.ctx, wrong), payments.ErrConflict)
	}
	c.equal("Config", c.config("a"), second)
}

func configOneCreator(c *check) { c.oneWriterOf(1) }

func configOneWriter(c *check) {
	c.put(newConfig("a"))
	c.oneWriterOf(2)
	c.oneWriterOf(3)
}

func (c *check) oneWriterOf(version int64) {
	c.Helper()
	var winners atomic.Int64
	var winner atomic.Value
	together(16, func(i int) {
		config := newConfig("a")
		config.Version, config.Test.AccountID = version, fmt.Sprintf("acct_%d", i)
		switch err := c.PutConfig(c.ctx, config); {
		case err == nil:
			winners.Add(1)
			winner.Store(config)
		case !errors.Is(err, payments.ErrConflict):
			c.Errorf("a writer that lost got %v, want ErrConflict", err)
		}
	})
	if winners.Load() != 1 {
		c.Fatalf("%d of 16 writers of version %d succeeded, want 1", winners.Load(), version)
	}
	c.equal("Config", c.config("a"), winner.Load())
}

func configModesApart(c *check) {
	want := newConfig("a")
	c.put(want)
	want.Version, want.Test = 2, payments.Credentials{AccountID: "acct_test"}
	c.put(want)
	c.equal("Config", c.config("a"), want)
}

func configBytesKept(c *check) {
	want := newConfig("a")
	for b := range 256 {
		want.Test.SecretKey.Ciphertext = append(want.Test.SecretKey.Ciphertext, byte(b))
	}
	for i, text := range texts() {
		want.Version = int64(i + 1)
		want.Live.WebhookSecret = payments.Sealed{Ciphertext: []byte(text), Mask: text}
		c.put(want)
		c.equal("Config", c.config("a"), want)
	}
}

func configTimesKept(c *check) {
	want := newConfig("a")
	for i, when := range times() {
		want.Version = int64(i + 1)
		want.CreatedAt, want.UpdatedAt, want.Live.ConfiguredAt = when, when, when
		c.put(want)
		c.equal("Config", c.config("a"), want)
	}
}

func configSlicesCopied(c *check) {
	given, want := newConfig("a"), newConfig("a")
	c.put(given)
	clear(given.Test.SecretKey.Ciphertext)
	c.equal("Config after the caller changed what it gave", c.config("a"), want)
	got := c.config("a")
	clear(got.Live.WebhookSecret.Ciphertext)
	c.equal("Config after the caller changed what it got", c.config("a"), want)
	list, err := c.Configs(c.ctx, []payments.ProjectID{"a"})
	c.must(err)
	clear(list[0].Live.SecretKey.Ciphertext)
	c.equal("Config after the caller changed its list", c.config("a"), want)
}
