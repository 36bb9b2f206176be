package httpadapter

import (
	"errors"
	"net/http"
	"time"

	"github.com/manytenants/payments"
)

type configWire struct {
	ID                       string     `json:"id"`
	ProjectID                string     `json:"project_id"`
	IsActive                 bool       `json:"is_active"`
	HasTestCredentials       bool       `json:"has_test_credentials"`
	HasLiveCredentials       bool       `json:"has_live_credentials"`
	TestSecretKeyMasked      *string    `json:"test_secret_key_masked"`
	TestPublishableKeyMasked *string    `json:"test_publishable_key_masked"`
	TestWebhookSecretMasked  *string    `json:"test_webhook_secret_masked"`
	LiveSecretKeyMasked      *string    `json:"live_secret_key_masked"`
	LivePublishableKeyMasked *string    `json:"live_publishable_key_masked"`
	LiveWebhookSecretMasked  *string    `json:"live_webhook_secret_masked"`
	TestConfiguredAt         *time.Time `json:"test_configured_at"`
	LiveConfiguredAt         *time.Time `json:"live_configured_at"`
	CreatedAt                time.Time  `json:"created_at"`
	UpdatedAt                *time.Time `json:"updated_at"`
}

func configOf(c payments.Config) configWire {
	return configWire{
		ID:                       c.ID,
		ProjectID:                string(c.Project),
		IsActive:                 c.Active,
		HasTestCredentials:       !c.Test.SecretKey.IsZero(),
		HasLiveCredentials:       !c.Live.SecretKey.IsZero(),
		TestSecretKeyMasked:      orNull(c.Test.SecretKey.Mask),
		TestPublishableKeyMasked: orNull(c.Test.PublishableKey.Mask),
		TestWebhookSecretMasked:  orNull(c.Test.WebhookSecret.Mask),
		LiveSecretKeyMasked:      orNull(c.Live.SecretKey.Mask),
		LivePublishableKeyMasked: orNull(c.Live.PublishableKey.Mask),
		LiveWebhookSecretMasked:  orNull(c.Live.WebhookSecret.Mask),
		TestConfiguredAt:         timeOrNull(c.Test.ConfiguredAt),
		LiveConfiguredAt:         timeOrNull(c.Live.ConfiguredAt),
		CreatedAt:                wireTime(c.CreatedAt),
		UpdatedAt:                timeOrNull(c.UpdatedAt),
	}
}

// getConfig answers null where none was ever made: "not yet" is a state of the project, not a mistake of the caller.
func (h *Handler) getConfig(w http.ResponseWriter, r *http.Request, project payments.Project) error {
	c, err := h.service.Config(r.Context(), project.ID)
	if errors.Is(err, payments.ErrNotFound) {
		return writeJSON(w, nil)
	}
	if err != nil {
		return err
	}
	return writeJSON(w, configOf(c))
}

func (h *Handler) putConfig(w http.ResponseWriter, r *http.Request, project payments.Project) error {
	o, err := h.readObject(w, r)
	if err != nil {
		return err
	}
	update := payments.ConfigUpdate{
		Test: payments.CredentialsUpdate{
			SecretKey:      o.secret("test_secret_key"),
			PublishableKey: o.secret("test_publishable_key"),
			WebhookSecret:  o.secret("test_webhook_secret"),
		},
		Live: payments.CredentialsUpdate{
			SecretKey:      o.secret("live_secret_key"),
			PublishableKey: o.secret("live_publishable_key"),
			WebhookSecret:  o.secret("live_webhook_secret"),
		},
		AllowAccountChange: o.flag("allow_account_change", false),
	}
	if err := o.err(); err != nil {
		return err
	}
	c, err := h.service.UpdateConfig(r.Context(), project.ID, update)
	if err != nil {
		return err
	}
	return writeJSON(w, configOf(c))
}

func (h *Handler) deleteConfig(w http.ResponseWriter, r *http.Request, project payments.Project) error {
	if err := h.service.DeleteConfig(r.Context(), project.ID); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (h *Handler) getWebhookURLs(w http.ResponseWriter, _ *http.Request, project payments.Project) error {
	test, live, err := h.service.WebhookURLs(project.ID)
	if err != nil {
		return err
	}
	return writeJSON(w, struct {
		Test string `json:"test_webhook_url"`
		Live string `json:"live_webhook_url"`
	}{test, live})
}

func (h *Handler) validateCredentials(w http.ResponseWriter, r *http.Request, project payments.Project) error {
	o, err := h.readObject(w, r)
	if err != nil {
		return err
	}
	key, mode := o.text("secret_key"), payments.Live
	if o.flag("is_test_mode", true) {
		mode = payments.Test
	}
	if err := o.err(); err != nil {
		return err
	}
	if wait := h.validations.take(project.Owner, time.Now()); wait > 0 {
		return &payments.Error{
			Kind: payments.ErrRateLimited, RetryAfter: wait,
			Message: "Credentials were checked too often; try again in a minute.",
		}
	}
	verdict, err := h.service.ValidateCredentials(r.Context(), mode, key)
	if err != nil {
		return err
	}
	return writeJSON(w, struct {
		Valid   bool   `json:"valid"`
		Message string `json:"message"`
	}{verdict.Valid, verdict.Message})
}
