package httpadapter_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// checkBody holds a JSON body against one of the document's schemas.
func checkBody(schema string, answer *http.Response, body []byte) error {
	if len(body) == 0 && answer.Request.Method == http.MethodHead {
		return nil
	}
	if media := answer.Header.Get("Content-Type"); !strings.HasPrefix(media, "application/problem+json") {
		return fmt.Errorf("the Content-Type is %q", media)
	}
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return err
	}
	return contract.doc.Components.Schemas[schema].Value.VisitJSON(v, openapi3.EnableJSONSchema2020())
}

// checkNames finds what an answer says and its schema doesn't. The schemas are open, because clients must
// put up with new fields; the tests must not.
func checkNames(content openapi3.Content, answer *http.Response, body []byte) error {
	media := content.Get(answer.Header.Get("Content-Type"))
	if media == nil || !strings.Contains(answer.Header.Get("Content-Type"), "json") || len(body) == 0 {
		return nil
	}
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return err
	}
	return undocumented(media.Schema.Value, v, "")
}

func undocumented(schema *openapi3.Schema, v any, at string) error {
	switch v := v.(type) {
	case []any:
		for i, item := range v {
			if err := undocumented(schema.Items.Value, item, fmt.Sprintf("%s[%d]", at, i)); err != nil {
				return err
			}
		}
	case map[string]any:
		known := properties(schema)
		if len(known) == 0 { // a map, or a document of no fixed names
			return nil
		}
		for name, value := range v {
			if known[name] == nil {
				return fmt.Errorf("%s.%s is not documented", at, name)
			}
			if err := undocumented(known[name], value, at+"."+name); err != nil {
				return err
			}
		}
	}
	return nil
}

func properties(schema *openapi3.Schema) map[string]*openapi3.Schema {
	known := map[string]*openapi3.Schema{}
	for _, parts := range []openapi3.SchemaRefs{schema.AllOf, schema.OneOf} {
		for _, part := range parts {
			for name, property := range properties(part.Value) {
				known[name] = property
			}
		}
	}
	for name, property := range schema.Properties {
		known[name] = property.Value
	}
	return known
}
