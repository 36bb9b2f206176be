package payments

import (
	"context"
	"net/url"
	"slices"
	"strings"
)

// redirects are the origins that checkout and portal URLs of one project and mode may lead to.
type redirects struct {
	origins  []string
	loopback bool
}

const maxURLLength = 2048

func (s *Service) redirects(ctx context.Context, project ProjectID, mode Mode) (redirects, error) {
	p, err := s.auth.Project(ctx, project)
	if err != nil {
		return redirects{}, projectError(err)
	}
	return redirects{
		origins:  slices.Concat(s.opts.RedirectOrigins, p.RedirectOrigins),
		loopback: s.opts.LoopbackRedirects && mode == Test,
	}, nil
}

func (r redirects) check(c *checks, field, raw string) {
	origin := originOf(raw)
	if origin == "" {
		c.require(false, field, "must be an absolute http or https URL")
		return
	}
	allowed := slices.Contains(r.origins, origin) || r.loopback && loopbackOrigin(origin)
	c.require(allowed, field, "leads to an origin that is not allowed")
}

// originOf returns the scheme, host and port of a URL as they stand in it, or "" for a text that browsers and
// net/url might read differently. Nothing is normalized: only what is written exactly like an allowed origin matches one.
func originOf(raw string) string {
	if len(raw) > maxURLLength || strings.ContainsFunc(raw, func(c rune) bool { return c <= ' ' || c >= 0x7f || c == '\\' }) {
		return ""
	}
	u, err := url.Parse(raw)
	if err != nil || u.Opaque != "" || u.User != nil || u.Host == "" {
		return ""
	}
	origin := u.Scheme + "://" + u.Host
	if u.Scheme != "https" && u.Scheme != "http" || !strings.HasPrefix(raw, origin) {
		return ""
	}
	return origin
}

func loopbackOrigin(origin string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Scheme == "http" && (u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1")
}

// validOrigin reports whether a text is an origin and nothing more.
func validOrigin(s string) bool { return s != "" && originOf(s) == s }

// absoluteURL reports whether a text is a base URL to which paths can be added.
func absoluteURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && originOf(s) != "" && u.RawQuery == "" && u.Fragment == ""
}
