package stripetest

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stripe/stripe-mock/embedded"
)

// update rewrites the files under spec/ from the OpenAPI description of version 2023-10-16.
var update = flag.Bool("update", false, "rewrite spec/ from Stripe's OpenAPI description")

type openAPI struct {
	Paths      map[string]map[string]endpointSchema `json:"paths"`
	Components struct {
		Schemas map[string]*schema `json:"schemas"`
	} `json:"components"`
}

type endpointSchema struct {
	Parameters []struct {
		Name     string  `json:"name"`
		In       string  `json:"in"`
		Required bool    `json:"required"`
		Schema   *schema `json:"schema"`
	} `json:"parameters"`
	RequestBody struct {
		Content map[string]struct {
			Schema *schema `json:"schema"`
		} `json:"content"`
	} `json:"requestBody"`
}

type schema struct {
	Ref        string             `json:"$ref"`
	Type       string             `json:"type"`
	Enum       []any              `json:"enum"`
	Required   []string           `json:"required"`
	Nullable   bool               `json:"nullable"`
	Properties map[string]*schema `json:"properties"`
	Additional any                `json:"additionalProperties"`
	AnyOf      []*schema          `json:"anyOf"`
	Items      *schema            `json:"items"`
	Format     string             `json:"format"`
	Expansion  *struct{}          `json:"x-expansionResources"`
}

func loadOpenAPI(t *testing.T) *openAPI {
	t.Helper()
	api, err := readOpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	return api
}

// readOpenAPI takes a second under the race detector: the tests share it.
var readOpenAPI = sync.OnceValues(func() (*openAPI, error) {
	var api openAPI
	err := json.Unmarshal(embedded.OpenAPISpec, &api)
	return &api, err
})

// TestParametersAreThoseOfTheOpenAPIDescription holds each served operation to the exact parameter
// list of 2023-10-16, so that the server refuses what Stripe refuses.
func TestParametersAreThoseOfTheOpenAPIDescription(t *testing.T) {
	api := loadOpenAPI(t)
	files := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(operations)) {
		method, path, _ := strings.Cut(name, " ")
		endpoint, ok := api.Paths[path][strings.ToLower(method)]
		if !ok {
			t.Errorf("%s is not an operation of 2023-10-16", name)
			continue
		}
		file := strings.Split(path, "/")[2] + ".txt"
		files[file] += name + "\n" + endpoint.parameterText() + "\n"
	}
	compareFiles(t, "spec/parameters", files)
}

// TestObjectsAreThoseOfTheOpenAPIDescription holds each object to the fields of 2023-10-16.
func TestObjectsAreThoseOfTheOpenAPIDescription(t *testing.T) {
	api := loadOpenAPI(t)
	files := map[string]string{}
	for _, name := range objectNames {
		s := api.Components.Schemas[name]
		if s == nil {
			t.Errorf("%s is not an object of 2023-10-16", name)
			continue
		}
		out := objectSpec{Fields: api.template(s).(map[string]any)}
		api.expandable(s, "", &out.Expandable)
		slices.Sort(out.Expandable)
		out.Expandable = slices.Compact(out.Expandable)
		text, err := json.MarshalIndent(out, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		files[name+".json"] = string(text) + "\n"
	}
	compareFiles(t, "spec/objects", files)
}

func compareFiles(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	for name, text := range want {
		path := filepath.Join(dir, name)
		if *update {
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != text {
			t.Errorf("%s is not current (%v): run go test ./stripetest -run OpenAPI -update", path, err)
		}
	}
}

func (e endpointSchema) parameterText() string {
	all := &schema{Properties: map[string]*schema{}}
	if form, ok := e.RequestBody.Content["application/x-www-form-urlencoded"]; ok && form.Schema != nil {
		all = form.Schema
	}
	for _, p := range e.Parameters {
		if p.In == "query" {
			all.Properties[p.Name] = p.Schema
			if p.Required {
				all.Required = append(all.Required, p.Name)
			}
		}
	}
	var b strings.Builder
	all.writeChildren(&b, "  ")
	return b.String()
}

func (s *schema) writeChildren(b *strings.Builder, indent string) {
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		child := s.Properties[name]
		required := ""
		if slices.Contains(s.Required, name) {
			required = "!"
		}
		b.WriteString(indent + name + required + " " + strings.Join(child.kinds(), "|") + "\n")
		alternatives := child.hashes()
		for _, hash := range alternatives {
			if len(alternatives) > 1 {
				hash = &schema{Properties: hash.Properties} // what one alternative requires another may lack
			}
			hash.writeChildren(b, indent+"  ")
		}
	}
}

// kinds lists what a parameter may be: scalar types, quoted literals, hash, map, and [] before any
// of them for a list.
func (s *schema) kinds() []string {
	switch {
	case len(s.AnyOf) > 0:
		var all []string
		for _, alternative := range s.AnyOf {
			all = append(all, alternative.kinds()...)
		}
		return slices.Compact(all)
	case s.Items != nil:
		return []string{"[]" + strings.Join(s.Items.kinds(), "|[]")}
	case len(s.Enum) > 0:
		var all []string
		for _, value := range s.Enum {
			all = append(all, fmt.Sprintf("%q", fmt.Sprint(value)))
		}
		return all
	case len(s.Properties) > 0:
		return []string{"hash"}
	case s.Type == "object":
		return []string{"map"}
	}
	return []string{s.Type}
}

func (s *schema) hashes() []*schema {
	var all []*schema
	for _, alternative := range s.AnyOf {
		all = append(all, alternative.hashes()...)
	}
	if s.Items != nil {
		all = append(all, s.Items.hashes()...)
	}
	if len(s.Properties) > 0 {
		all = append(all, s)
	}
	return all
}

func (api *openAPI) resolve(s *schema) *schema {
	if s.Ref == "" {
		return s
	}
	return api.Components.Schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")]
}

// template is the emptiest valid value: required and nullable fields only.
func (api *openAPI) template(s *schema) any {
	if s.Nullable {
		return nil
	}
	if len(s.AnyOf) > 0 {
		return api.template(s.AnyOf[0])
	}
	s = api.resolve(s)
	switch s.Type {
	case "boolean":
		return false
	case "integer", "number":
		return 0
	case "array":
		return []any{}
	case "string":
		if len(s.Enum) == 1 {
			return s.Enum[0]
		}
		return ""
	}
	fields := map[string]any{}
	for name, field := range s.Properties {
		if field.Nullable || slices.Contains(s.Required, name) {
			fields[name] = api.template(field)
		}
	}
	return fields
}

// expandable lists the dotted paths that hold a reference, stopping at nested objects of their own.
func (api *openAPI) expandable(s *schema, path string, out *[]string) {
	for name, field := range s.Properties {
		at := path + name
		if field.Expansion != nil || field.Items != nil && field.Items.Expansion != nil {
			*out = append(*out, at)
			continue
		}
		if field.includable(s) {
			*out = append(*out, at)
		}
		for _, inner := range append(field.AnyOf, field) {
			inner = api.resolve(inner)
			if _, own := inner.Properties["object"]; inner.Type == "object" && !own && strings.Count(at, ".") < 3 {
				api.expandable(inner, at+".", out)
			}
		}
	}
}

// includable tells a list that Stripe leaves out unless asked: it is a list and not required.
func (s *schema) includable(parent *schema) bool {
	object, ok := s.Properties["object"]
	if !ok || len(object.Enum) != 1 || object.Enum[0] != "list" {
		return false
	}
	for name, field := range parent.Properties {
		if field == s {
			return !slices.Contains(parent.Required, name)
		}
	}
	return false
}
