package httpadapter

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"go.yaml.in/yaml/v3"

	"github.com/manytenants/payments"
)

var update = flag.Bool("update", false, "write openapi.json from openapi.yaml")

func TestOpenAPIJSONIsGeneratedFromYAML(t *testing.T) {
	text, err := os.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var node yaml.Node
	if err := yaml.Unmarshal(text, &node); err != nil {
		t.Fatal(err)
	}
	compact := appendJSON(nil, &node)
	var want bytes.Buffer
	if err := json.Indent(&want, append(compact, '\n'), "", " "); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("openapi.json", want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(documentJSON, want.Bytes()) {
		t.Fatal("openapi.json is not what openapi.yaml says; run go generate ./httpadapter")
	}
}

// appendJSON keeps the order of the YAML, which is the order in which readers show it.
func appendJSON(b []byte, n *yaml.Node) []byte {
	switch n.Kind {
	case yaml.DocumentNode:
		return appendJSON(b, n.Content[0])
	case yaml.AliasNode:
		return appendJSON(b, n.Alias)
	case yaml.MappingNode:
		b = append(b, '{')
		for i := 0; i < len(n.Content); i += 2 {
			b = append(appendScalar(b, n.Content[i].Value), ':')
			b = append(appendJSON(b, n.Content[i+1]), ',')
		}
		return append(bytes.TrimSuffix(b, []byte(",")), '}')
	case yaml.SequenceNode:
		b = append(b, '[')
		for _, item := range n.Content {
			b = append(appendJSON(b, item), ',')
		}
		return append(bytes.TrimSuffix(b, []byte(",")), ']')
	}
	if n.Tag == "!!null" && n.Value == "" { // what a comma in an unquoted text of a {} leaves
		panic(fmt.Sprintf("openapi.yaml:%d has a name without a value", n.Line))
	}
	var v any
	if err := n.Decode(&v); err != nil {
		panic(err)
	}
	return appendScalar(b, v)
}

func appendScalar(b []byte, v any) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic(fmt.Sprintf("%v in openapi.yaml: %v", v, err))
	}
	return append(b, bytes.TrimSpace(out.Bytes())...)
}

func loadDocument(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(documentJSON)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestDocumentIsValidOpenAPI(t *testing.T) {
	doc := loadDocument(t)
	if err := doc.Validate(t.Context(), openapi3.EnableSchemaFormatValidation()); err != nil {
		t.Fatal(err)
	}
}

func TestDocumentDescribesExactlyTheRoutes(t *testing.T) {
	var served, described []string
	for _, r := range (&Handler{}).routes() {
		served = append(served, r.method+" "+r.pattern)
	}
	for path, item := range loadDocument(t).Paths.Map() {
		for method := range item.Operations() {
			described = append(described, method+" "+path)
		}
	}
	slices.Sort(served)
	slices.Sort(described)
	if !slices.Equal(served, described) {
		t.Fatalf("served:\n%s\n\ndescribed:\n%s", strings.Join(served, "\n"), strings.Join(described, "\n"))
	}
}

func TestServedDocumentNamesTheMountedPath(t *testing.T) {
	for prefix, want := range map[string]string{"": "/api/v1/payments", "/": "/", "billing/v2/": "/billing/v2"} {
		h := New(new(payments.Service), &Options{Prefix: prefix})
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, strings.TrimSuffix(want, "/")+"/openapi.json", nil))
		doc, err := openapi3.NewLoader().LoadFromData(w.Body.Bytes())
		if err != nil {
			t.Fatalf("prefix %q: %d %v", prefix, w.Code, err)
		}
		if got := doc.Servers[0].URL; got != want {
			t.Errorf("prefix %q: the document's server is %q, want %q", prefix, got, want)
		}
	}
}
