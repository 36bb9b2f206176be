package stripetest

import (
	"io"
	"log/slog"
	"net/http"
	"net/url"
)

const authenticationForm = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Authentication</title>
<style>body{font:16px/1.5 system-ui;max-width:26rem;margin:3rem auto;padding:0 1rem}button{font:inherit;width:100%;padding:.5rem;margin:.25rem 0 1rem}</style>
<h1>Your bank asks whether it is you</h1>
<form method="post"><button name="result" value="complete">Complete authentication</button><button name="result" value="fail">Fail authentication</button></form>
</html>
`

// authenticationPage answers the page of a next action, then goes to the intent's return_url.
func (s *Server) authenticationPage(w http.ResponseWriter, r *http.Request, id string) {
	passed := r.FormValue("result") == "complete" // reads the body: not under the lock
	s.mu.Lock()
	defer s.mu.Unlock() // an answer this small waits for no browser
	a, intent := s.accountOf("payment_intent", id)
	if intent == nil {
		a, intent = s.accountOf("setup_intent", id)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	switch {
	case intent == nil || intent.str("status") != "requires_action":
		http.Error(w, "This intent requires no action.", http.StatusNotFound)
		return
	case r.Method != http.MethodPost:
		s.writePage(w, authenticationForm)
		return
	}
	result := "succeeded"
	if err := a.authenticate(id, passed); err != nil || !passed {
		result = "failed"
	}
	target := intent.str("_return_url")
	if target == "" {
		s.writePage(w, "<!doctype html><title>Done</title><p>You can close this page.")
		return
	}
	query := url.Values{intent.name(): {id}, intent.name() + "_client_secret": {intent.str("client_secret")}, "redirect_status": {result}}
	http.Redirect(w, r, withQuery(target, query), http.StatusSeeOther)
}

// withQuery adds to the query of a link that may have one.
func withQuery(link string, query url.Values) string {
	u, err := url.Parse(link)
	if err != nil {
		return link
	}
	all := u.Query()
	for name, values := range query {
		all[name] = values
	}
	u.RawQuery = all.Encode()
	return u.String()
}

func (s *Server) writePage(w http.ResponseWriter, html string) {
	if _, err := io.WriteString(w, html); err != nil {
		s.options.Logger.Debug("stripetest: the browser left", slog.Any("error", err))
	}
}
