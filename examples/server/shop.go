package main

import (
	_ "embed"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"github.com/manytenants/payments"
)

// The shop page plays the host's own frontend: it calls the library's methods directly, without HTTP. It acts for
// any user of the demo, which is why the server stays on this machine.

//go:embed shop.html
var shopHTML string

var shopTemplate = template.Must(template.New("shop").Parse(shopHTML))

func (a *app) registerShop(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", a.shop)
	mux.HandleFunc("GET /checkout", a.act) // a link to hand out; it makes nothing but a session
	mux.HandleFunc("POST /act", a.act)
}

type shopView struct {
	Projects []shopProject
	Message  string
	Stripe   string
}

type shopProject struct {
	ID, Name string
	Prices   []price
	Users    []shopUser
}

type shopUser struct {
	ID           string
	Subscription *payments.Subscription
	Payments     int64
	Ends         string
}

func (a *app) shop(w http.ResponseWriter, r *http.Request) {
	view := shopView{Message: r.FormValue("message")}
	if a.stripe != nil {
		view.Stripe = a.stripeURL
	}
	for _, p := range a.directory.projects() {
		sp := shopProject{ID: string(p.id), Name: p.name, Prices: a.prices[p.id]}
		for _, u := range p.users {
			su, err := a.shopUser(r, p.id, u.id)
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			sp.Users = append(sp.Users, su)
		}
		view.Projects = append(view.Projects, sp)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	_ = shopTemplate.Execute(w, view) // the browser may have gone
}

func (a *app) shopUser(r *http.Request, p payments.ProjectID, id payments.UserID) (shopUser, error) {
	su := shopUser{ID: string(id)}
	sub, err := a.service.CurrentSubscription(r.Context(), p, payments.Test, id)
	switch {
	case err == nil:
		su.Subscription = &sub
		if !sub.CancelAt.IsZero() {
			su.Ends = sub.CancelAt.Format("2 Jan 2006")
		}
	case !errors.Is(err, payments.ErrNotFound):
		return su, err
	}
	page, err := a.service.UserPayments(r.Context(), p, payments.Test, id, payments.PageRequest{Size: 1})
	su.Payments = page.Total
	return su, err
}

// act does what a button of the shop page says, then shows the page again or the one that Stripe hosts.
func (a *app) act(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost && r.Header.Get("Origin") != "" && r.Header.Get("Origin") != a.url {
		http.Error(w, "Another site can't act here.", http.StatusForbidden)
		return
	}
	target, err := a.do(r)
	if err != nil {
		var e *payments.Error
		message := "Something went wrong."
		if errors.As(err, &e) {
			message = e.Message
		}
		target = "/?message=" + url.QueryEscape(message)
	}
	http.Redirect(w, r, target, http.StatusSeeOther)
}

func (a *app) do(r *http.Request) (target string, err error) {
	ctx, p, u := r.Context(), payments.ProjectID(r.FormValue("project")), payments.UserID(r.FormValue("user"))
	switch action := strings.TrimPrefix(r.URL.Path, "/") + r.FormValue("action"); action {
	case "checkout", "actbuy":
		return a.checkoutURL(r, p, u)
	case "actportal":
		return a.service.CreatePortal(ctx, p, payments.Test, u, a.url+"/")
	case "actcancel":
		_, err = a.service.CancelSubscription(ctx, p, payments.Test, u, false)
	case "actcancel-now":
		_, err = a.service.CancelSubscription(ctx, p, payments.Test, u, true)
	case "actresume":
		_, err = a.service.ResumeSubscription(ctx, p, payments.Test, u)
	case "actchange":
		_, err = a.service.UpdateSubscription(ctx, p, payments.Test, u, payments.SubscriptionUpdate{PriceID: r.FormValue("price")})
	}
	return "/", err
}

func (a *app) checkoutURL(r *http.Request, p payments.ProjectID, u payments.UserID) (string, error) {
	request := payments.CheckoutRequest{
		PriceID: r.FormValue("price"), SuccessURL: a.url + "/?message=Thank+you.", CancelURL: a.url + "/",
		Email: string(u) + "@" + string(p) + ".example",
	}
	for _, price := range a.prices[p] {
		if price.ID == request.PriceID && price.once {
			request.Mode = payments.CheckoutPayment
		}
	}
	session, err := a.service.CreateCheckout(r.Context(), p, payments.Test, u, request)
	return session.URL, err
}
