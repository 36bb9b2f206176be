package payments

import (
	"context"
	"errors"
	"net/http"
	"strings"
)

// Validation is the verdict on a secret key.
type Validation struct {
	Valid   bool
	Message string // one sentence that says what is wrong, or that nothing is
}

// ValidateCredentials asks Stripe whether a secret key works in a mode, and, for a restricted key, whether it may do
// everything that the library does. Nothing is stored. A key that doesn't work is no error: the verdict says why.
// ErrInvalid for what is no mode; ErrUnavailable or ErrTimeout where Stripe can't be asked.
func (s *Service) ValidateCredentials(ctx context.Context, mode Mode, key string) (Validation, error) {
	if !mode.Valid() {
		return Validation{}, invalidField("mode", "must be test or live")
	}
	if problem := credentialFields[0].check(key, mode); problem != "" {
		return Validation{Message: keyProblem(key, mode)}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, stripeBudget)
	defer cancel()
	api := s.gateway.open(NewSecret(key))
	var missing []string
	for _, p := range probesOf(key) {
		err := api.probe(ctx, p)
		var refused *stripeRefusal
		switch {
		case err == nil, errors.As(err, &refused) && refused.missing():
		case refused == nil || refused.Status == http.StatusTooManyRequests || refused.Status >= 500:
			return Validation{}, err
		case refused.Status == http.StatusUnauthorized:
			return Validation{Message: "Stripe doesn't know this key: it is mistyped, revoked or expired."}, nil
		case refused.Status == http.StatusForbidden:
			missing = append(missing, p.permission)
		default:
			return Validation{}, wrapError(ErrUnavailable, "Stripe's answer says nothing about the key; try again.", err)
		}
	}
	if len(missing) > 0 {
		return Validation{Message: "The restricted key lacks these permissions: " + strings.Join(missing, ", ") + "."}, nil
	}
	return Validation{Valid: true, Message: "The key works in " + string(mode) + " mode."}, nil
}

// keyProblem says what is wrong with a text that isn't a secret key of the mode.
func keyProblem(key string, mode Mode) string {
	other := Live
	if mode == Live {
		other = Test
	}
	switch {
	case strings.HasPrefix(key, "sk_"+string(other)), strings.HasPrefix(key, "rk_"+string(other)):
		return "This is a " + string(other) + " mode key; a " + string(mode) + " mode key is needed."
	case strings.HasPrefix(key, "pk_"):
		return "This is a publishable key; the secret key is needed."
	case strings.HasPrefix(key, "sk_org_"):
		return "This is an organization key; the secret key of one account is needed."
	case strings.HasPrefix(key, "whsec_"):
		return "This is a webhook secret; the secret key is needed."
	}
	problem := credentialFields[0].check(key, mode)
	if strings.HasPrefix(problem, "must ") {
		return "This is not a Stripe secret key: it " + problem + "."
	}
	return "This " + problem + "."
}

// probe is a request that shows whether a key has a permission, and changes nothing: reads ask for one
// row, writes name an object that doesn't exist.
type probe struct {
	permission string
	method     string
	path       string
	form       map[string]string
}

func probesOf(key string) []probe {
	if strings.HasPrefix(key, "sk_") {
		return []probe{{"account (read)", http.MethodGet, "/v1/account", nil}}
	}
	probes := []probe{
		{"customers (write)", http.MethodPost, "/v1/customers/cus_permission_probe", nil},
		{"checkout sessions (write)", http.MethodPost, "/v1/checkout/sessions/cs_permission_probe/expire", nil},
		{"subscriptions (write)", http.MethodDelete, "/v1/subscriptions/sub_permission_probe", nil},
		{"customer portal (write)", http.MethodPost, "/v1/billing_portal/sessions", map[string]string{"customer": "cus_permission_probe"}},
	}
	for _, name := range []string{"customers", "subscriptions", "invoices", "charges", "payment_intents", "refunds", "disputes", "products", "prices", "checkout/sessions"} {
		probes = append(probes, probe{
			strings.NewReplacer("_", " ", "/", " ").Replace(name) + " (read)", http.MethodGet, "/v1/" + name, map[string]string{"limit": "1"},
		})
	}
	return probes
}
