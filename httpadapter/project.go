package httpadapter

import (
	"net/http"
	"time"

	"github.com/manytenants/payments"
)

type projectWire struct {
	ID                 string     `json:"id"`
	Name               string     `json:"name"`
	Description        *string    `json:"description"`
	HasPaymentConfig   bool       `json:"has_payment_config"`
	HasTestCredentials bool       `json:"has_test_credentials"`
	HasLiveCredentials bool       `json:"has_live_credentials"`
	TestConfiguredAt   *time.Time `json:"test_configured_at"`
	LiveConfiguredAt   *time.Time `json:"live_configured_at"`
	IsActive           bool       `json:"is_active"`
	CreatedAt          time.Time  `json:"created_at"`
}

// projectOf counts a configuration only while it is active, as the statistics do: to a client, a
// deactivated project is one to be configured.
func projectOf(s payments.ProjectStatus) projectWire {
	wire := projectWire{
		ID:          string(s.Project.ID),
		Name:        s.Project.Name,
		Description: orNull(s.Project.Description),
		CreatedAt:   wireTime(s.Project.CreatedAt),
	}
	if c := s.Config; c != nil {
		wire.HasPaymentConfig = c.Active
		wire.IsActive = c.Active
		wire.HasTestCredentials = !c.Test.SecretKey.IsZero()
		wire.HasLiveCredentials = !c.Live.SecretKey.IsZero()
		wire.TestConfiguredAt = timeOrNull(c.Test.ConfiguredAt)
		wire.LiveConfiguredAt = timeOrNull(c.Live.ConfiguredAt)
	}
	return wire
}

func (h *Handler) listProjects(w http.ResponseWriter, r *http.Request, developer payments.DeveloperID) error {
	projects, err := h.service.Projects(r.Context(), developer)
	if err != nil {
		return err
	}
	return writeJSON(w, struct {
		Projects []projectWire `json:"projects"`
		Total    int           `json:"total"`
	}{each(projects, projectOf), len(projects)})
}
