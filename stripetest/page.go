package stripetest

import (
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
)

// pages are the hosted pages by the first part of their path. A page answers a browser, and finds
// its account by the session's id, which is secret enough to be the key.
var pages = map[string]func(s *Server, w http.ResponseWriter, r *http.Request, id string){
	"pay":          (*Server).checkoutPage,
	"authenticate": (*Server).authenticationPage,
}

// servePage answers a hosted page, and returns false for a path that is none.
func (s *Server) servePage(w http.ResponseWriter, r *http.Request) bool {
	name, id, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	page, ok := pages[name]
	if ok {
		page(s, w, r, id)
	}
	return ok
}

// accountOf is the account that holds the object. Server.mu is held.
func (s *Server) accountOf(name, id string) (*Account, object) {
	for _, a := range s.accounts {
		if o := a.find(name, id); o != nil {
			return a, o
		}
	}
	return nil, nil
}

var checkoutTemplate = template.Must(template.New("checkout").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Checkout</title>
<style>body{font:16px/1.5 system-ui;max-width:26rem;margin:3rem auto;padding:0 1rem}input,button{font:inherit;width:100%;box-sizing:border-box;padding:.5rem;margin:.25rem 0 1rem}.error{color:#b00020}</style>
<h1>Checkout</h1>
{{range .Lines}}<p>{{.quantity}} × {{.description}}: {{.amount_total}} {{.currency}}</p>{{end}}
<p><strong>Total {{.Session.amount_total}} {{.Session.currency}}</strong> (in the smallest unit)</p>
{{with .Problem}}<p class="error" role="alert">{{.}}</p>{{end}}
{{if .Open}}<form method="post">
<label>E-mail <input type="email" name="email" value="{{.Email}}" required></label>
<label>Card number <input name="card" inputmode="numeric" value="4242424242424242" required></label>
<button>Pay</button></form>{{end}}
{{with .Session.cancel_url}}<p><a href="{{.}}">Back</a></p>{{end}}
</html>
`))

type checkoutView struct {
	Session object
	Lines   []object
	Email   string
	Problem string
	Open    bool
}

func (s *Server) checkoutPage(w http.ResponseWriter, r *http.Request, id string) {
	card := Card(strings.ReplaceAll(r.FormValue("card"), " ", "")) // reads the body: not under the lock
	s.mu.Lock()
	a, session := s.accountOf("checkout.session", id)
	if session == nil {
		s.mu.Unlock()
		http.NotFound(w, r)
		return
	}
	var err error
	if r.Method == http.MethodPost {
		err = a.pay(id, card, r.FormValue("email"))
	}
	view := a.checkoutView(session)
	target := successURL(session)
	s.mu.Unlock()
	if r.Method == http.MethodPost && err == nil {
		http.Redirect(w, r, target, http.StatusSeeOther)
		return
	}
	s.showCheckout(w, view, err)
}

func (a *Account) checkoutView(session object) checkoutView {
	email := session.str("customer_email")
	if customer := a.find("customer", session.str("customer")); customer != nil && email == "" {
		email = customer.str("email")
	}
	view := checkoutView{Session: session.public(), Email: email, Open: session.str("status") == "open"}
	for _, line := range session.data("_line_items") {
		view.Lines = append(view.Lines, line.public())
	}
	if !view.Open {
		view.Problem = "This session is " + session.str("status") + "."
	}
	return view
}

func (s *Server) showCheckout(w http.ResponseWriter, view checkoutView, err error) {
	status := http.StatusOK
	if err != nil {
		view.Problem = err.Error()
		status = http.StatusBadRequest
		var failed *Error
		if errors.As(err, &failed) {
			view.Problem, status = failed.Message, failed.Status
		}
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if err := checkoutTemplate.Execute(w, view); err != nil {
		s.options.Logger.Debug("stripetest: the browser left", slog.Any("error", err))
	}
}
