package httpadapter

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// handlerFunc answers a request, or returns the error that ServeHTTP turns into a problem document.
type handlerFunc func(w http.ResponseWriter, r *http.Request) error

type route struct {
	method, pattern string
	handle          handlerFunc
}

// routes is the API. openapi.yaml describes the same paths; a test compares the two.
func (h *Handler) routes() []route {
	return []route{
		{"GET", "/stripe/projects/{project_id}/config", h.owner(h.getConfig)},
		{"PUT", "/stripe/projects/{project_id}/config", h.owner(h.putConfig)},
		{"DELETE", "/stripe/projects/{project_id}/config", h.owner(h.deleteConfig)},
		{"GET", "/stripe/projects/{project_id}/webhook-urls", h.owner(h.getWebhookURLs)},
		{"POST", "/stripe/projects/{project_id}/validate-credentials", h.owner(h.validateCredentials)},
		{"GET", "/stripe/projects/{project_id}/subscriptions", h.owner(h.listProjectSubscriptions)},
		{"GET", "/stripe/projects/{project_id}/payments", h.owner(h.listProjectPayments)},

		{"GET", "/subscriptions", h.developer(h.listSubscriptions)},
		{"GET", "/transactions", h.developer(h.listTransactions)},
		{"GET", "/projects", h.developer(h.listProjects)},
		{"GET", "/stats", h.developer(h.getStats)},

		{"POST", "/stripe/checkout-session", h.endUser(h.createCheckout)},
		{"POST", "/stripe/customer-portal", h.endUser(h.createPortal)},
		{"GET", "/stripe/my-subscription", h.endUser(h.getMySubscription)},
		{"GET", "/stripe/my-payments", h.endUser(h.listMyPayments)},
		{"POST", "/stripe/cancel-subscription", h.endUser(h.cancelSubscription)},
		{"POST", "/stripe/resume-subscription", h.endUser(h.resumeSubscription)},
		{"POST", "/stripe/update-subscription", h.endUser(h.updateSubscription)},

		{"POST", "/stripe/webhooks/{project_id}/{mode}", h.receiveWebhook},

		{"GET", "/openapi.json", h.getDocumentJSON},
	}
}

// serve finds the route of a request and runs it. HEAD is answered as GET; net/http drops the body.
func (h *Handler) serve(w http.ResponseWriter, r *http.Request) error {
	e := h.find(r)
	if e == nil {
		return errNoRoute
	}
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	handle, ok := e.methods[method]
	if !ok {
		w.Header().Set("Allow", e.allow())
		return errMethod
	}
	return handle(w, r)
}

func (e *endpoint) allow() string {
	methods := slices.Collect(maps.Keys(e.methods))
	if slices.Contains(methods, http.MethodGet) {
		methods = append(methods, http.MethodHead)
	}
	slices.Sort(methods)
	return strings.Join(methods, ", ")
}
