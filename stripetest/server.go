package stripetest

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"
)

// defaultVersion is the API version whose shapes the server keeps its objects in.
const defaultVersion = "2023-10-16"

// Options configure a Server. The zero value works.
type Options struct {
	// Now is the wall clock the server's own clock follows; Advance adds to it. Nil is time.Now.
	Now func() time.Time
	// BaseURL is what the links to hosted pages begin with, such as "http://127.0.0.1:12111".
	// Empty takes scheme and host of the API request that makes the link.
	BaseURL string
	// APIVersion is the default version of new accounts. Empty is "2023-10-16".
	APIVersion string
	// HTTPClient delivers webhooks. Nil is a client with a timeout of 20 seconds that follows no
	// redirects, as Stripe doesn't.
	HTTPClient *http.Client
	// Seed makes the ids, and what delivery rules and faults draw, the same from run to run in which the
	// same requests come in the same order. 0 takes random ones.
	Seed uint64
	// ManualDelivery leaves webhooks in the queue until Flush, which sends them one after the other
	// from the caller's goroutine.
	ManualDelivery bool
	// DeliveryRules spoil webhooks on their way; those of an account or an endpoint go before them.
	DeliveryRules []DeliveryRule
	// Faults strike the requests of all accounts, after those of Account.Fail. One with Times of -1
	// and a Rate makes a simulation's weather.
	Faults []Fault
	// Logger is told of each request. Nil discards.
	Logger *slog.Logger
}

// Server is a stateful Stripe in the process: an http.Handler with the API under /v1/ and the hosted
// pages beside it. It is safe for concurrent use. Close it when done.
type Server struct {
	options  Options
	client   *http.Client
	stop     context.CancelFunc
	stopping context.Context
	workers  sync.WaitGroup
	wake     chan struct{} // tells the alarm that the next timer changed

	advancing sync.Mutex // held by Advance; taken before mu

	mu       sync.Mutex
	quiet    *sync.Cond // pending fell
	clock    clock
	moving   bool       // Advance is under way, which gives up mu while webhooks are delivered
	ids      *rand.Rand // ids of objects, drawn by what changes state alone
	traces   *rand.Rand // ids of requests, apart so that reads don't change which objects come after them
	base     string     // what links began with in the latest request, for links that the clock makes
	accounts []*Account
	keys     map[string]*apiKey
	requests recent[Request]
	queue    []*Delivery // waiting for Flush, in manual delivery
	pending  int         // deliveries queued or on their way

	luck       *rand.Rand // what rules and faults draw from, apart from the ids
	faults     []*Fault
	deliveries recent[DeliveryAttempt]
}

// New starts a Server. Nil options are the zero Options. A test that runs in a bubble of
// testing/synctest makes its Server inside the bubble.
func New(opts *Options) *Server {
	s := &Server{keys: map[string]*apiKey{}, wake: make(chan struct{}, 1)}
	if opts != nil {
		s.options = *opts
	}
	s.options = s.options.withDefaults()
	s.client = s.options.HTTPClient
	for _, f := range s.options.Faults {
		if f.Times == 0 {
			f.Times = 1
		}
		s.faults = append(s.faults, &f)
	}
	s.clock.wall = s.options.Now
	s.quiet = sync.NewCond(&s.mu)
	s.ids = rand.New(rand.NewPCG(s.options.Seed, 0x5712e7e57))
	s.traces = rand.New(rand.NewPCG(s.options.Seed, 0x7ace5))
	s.luck = rand.New(rand.NewPCG(s.options.Seed, 0x10c4))
	s.stopping, s.stop = context.WithCancel(context.Background())
	s.workers.Go(s.alarm)
	return s
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.APIVersion == "" {
		o.APIVersion = defaultVersion
	}
	if o.Seed == 0 {
		o.Seed = rand.Uint64()
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.HTTPClient == nil {
		o.HTTPClient = &http.Client{
			Timeout:       20 * time.Second,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	o.BaseURL = strings.TrimSuffix(o.BaseURL, "/")
	return o
}

// Close stops timers and webhook deliveries, and waits until both have ended. Requests after it are
// still answered. Don't call it from a webhook's receiver, which it would wait for.
func (s *Server) Close() {
	s.mu.Lock() // nobody is between looking whether the server stops and starting a worker
	s.stop()
	s.mu.Unlock()
	s.workers.Wait()
}

// ServeHTTP answers Stripe's API under /v1/ and the hosted pages elsewhere.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.tick()
	if strings.HasPrefix(r.URL.Path, "/v1/") || !s.servePage(w, r) {
		s.serveAPI(w, r)
	}
}

// baseURL is what links begin with when the request r makes them.
func (s *Server) baseURL(r *http.Request) string {
	if s.options.BaseURL != "" {
		return s.options.BaseURL
	}
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}
