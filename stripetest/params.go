package stripetest

import (
	"slices"
	"strings"
)

// params is what a request passed, typed and valid by the operation's description. It remembers
// what the operation looked at: a parameter that Stripe knows and that does no harm by having no effect
// here is told in Request.Ignored; one that would is refused before the operation runs.
type params struct {
	values map[string]any
	path   string
	read   map[string]bool
}

func (p params) get(name string) any {
	if p.read != nil {
		p.read[join(p.path, name)] = true
	}
	return p.values[name]
}

// has tells whether the parameter was passed, be it as the empty string that unsets it.
func (p params) has(name string) bool {
	_, ok := p.values[name]
	return ok
}

func (p params) str(name string) string {
	s, _ := p.get(name).(string)
	return s
}

func (p params) strOr(name, otherwise string) string {
	if s := p.str(name); s != "" {
		return s
	}
	return otherwise
}

// text is the string, or nil when it is absent or empty: what a nullable field stores.
func (p params) text(name string) any {
	if s := p.str(name); s != "" {
		return s
	}
	return nil
}

func (p params) int(name string) int64 {
	n, _ := p.get(name).(int64)
	return n
}

func (p params) intOr(name string, otherwise int64) int64 {
	if n, ok := p.get(name).(int64); ok {
		return n
	}
	return otherwise
}

func (p params) bool(name string) bool {
	b, _ := p.get(name).(bool)
	return b
}

// unlessFalse is what a parameter says that is true where it isn't passed.
func (p params) unlessFalse(name string) bool { return p.get(name) != false }

func (p params) hash(name string) params {
	m, _ := p.values[name].(map[string]any)
	return params{values: m, path: join(p.path, name), read: p.read}
}

func (p params) hashes(name string) []params {
	list, _ := p.values[name].([]any)
	var out []params
	for i, v := range list {
		if m, ok := v.(map[string]any); ok {
			out = append(out, params{values: m, path: indexed(join(p.path, name), i), read: p.read})
		}
	}
	return out
}

func (p params) strings(name string) []string {
	list, _ := p.get(name).([]any)
	var out []string
	for _, v := range list {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// copyTo stores the named parameters that were passed into fields of the same name; an empty
// string stores null.
func (p params) copyTo(o object, names ...string) {
	for _, name := range names {
		if !p.has(name) {
			continue
		}
		value := p.get(name)
		if value == "" {
			value = nil
		}
		o[name] = normalize(value)
	}
}

// metadataTo merges metadata by Stripe's rule: an empty value deletes its key, an empty string in
// place of the hash deletes them all.
func (p params) metadataTo(o object) {
	target := o.hash("metadata")
	if target == nil || p.get("metadata") == "" {
		target = object{}
	}
	merged := target.clone()
	values, _ := p.values["metadata"].(map[string]any)
	for name, value := range values {
		if value == "" {
			delete(merged, name)
			continue
		}
		merged[name] = value
	}
	o["metadata"] = map[string]any(merged)
}

// ignored lists the passed parameters nothing read.
func (p params) ignored() []string {
	var out []string
	p.leaves(p.values, p.path, &out)
	slices.Sort(out)
	return out
}

func (p params) leaves(v any, path string, out *[]string) {
	if p.read[path] {
		return
	}
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			p.leaves(value, join(path, name), out)
		}
	case []any:
		for i, value := range v {
			p.leaves(value, indexed(path, i), out)
		}
	default:
		if !strings.HasPrefix(path, "expand") {
			*out = append(*out, path)
		}
	}
}
