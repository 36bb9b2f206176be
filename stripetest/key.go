package stripetest

import (
	"net/http"
	"slices"
	"strings"
)

// apiKey is what a key opens. A restricted one names its permissions.
type apiKey struct {
	account     *Account
	restricted  bool
	permissions []string
	revoked     bool
}

// AddKey gives the account another secret key. It panics on a key that is malformed, of the other
// mode, or in use.
func (a *Account) AddKey(key string) {
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	a.addKey(key, nil)
}

// AddRestrictedKey gives the account a restricted key (rk_…) with permissions such as
// "customer_read" or "subscription_write"; writing includes reading. Other operations answer
// Stripe's 403 with the name of the permission that is missing.
func (a *Account) AddRestrictedKey(key string, permissions ...string) {
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	a.addKey(key, permissions)
}

// RevokeKey makes the key answer 401, as an expired one does. It panics on a key that isn't the
// account's.
func (a *Account) RevokeKey(key string) {
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	k, known := a.server.keys[key]
	if !known || k.account != a {
		panic("stripetest: the key " + redact(key) + " is none of the account's")
	}
	k.revoked = true
}

func (a *Account) addKey(key string, permissions []string) {
	live, restricted, ok := keyMode(key)
	if !ok || live != a.livemode {
		panic(malformedKey(key) + " of the account's mode")
	}
	if _, taken := a.server.keys[key]; taken {
		panic("stripetest: the key " + redact(key) + " is in use")
	}
	// A restricted key made without permissions can do everything, as one made by Account.
	a.server.keys[key] = &apiKey{account: a, restricted: restricted && permissions != nil, permissions: permissions}
}

// authenticate finds the account of a request's key, sent as Bearer or as the user of Basic.
func (s *Server) authenticate(r *http.Request) (string, *apiKey, error) {
	key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		key, _, _ = r.BasicAuth()
	}
	found, known := s.keys[key]
	switch {
	case !known:
		return key, nil, unauthorized(key)
	case found.revoked:
		return key, nil, &Error{Status: http.StatusUnauthorized, Type: "invalid_request_error", Code: "api_key_expired",
			Message: "Expired API Key provided: " + redact(key)}
	}
	return key, found, nil
}

// reaches answers Stripe's 403 to a request on behalf of another account than the key's own: no
// account here is connected to a platform.
func (k *apiKey) reaches(key string, h http.Header) error {
	for _, name := range []string{"Stripe-Account", "Stripe-Context"} {
		if id := h.Get(name); id != "" && id != k.account.id {
			return &Error{Status: http.StatusForbidden, Type: "invalid_request_error", Code: "account_invalid",
				Message: "The provided key '" + redact(key) + "' does not have access to account '" + id + "' (or that account does not exist). Application access may have been revoked."}
		}
	}
	return nil
}

// resourcePermissions name the permission of each path below /v1/ where it isn't the path's own
// singular.
var resourcePermissions = map[string]string{
	"prices": "plan", "checkout": "checkout_session", "webhook_endpoints": "webhook",
	"billing_portal": "customer_portal", "refunds": "charge", "invoiceitems": "invoice",
	"subscription_items": "subscription", "balance": "balance",
}

// allow answers Stripe's 403 unless the key may run the operation.
func (k *apiKey) allow(key, method, path string) error {
	if !k.restricted {
		return nil
	}
	segment := strings.Split(path, "/")[2]
	resource, ok := resourcePermissions[segment]
	if !ok {
		resource = strings.TrimSuffix(segment, "s")
	}
	need := resource + "_write"
	if slices.Contains(k.permissions, need) {
		return nil
	}
	if method == http.MethodGet {
		need = resource + "_read"
		if slices.Contains(k.permissions, need) {
			return nil
		}
	}
	return &Error{Status: http.StatusForbidden, Type: "invalid_request_error",
		Message: "The provided key '" + redact(key) + "' does not have the required permissions for this endpoint on account '" + k.account.id + "'. Having the 'rak_" + need + "' permission would allow this request to continue."}
}
