// Package httpadapter serves a payments.Service over HTTP: the routes, JSON and problem documents that
// openapi.yaml describes, on net/http alone.
//
// A Handler is an http.Handler that any router can mount. It serves the paths under [Options.Prefix], and
// the same paths without the prefix, as a router hands them on that has stripped it:
//
//	api := httpadapter.New(service, nil)
//
//	http.Handle("/api/v1/payments/", api)               // net/http
//	chiRouter.Mount("/api/v1/payments", api)            // chi
//	ginEngine.Any("/api/v1/payments/*path", gin.WrapH(api)) // gin
//	echoServer.Any("/api/v1/payments/*", echo.WrapHandler(api)) // echo
//
// Or it registers its routes one by one on a ServeMux, beside the host's own:
//
//	api.Register(mux)
//
// The library sets no CORS headers, reads no cookies and trusts no forwarding headers: a host that serves
// browsers of other origins wraps the Handler in its own middleware.
package httpadapter

import (
	"cmp"
	"log/slog"
	"net/http"

	"github.com/manytenants/payments"
)

// Options are the optional settings of a Handler. The zero value of each field is its default.
type Options struct {
	// Prefix is the path under which requests arrive here, where a proxy in front has changed it: one or more
	// segments of [A-Za-z0-9._~-], or "/" for the root. Most hosts won't need it. Default: the service's
	// payments.Options.MountPath, "/api/v1/payments" unless set.
	Prefix string

	// MaxBody is the largest body of an API request in bytes. Default 64 KiB.
	MaxBody int64

	// MaxWebhookBody is the largest webhook body in bytes. Default 256 KiB.
	MaxWebhookBody int64

	// ValidationsPerMinute is how often one developer may have credentials checked, since each check
	// calls Stripe: as many at once, and refilled evenly over a minute. It is counted in this process.
	// Default 10. Negative: not limited.
	ValidationsPerMinute int

	// Logger receives failures of the server's own (5xx) with their request id. Default slog.Default().
	Logger *slog.Logger
}

// Handler serves the API. New makes it. It is safe for concurrent use.
type Handler struct {
	service     *payments.Service
	opts        Options
	prefix      []string // the segments of Options.Prefix
	endpoints   []endpoint
	validations *limiter
	document    []byte // openapi.json with the mounted prefix as its server
}

// New makes a Handler. It panics on a nil service and on a prefix that can't be one.
func New(service *payments.Service, opts *Options) *Handler {
	if service == nil {
		panic("httpadapter: New needs a payments.Service; payments.New makes one")
	}
	h := &Handler{service: service}
	if opts != nil {
		h.opts = *opts
	}
	h.opts.Prefix, h.prefix = parsePrefix(cmp.Or(h.opts.Prefix, service.MountPath()))
	h.opts.MaxBody = cmp.Or(h.opts.MaxBody, 64<<10)
	h.opts.MaxWebhookBody = cmp.Or(h.opts.MaxWebhookBody, 256<<10)
	h.opts.ValidationsPerMinute = cmp.Or(h.opts.ValidationsPerMinute, 10)
	h.opts.Logger = cmp.Or(h.opts.Logger, slog.Default())
	h.validations = newLimiter(h.opts.ValidationsPerMinute)
	h.document = documentAt(h.opts.Prefix)
	h.endpoints = collect(h.routes())
	return h
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := begin(w, r, h.opts.Logger)
	defer x.contain()
	if err := h.serve(x, x.request); err != nil {
		x.fail(err)
	}
}

// Register adds the API's routes, each under Options.Prefix, to the host's mux. Everything else stays the host's:
// its other routes, its 404s, and its answers to OPTIONS, which a CORS middleware may want. A ServeMux redirects
// paths that aren't clean ("//", "..") before this package sees them; mount the Handler itself where
// that must not happen.
func (h *Handler) Register(mux *http.ServeMux) {
	methods := []string{ // with all of them registered, a wrong method gets our 405 and not the mux's
		http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodTrace,
	}
	for _, e := range h.endpoints {
		for _, method := range methods {
			mux.Handle(method+" "+h.opts.Prefix+e.pattern, h)
		}
	}
}
