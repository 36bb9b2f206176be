package stripetest

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// operation is what the server does for one endpoint of the API. It runs with Server.mu held, after
// the parameters were validated, and answers a document of its own or a stored one.
type operation func(*call) (object, error)

// call is one validated API request on its way through an operation.
type call struct {
	*Account
	params
	vars []string // what the path's placeholders stand for
	path string
	base string // what links begin with

	version string // the API version the request is made in
}

// release is the line of versions that the answer takes its shape from.
func (c *call) release() release { return mustRelease(c.version) }

// pathID is the id in the path.
func (c *call) pathID() string { return c.vars[0] }

// operations is the routing table: "METHOD /path" with the placeholders of Stripe's OpenAPI
// description. An operation's parameters are described under spec/parameters.
var operations = joinOperations(
	productOperations, priceOperations, customerOperations, checkoutOperations,
	subscriptionOperations, subscriptionItemOperations, invoiceOperations, invoiceItemOperations, paymentOperations, accountOperations, eventOperations,
	endpointOperations, portalOperations,
)

func joinOperations(tables ...map[string]operation) map[string]operation {
	all := map[string]operation{}
	for _, table := range tables {
		maps.Copy(all, table)
	}
	return all
}

type route struct {
	name   string
	method string
	parts  []string
	run    operation
}

// routes puts fixed paths before those with placeholders, so that /v1/x/upcoming wins over /v1/x/{id}.
var routes = sync.OnceValue(func() []route {
	var all []route
	for name, run := range joinOperations(operations, undocumentedOperations) {
		method, path, _ := strings.Cut(name, " ")
		all = append(all, route{name: name, method: method, parts: strings.Split(path, "/"), run: run})
	}
	slices.SortFunc(all, func(a, b route) int {
		if d := strings.Count(a.name, "{") - strings.Count(b.name, "{"); d != 0 {
			return d
		}
		return strings.Compare(a.name, b.name)
	})
	return all
})

func findRoute(method, path string) (route, []string, error) {
	parts := strings.Split(strings.TrimSuffix(path, "/"), "/")
	for _, r := range routes() {
		if vars, ok := r.match(method, parts); ok {
			return r, vars, nil
		}
	}
	return route{}, nil, unrecognizedURL(method, path)
}

// notAnID ends paths of Stripe's own, such as /v1/customers/search, which the server doesn't have.
const notAnID = "search"

func (r route) match(method string, parts []string) ([]string, bool) {
	if r.method != method || len(r.parts) != len(parts) {
		return nil, false
	}
	var vars []string
	for i, part := range r.parts {
		switch {
		case strings.HasPrefix(part, "{") && parts[i] != "" && parts[i] != notAnID:
			vars = append(vars, parts[i])
		case part != parts[i]:
			return nil, false
		}
	}
	return vars, true
}

// retrieve answers the object of that name with the id in the path.
func retrieve(name string) operation {
	return func(c *call) (object, error) { return c.lookup(name, c.pathID(), "") }
}

// changes tells the methods whose answers an Idempotency-Key keeps.
func changes(method string) bool { return method == http.MethodPost }
