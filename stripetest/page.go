package stripetest

import (
	"bytes"
	"embed"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// visit is a browser's request for a hosted page.
type visit struct {
	server *Server
	http   *http.Request
	id     string     // the path after the page's name
	root   string     // the way from this path up to the server's own, for links
	form   url.Values // what a POST sends; nil for reading
}

func (v *visit) post() bool { return v.form != nil }

// screen is what a page answers: a document, a file, or another place to go.
type screen struct {
	status   int    // 0 is 200
	document string // the template's name
	title    string
	business string
	view     any
	linked   bool     // the address is no secret, and may be told to this server's own pages
	targets  []string // where a form may lead by a redirect, besides this server

	location string // leads there with 303
	file     []byte // in place of a document
	kind     string // the file's media type
	then     func() // what to do once Server.mu is free, before the answer
}

// pages are the hosted pages by the first part of their path. They run with Server.mu held and
// answer copies. Only a POST changes anything. A page finds its account by the id in its path,
// which is secret enough to be the key.
var pages = map[string]func(*visit) screen{
	"":             indexPage,
	"authenticate": authenticatePage,
	"invoice":      invoicePage,
	"pay":          checkoutPage,
	"portal":       portalPage,
	"receipt":      receiptPage,
	"style.css":    stylesheet,
}

//go:embed pages
var pageFiles embed.FS

// documents are the templates, each within the layout.
var documents = sync.OnceValue(func() map[string]*template.Template {
	all := map[string]*template.Template{}
	for _, name := range []string{"authenticate", "checkout", "closed", "index", "invoice", "portal"} {
		all[name] = template.Must(template.ParseFS(pageFiles, "pages/layout.html", "pages/card.html", "pages/"+name+".html"))
	}
	return all
})

// servePage answers a hosted page, and returns false for a path that is none.
func (s *Server) servePage(w http.ResponseWriter, r *http.Request) bool {
	path := strings.TrimPrefix(r.URL.Path, "/")
	name, id, _ := strings.Cut(path, "/")
	page, ok := pages[name]
	if !ok {
		return false
	}
	v := &visit{server: s, http: r, id: id, root: strings.Repeat("../", strings.Count(path, "/"))}
	if !v.read(w) {
		return true
	}
	s.mu.Lock()
	shown := page(v)
	s.mu.Unlock()
	if shown.then != nil {
		shown.then()
	}
	v.write(w, shown)
	return true
}

// read takes the form of a POST, and refuses what is neither that nor reading.
func (v *visit) read(w http.ResponseWriter) bool {
	switch v.http.Method {
	case http.MethodGet, http.MethodHead:
		return true
	case http.MethodPost:
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		http.Error(w, "A hosted page takes GET and POST.", http.StatusMethodNotAllowed)
		return false
	}
	v.http.Body = http.MaxBytesReader(w, v.http.Body, maxBody)
	if err := v.http.ParseForm(); err != nil {
		http.Error(w, "The form could not be read.", http.StatusBadRequest)
		return false
	}
	v.form = v.http.PostForm
	return true
}

// frame is the data of the layout around each page.
type frame struct {
	Root, Title, Business string
	View                  any
}

func (v *visit) write(w http.ResponseWriter, shown screen) {
	v.protect(w.Header(), shown)
	status, body := max(shown.status, http.StatusOK), shown.file
	switch {
	case shown.location != "":
		w.Header().Set("Location", shown.location) // http.Redirect would lose the prefix of a StripPrefix
		status = http.StatusSeeOther
	case shown.document != "":
		var text bytes.Buffer
		data := frame{Root: v.root, Title: shown.title, Business: shown.business, View: shown.view}
		if err := documents()[shown.document].ExecuteTemplate(&text, "layout", data); err != nil {
			panic("stripetest: page " + shown.document + ": " + err.Error())
		}
		body, shown.kind = text.Bytes(), "text/html; charset=utf-8"
	}
	if shown.kind != "" {
		w.Header().Set("Content-Type", shown.kind)
	}
	w.WriteHeader(status)
	if _, err := w.Write(body); err != nil {
		v.server.options.Logger.Debug("stripetest: the browser left", slog.Any("error", err))
	}
}

// protect keeps a page from being framed, from loading anything but the stylesheet, and its address
// from leaving by a referrer. Browsers hold the redirect after a form to form-action too, so the
// merchant's own pages are in it.
func (v *visit) protect(h http.Header, shown screen) {
	actions, referrer := "'self'", "no-referrer"
	for _, target := range shown.targets {
		if source := formTarget(target); source != "" {
			actions += " " + source
		}
	}
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action "+actions+"; frame-ancestors 'none'; base-uri 'none'")
	if shown.linked {
		referrer = "same-origin"
	}
	h.Set("Referrer-Policy", referrer)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
}

// formTarget is the Content-Security-Policy's name for where a URL lies: its origin, or its scheme
// when the host can't be written there, as an IPv6 address and an app's own scheme can't.
func formTarget(target string) string {
	u, err := url.Parse(target)
	switch {
	case err != nil || u.Scheme == "":
		return ""
	case u.Host == "" || strings.ContainsFunc(u.Host, func(c rune) bool { return !strings.ContainsRune(hostCharacters, c) }):
		return u.Scheme + ":"
	}
	return u.Scheme + "://" + u.Host
}

const hostCharacters = base62 + ".:-"

// stylesheet is the one all pages share.
func stylesheet(*visit) screen {
	text, err := pageFiles.ReadFile("pages/style.css")
	if err != nil {
		panic("stripetest: " + err.Error())
	}
	return screen{file: text, kind: "text/css; charset=utf-8"}
}

// goTo leads the browser elsewhere, after a POST with GET.
func goTo(location string) screen { return screen{location: location} }

// accountOf is the account that holds the object. Server.mu is held.
func (s *Server) accountOf(name, id string) (*Account, object) {
	for _, a := range s.accounts {
		if o := a.find(name, id); o != nil {
			return a, o
		}
	}
	return nil, nil
}
