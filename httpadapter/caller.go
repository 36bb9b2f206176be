package httpadapter

import (
	"net/http"
	"strings"

	"github.com/manytenants/payments"
)

// maxToken bounds what is handed to the host's Auth.
const maxToken = 16 << 10

// bearer returns the token of the one Authorization header. Two headers are refused: a proxy in front may
// have checked the other one.
func bearer(r *http.Request) (string, error) {
	values := r.Header.Values("Authorization")
	if len(values) != 1 {
		return "", payments.ErrUnauthenticated
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	token = strings.Trim(token, " ")
	if !strings.EqualFold(scheme, "Bearer") || len(token) > maxToken || !isToken(token, "-._~+/=") {
		return "", payments.ErrUnauthenticated
	}
	return token, nil
}

// developer wraps the routes that any developer may call.
func (h *Handler) developer(handle func(http.ResponseWriter, *http.Request, payments.DeveloperID) error) handlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		token, err := bearer(r)
		if err != nil {
			return err
		}
		developer, err := h.service.AuthenticateDeveloper(r.Context(), token)
		if err != nil {
			return err
		}
		return handle(w, r, developer.ID)
	}
}

// owner wraps the routes of one project, which only its developer may call.
func (h *Handler) owner(handle func(http.ResponseWriter, *http.Request, payments.Project) error) handlerFunc {
	return h.developer(func(w http.ResponseWriter, r *http.Request, developer payments.DeveloperID) error {
		project, err := h.service.OwnedProject(r.Context(), developer, payments.ProjectID(r.PathValue("project_id")))
		if err != nil {
			return err
		}
		return handle(w, r, project)
	})
}

// endUser wraps the routes of an end user's own billing.
func (h *Handler) endUser(handle func(http.ResponseWriter, *http.Request, payments.EndUser) error) handlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		token, err := bearer(r)
		if err != nil {
			return err
		}
		claimed, err := claimedProject(r)
		if err != nil {
			return err
		}
		user, err := h.service.AuthenticateEndUser(r.Context(), token, claimed)
		if err != nil {
			return err
		}
		return handle(w, r, user)
	}
}

// claimedProject is the caller's X-Project-ID: a claim, which only the host's Auth may believe.
func claimedProject(r *http.Request) (payments.ProjectID, error) {
	text, err := singleHeader(r, "X-Project-ID")
	if project := payments.ProjectID(text); err != nil || text == "" || project.Valid() {
		return project, err
	}
	return "", invalid([]payments.FieldError{{Field: "X-Project-ID", Message: "must be 1 to 128 characters of A-Z a-z 0-9 . _ ~ -"}})
}

// singleHeader returns an optional header, which must not stand twice.
func singleHeader(r *http.Request, name string) (string, error) {
	values := r.Header.Values(name)
	if len(values) > 1 {
		return "", invalid([]payments.FieldError{{Field: name, Message: "must not be sent twice"}})
	}
	return r.Header.Get(name), nil
}
