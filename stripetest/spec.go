package stripetest

import (
	"embed"
	"encoding/json"
	"strings"
	"sync"
)

// specFiles describe API version 2023-10-16: the parameters of each operation and the fields of
// each object. They are generated, and tests hold them to Stripe's OpenAPI description.
//
//go:embed spec
var specFiles embed.FS

// objectNames lists the objects with a description under spec/objects.
var objectNames = []string{
	"account", "balance", "balance_transaction", "billing_portal.configuration", "billing_portal.session", "charge", "checkout.session", "customer", "dispute", "event", "invoice", "invoiceitem", "item",
	"line_item", "payment_intent", "payment_method", "plan", "price", "product", "refund", "setup_intent", "subscription",
	"subscription_item", "webhook_endpoint",
}

// objectSpec is the emptiest valid document of an object, and the dotted paths that can be expanded.
type objectSpec struct {
	Expandable []string       `json:"expandable"`
	Fields     map[string]any `json:"fields"`
}

// parameterSpec is what one parameter may be. Kinds are the scalar types, quoted literals, "hash",
// "map" (free keys), each with a leading "[]" for a list of them.
type parameterSpec struct {
	name     string
	kinds    []string
	required bool
	children []*parameterSpec
}

func (p *parameterSpec) child(name string) *parameterSpec {
	for _, c := range p.children {
		if c.name == name {
			return c
		}
	}
	return nil
}

// open makes the named parameters take any string, or list of strings, in place of their literals.
func (p *parameterSpec) open(names []string) {
	for _, name := range names {
		if c := p.child(name); strings.HasPrefix(c.kinds[0], "[]") {
			c.kinds = []string{"[]string"}
		} else {
			c.kinds = []string{"string"}
		}
	}
}

type specification struct {
	objects    map[string]objectSpec
	parameters map[string]*parameterSpec // by operation name
	events     []string                  // "*" and the kinds of events
}

var loadSpec = sync.OnceValue(func() *specification {
	spec := &specification{objects: map[string]objectSpec{}, parameters: map[string]*parameterSpec{}}
	for _, name := range objectNames {
		var o objectSpec
		if err := json.Unmarshal(mustRead("spec/objects/"+name+".json"), &o); err != nil {
			panic("stripetest: spec of " + name + ": " + err.Error())
		}
		o.Fields = normalize(o.Fields).(map[string]any)
		spec.objects[name] = o
	}
	for _, dir := range []string{"spec/parameters", "spec/undocumented"} {
		files, err := specFiles.ReadDir(dir)
		if err != nil {
			panic("stripetest: " + err.Error())
		}
		for _, file := range files {
			parseParameters(string(mustRead(dir+"/"+file.Name())), spec.parameters)
		}
	}
	spec.events = describedEvents(spec)
	for operation, names := range openEnums {
		spec.parameters[operation].open(names)
	}
	return spec
})

func mustRead(name string) []byte {
	text, err := specFiles.ReadFile(name)
	if err != nil {
		panic("stripetest: " + err.Error())
	}
	return text
}

// parseParameters reads the indented tree: an operation's name at the margin, below it one
// parameter a line, its children two spaces further in.
func parseParameters(text string, into map[string]*parameterSpec) {
	var stack []*parameterSpec
	for line := range strings.Lines(text) {
		word := strings.TrimSpace(line)
		if word == "" {
			continue
		}
		depth := (len(line) - len(strings.TrimLeft(line, " "))) / 2
		if depth == 0 {
			root := &parameterSpec{name: word, kinds: []string{"hash"}}
			into[word] = root
			stack = []*parameterSpec{root}
			continue
		}
		name, kinds, _ := strings.Cut(word, " ")
		p := &parameterSpec{name: strings.TrimSuffix(name, "!"), kinds: strings.Split(kinds, "|"), required: strings.HasSuffix(name, "!")}
		stack = append(stack[:depth], p)
		stack[depth-1].children = append(stack[depth-1].children, p)
	}
}
