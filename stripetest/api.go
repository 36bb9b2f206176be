package stripetest

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"strconv"
)

// maxBody bounds a request's body; no request of Stripe's SDKs comes near it.
const maxBody = 1 << 20

// response is an API answer ready to be written, and what an idempotency key keeps of it.
type response struct {
	status   int
	body     []byte
	header   http.Header // of a fault, over the usual one
	cut      bool        // by a fault, in the middle of the body
	original string      // the id of the request that was answered first, when this replays it
}

// exchange is one API request from its arrival to its answer.
type exchange struct {
	server *Server
	http   *http.Request
	log    Request
	key    *apiKey
	route  route
	call   *call

	version string // empty until the request turned out to name one
}

func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	x := &exchange{server: s, http: r}
	answer, err := response{}, x.read(w)
	if err == nil {
		answer, err = x.answer()
	}
	if errors.Is(err, errDropped) {
		x.finish(0)
		panic(http.ErrAbortHandler)
	}
	if err != nil {
		answer = x.failure(err)
	}
	x.finish(answer.status)
	x.write(w, answer)
}

// read takes the request apart: its id, form and headers.
func (x *exchange) read(w http.ResponseWriter) error {
	s, r := x.server, x.http
	s.mu.Lock()
	x.log = Request{
		Time: s.clock.now(), Method: r.Method, Path: r.URL.Path, RequestID: "req_" + characters(s.traces, 14),
		IdempotencyKey: r.Header.Get("Idempotency-Key"), StripeVersion: r.Header.Get("Stripe-Version"),
		Header: r.Header.Clone(),
	}
	s.mu.Unlock()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return badRequest("The request body could not be read: " + err.Error())
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return badRequest("Invalid request body: it must be form-encoded.")
	}
	for name, values := range r.URL.Query() {
		form[name] = append(form[name], values...)
	}
	x.log.Form = form
	return nil
}

// answer runs the request: who asks, what for, with which parameters, was it asked before; then
// injected faults, then the operation. An error of the steps before the operation is not kept for
// the idempotency key.
func (x *exchange) answer() (response, error) {
	if err := x.prepare(); err != nil {
		return response{}, err
	}
	kept, err := x.claim()
	if err != nil {
		return response{}, err
	}
	fault := x.takeFault(kept != nil)
	err = fault.before(x.http.Context(), x.server.stopping)
	if kept == nil && (err != nil || fault.replaces()) {
		x.release()
	}
	switch {
	case err != nil:
		return response{}, err
	case kept != nil:
		return x.spoil(fault, kept.replay())
	case fault.replaces():
		return x.spoil(fault, response{})
	}
	return x.spoil(fault, x.run(fault))
}

func (x *exchange) prepare() error {
	s := x.server
	s.mu.Lock()
	defer s.mu.Unlock()
	key, found, err := s.authenticate(x.http)
	x.log.Key = key
	if err != nil {
		return err
	}
	x.key = found
	x.log.Account = found.account.id
	x.log.Livemode = found.account.livemode
	if err := found.reaches(key, x.http.Header); err != nil {
		return err
	}
	s.base = s.baseURL(x.http)
	var vars []string
	if x.route, vars, err = findRoute(x.log.Method, x.log.Path); err != nil {
		return err
	}
	x.log.Operation = x.route.name
	if err := found.allow(key, x.log.Method, x.log.Path); err != nil {
		return err
	}
	if x.version, err = found.account.requestVersion(x.log.StripeVersion); err != nil {
		return err
	}
	form := parseForm(x.log.Form)
	if err := translate(x.route.name, form, mustRelease(x.version)); err != nil {
		return err
	}
	values, err := validate(loadSpec().parameters[x.route.name], form)
	if err == nil {
		err = refuseUnsupported(x.route.name, values.values)
	}
	x.call = &call{
		Account: found.account, params: values, vars: vars, path: x.log.Path, base: s.baseURL(x.http), version: x.version,
	}
	return err
}

// run executes the operation and keeps its answer, errors included, for the idempotency key. Of an
// operation that panics the key remembers nothing, so that it isn't in use for ever.
func (x *exchange) run(fault *Fault) response {
	s, a := x.server, x.call.Account
	s.mu.Lock()
	defer s.mu.Unlock()
	a.request = &x.log
	answered := false
	defer func() {
		a.forgetDescribed()
		a.request = nil
		if !answered {
			x.forget()
		}
	}()
	var body object
	err := fault.err()
	if err == nil {
		body, err = x.route.run(x.call)
	}
	if err == nil {
		body, err = a.expand(body, x.call.strings("expand"), x.call.release())
	}
	if err == nil && changes(x.log.Method) {
		a.tellDescribed()
	}
	answer := response{status: http.StatusOK}
	if err != nil {
		answer = x.failure(err)
	} else {
		answer.body = encode(body.public())
		x.log.Ignored = x.call.ignored()
	}
	if answered = !fault.unkept(answer.status); answered {
		x.keep(answer)
	}
	return answer
}

func (x *exchange) failure(err error) response {
	var stripe *Error
	if !errors.As(err, &stripe) {
		stripe = &Error{Status: http.StatusInternalServerError, Type: "api_error", Message: err.Error()}
	}
	body := stripe.body(x.log.Account, x.log.RequestID)
	if x.call != nil {
		x.call.reshape(map[string]any(body), x.call.release())
	}
	return response{status: stripe.Status, body: encode(body)}
}

func (x *exchange) finish(status int) {
	s := x.server
	x.log.Status = status
	s.mu.Lock()
	s.requests.add(x.log)
	s.mu.Unlock()
	s.options.Logger.Info("stripetest: request", slog.String("operation", x.log.Method+" "+x.log.Path),
		slog.Int("status", status), slog.String("request", x.log.RequestID), slog.Any("ignored", x.log.Ignored))
}

func (x *exchange) write(w http.ResponseWriter, answer response) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(answer.body)))
	h.Set("Request-Id", x.log.RequestID)
	if x.version != "" {
		h.Set("Stripe-Version", x.version)
	}
	if x.log.IdempotencyKey != "" {
		h.Set("Idempotency-Key", x.log.IdempotencyKey)
	}
	if answer.original != "" {
		h.Set("Idempotent-Replayed", "true")
		h.Set("Original-Request", answer.original)
	}
	maps.Copy(h, answer.header)
	w.WriteHeader(answer.status)
	if answer.cut {
		answer.body = answer.body[:len(answer.body)/2]
	}
	if _, err := w.Write(answer.body); err != nil {
		x.server.options.Logger.Debug("stripetest: the client left", slog.Any("error", err))
	}
	if answer.cut {
		_ = http.NewResponseController(w).Flush() // what was written is to arrive
		panic(http.ErrAbortHandler)
	}
}

// encode writes a document as Stripe does, indented.
func encode(o object) []byte {
	text, err := json.MarshalIndent(o, "", "  ")
	if err != nil {
		panic("stripetest: a document that is not JSON: " + err.Error())
	}
	return append(text, '\n')
}
