package stripetest

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// release is a line of API versions. Within one only the first version breaks anything: 2025-03-31.basil
// does, 2025-04-30.basil adds.
type release int

const (
	release2023 release = iota // 2023-10-16, the shape that objects are stored in
	release2024                // 2024-04-10 and 2024-06-20: the same for what the server has
	acacia
	basil
	clover
	dahlia
	endive
)

type firstVersion struct {
	date, name string
	release    release
}

// releases are the first versions, the oldest first. A version in between belongs to the last one
// that began before it.
var releases = []firstVersion{
	{"2020-08-27", "", release2023}, // the server shows the years before 2023-10-16 in its shape
	{"2022-08-01", "", release2023},
	{"2022-11-15", "", release2023},
	{"2023-08-16", "", release2023},
	{"2023-10-16", "", release2023},
	{"2024-04-10", "", release2024},
	{"2024-06-20", "", release2024},
	{"2024-09-30", "acacia", acacia},
	{"2025-03-31", "basil", basil},
	{"2025-09-30", "clover", clover},
	{"2026-03-25", "dahlia", dahlia},
	{"2026-09-30", "endive", endive},
}

// releaseOf tells which release a version belongs to, and whether it is a version at all. A release
// with a name has a version a month or so; the server takes any date inside it. Preview suffixes,
// after a semicolon, change nothing.
func releaseOf(version string) (release, bool) {
	version, _, _ = strings.Cut(version, ";")
	date, name, _ := strings.Cut(strings.TrimSpace(version), ".")
	if _, err := time.Parse(time.DateOnly, date); err != nil {
		return 0, false
	}
	at, exact := slices.BinarySearchFunc(releases, date, func(r firstVersion, date string) int { return cmp.Compare(r.date, date) })
	if !exact {
		at--
	}
	if at < 0 || releases[at].name != name || name == "" && !exact {
		return 0, false
	}
	return releases[at].release, true
}

// mustRelease is releaseOf for a version that was checked when it came in.
func mustRelease(version string) release {
	r, ok := releaseOf(version)
	if !ok {
		panic("stripetest: " + version + " is no API version the server knows")
	}
	return r
}

// requestVersion is the API version a request is made in: that of its header, else the account's.
func (a *Account) requestVersion(header string) (string, error) {
	version := strings.TrimSpace(header)
	if version == "" {
		return a.version, nil
	}
	if _, ok := releaseOf(version); !ok {
		return "", badRequest("Invalid Stripe API version: " + version)
	}
	return version, nil
}

// APIVersion is the account's default API version.
func (a *Account) APIVersion() string {
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	return a.version
}

// UpgradeAPIVersion changes the account's default version, as its owner does in Stripe's Workbench.
// Events that happened before keep the version they happened in. It panics on a version the server
// doesn't know.
func (a *Account) UpgradeAPIVersion(version string) {
	mustRelease(version)
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	a.version = version
}
