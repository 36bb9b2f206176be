package stripeoracle

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/stripe/stripe-mock/embedded"
	"github.com/stripe/stripe-mock/spec"
)

// operation is one endpoint of the description.
type operation struct {
	name     string // "METHOD /path/{placeholder}"
	method   string
	path     *regexp.Regexp
	request  *spec.Schema
	validate func() (validator, error)
	answer   *spec.Schema
	failure  *spec.Schema
}

// validator is what stripe-mock makes of a request's schema.
type validator interface{ Validate(any) error }

// description is parsed once in a process: it takes about a third of a second.
var description = sync.OnceValue(func() *spec.Spec {
	var s spec.Spec
	if err := json.Unmarshal(embedded.OpenAPISpec, &s); err != nil {
		panic("stripeoracle: the embedded description: " + err.Error())
	}
	return &s
})

// operations are sorted so that a fixed path is found before one with a placeholder.
var operations = sync.OnceValue(func() []*operation {
	var all []*operation
	for path, methods := range description().Paths {
		for method, described := range methods {
			all = append(all, newOperation(string(path), strings.ToUpper(string(method)), described))
		}
	}
	slices.SortFunc(all, func(a, b *operation) int {
		if d := strings.Count(a.name, "{") - strings.Count(b.name, "{"); d != 0 {
			return d
		}
		return strings.Compare(a.name, b.name)
	})
	return all
})

var placeholder = regexp.MustCompile(`\\\{\w+\\\}`)

func newOperation(path, method string, described *spec.Operation) *operation {
	pattern := placeholder.ReplaceAllString(regexp.QuoteMeta(path), `[^/]+`)
	o := &operation{name: method + " " + path, method: method, path: regexp.MustCompile(`\A` + pattern + `\z`)}
	if method == "GET" {
		o.request = spec.BuildQuerySchema(described)
	} else if described.RequestBody != nil {
		for _, body := range described.RequestBody.Content {
			o.request = body.Schema
		}
	}
	o.validate = sync.OnceValues(func() (validator, error) {
		return spec.GetValidatorForOpenAPI3Schema(o.request, nil)
	})
	o.answer = described.Responses["200"].Content["application/json"].Schema
	o.failure = described.Responses["default"].Content["application/json"].Schema
	return o
}

func findOperation(method, path string) *operation {
	for _, o := range operations() {
		if o.method == method && o.path.MatchString(path) {
			return o
		}
	}
	return nil
}
