package httpadapter_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/httpadapter"
)

func statusOf(h http.Handler, method, path string) int {
	r := httptest.NewRequest(method, path, nil)
	r.Header.Set("Authorization", "Bearer "+alice)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code
}

func host(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }

func TestHandlerWorksUnderAnyRouter(t *testing.T) {
	w := newWorld(t)
	on := func(mount func(*http.ServeMux)) http.Handler {
		mux := http.NewServeMux()
		mux.HandleFunc("/", host)
		mount(mux)
		return mux
	}
	billing := httpadapter.New(w.service, &httpadapter.Options{Prefix: "billing/"})
	stripe := httpadapter.New(w.service, &httpadapter.Options{Prefix: "/stripe"})
	root := httpadapter.New(w.service, &httpadapter.Options{Prefix: "/"})
	for name, c := range map[string]struct {
		handler http.Handler
		base    string
	}{
		"alone":                        {w.handler, prefix},
		"alone, stripped":              {w.handler, ""},
		"mux, unstripped":              {on(func(m *http.ServeMux) { m.Handle(prefix+"/", w.handler) }), prefix},
		"mux, stripped":                {on(func(m *http.ServeMux) { m.Handle(prefix+"/", http.StripPrefix(prefix, w.handler)) }), prefix},
		"mux, half stripped and again": {on(func(m *http.ServeMux) { m.Handle("/x/", http.StripPrefix("/x", w.handler)) }), "/x" + prefix},
		"registered":                   {on(w.handler.Register), prefix},
		"another prefix":               {on(func(m *http.ServeMux) { m.Handle("/billing/", billing) }), "/billing"},
		"another prefix, registered":   {on(billing.Register), "/billing"},
		"another prefix, stripped":     {on(func(m *http.ServeMux) { m.Handle("/pay/", http.StripPrefix("/pay", billing)) }), "/pay"},
		"a prefix like a path of ours": {on(func(m *http.ServeMux) { m.Handle("/stripe/", stripe) }), "/stripe"},
		"the same, stripped":           {on(func(m *http.ServeMux) { m.Handle("/stripe/", http.StripPrefix("/stripe", stripe)) }), "/stripe"},
		"the same, registered":         {on(stripe.Register), "/stripe"},
		"the root":                     {root, ""},
		"the root, registered":         {on(root.Register), ""},
	} {
		for path, want := range map[string]int{
			"/stats": 200, "/stripe/projects/shop/config": 200, "/stripe/projects/kiosk/config": 403, "/stripe/my-payments": 401,
		} {
			if got := statusOf(c.handler, "GET", c.base+path); got != want {
				t.Errorf("%s: %s is %d, want %d", name, path, got, want)
			}
		}
		if got := statusOf(c.handler, "PATCH", c.base+"/stats"); got != http.StatusMethodNotAllowed {
			t.Errorf("%s: PATCH is %d", name, got)
		}
	}
}

func TestRegisteredRoutesLeaveTheRestToTheHost(t *testing.T) {
	w := newWorld(t)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", host)
	mux.HandleFunc("OPTIONS /", host)
	mux.HandleFunc("GET "+prefix+"/invoices", host)
	w.handler.Register(mux)
	for path, want := range map[string]int{
		"GET /": 418, "GET " + prefix + "/invoices": 418, "GET " + prefix + "/nowhere": 418, "OPTIONS " + prefix + "/stats": 418,
		"GET " + prefix + "/stats": 200, "DELETE " + prefix + "/stats": 405, "GET " + prefix: 418,
	} {
		method, path, _ := strings.Cut(path, " ")
		if got := statusOf(mux, method, path); got != want {
			t.Errorf("%s %s: %d, want %d", method, path, got, want)
		}
	}
}

func TestNewRefusesWhatCantWork(t *testing.T) {
	service := new(payments.Service)
	for name, make := range map[string]func(){
		"no service":       func() { httpadapter.New(nil, nil) },
		"a prefix of dots": func() { httpadapter.New(service, &httpadapter.Options{Prefix: "/api/../x"}) },
		"a wildcard":       func() { httpadapter.New(service, &httpadapter.Options{Prefix: "/{tenant}/pay"}) },
		"a gap":            func() { httpadapter.New(service, &httpadapter.Options{Prefix: "/api//pay"}) },
		"a URL":            func() { httpadapter.New(service, &httpadapter.Options{Prefix: "https://api.example/pay"}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s was accepted", name)
				}
			}()
			make()
		}()
	}
}
