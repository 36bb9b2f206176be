package httpadapter

import (
	"bytes"
	_ "embed"
	"net/http"
)

// openapi.yaml is written by hand. openapi.json is made from it by go generate, so that nobody who
// imports this package links a YAML parser; a test proves the two equal.
//
//go:generate go test -run TestOpenAPIJSONIsGeneratedFromYAML -update .

//go:embed openapi.json
var documentJSON []byte

// documentAt returns the JSON document with the path at which the host mounted the API.
func documentAt(prefix string) []byte {
	if prefix == "" {
		prefix = "/"
	}
	return bytes.Replace(documentJSON, []byte(`"url": "/api/v1/payments"`), []byte(`"url": "`+prefix+`"`), 1)
}

// getDocumentJSON answers without authentication: the document is no secret.
func (h *Handler) getDocumentJSON(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = w.Write(h.document)
	return nil
}
