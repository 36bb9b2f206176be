package stripetest

import (
	"maps"
	"reflect"
	"slices"
	"strings"
)

// object is one resource as the JSON document Stripe answers with, always in the shape of
// 2023-10-16. Nested values are map[string]any, []any, string, bool, int64, float64 or nil. Fields
// whose name begins with "_" are the server's own and leave it only when a request expands them.
type object map[string]any

// newObject is the emptiest valid document of an object, with its fields on top.
func newObject(name string, fields object) object {
	spec, ok := loadSpec().objects[name]
	if !ok {
		panic("stripetest: no spec of object " + name)
	}
	o := object(normalize(spec.Fields).(map[string]any))
	o.merge(fields)
	return o
}

// normalize copies a value deeply into the few types a document may hold.
func normalize(v any) any {
	switch v := v.(type) {
	case object:
		return normalize(map[string]any(v))
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, value := range v {
			out[name] = normalize(value)
		}
		return out
	case []object:
		out := make([]any, len(v))
		for i, value := range v {
			out[i] = normalize(value)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, value := range v {
			out[i] = normalize(value)
		}
		return out
	case []string:
		out := make([]any, len(v))
		for i, value := range v {
			out[i] = value
		}
		return out
	case int:
		return int64(v)
	case float64:
		if v == float64(int64(v)) {
			return int64(v)
		}
	}
	return v
}

func (o object) merge(fields object) {
	for name, value := range fields {
		o[name] = normalize(value)
	}
}

func (o object) clone() object { return object(normalize(o).(map[string]any)) }

func (o object) id() string { return o.str("id") }

func (o object) name() string { return o.str("object") }

func (o object) str(field string) string {
	s, _ := o[field].(string)
	return s
}

func (o object) int(field string) int64 {
	n, _ := o[field].(int64)
	return n
}

func (o object) bool(field string) bool {
	b, _ := o[field].(bool)
	return b
}

// hash is a nested object, nil when the field is null; writes to it change the document.
func (o object) hash(field string) object {
	m, _ := o[field].(map[string]any)
	return object(m)
}

// strings is a nested list of strings.
func (o object) strings(field string) []string {
	values, _ := o[field].([]any)
	var out []string
	for _, v := range values {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// data is the elements of a nested list, whether a plain array or Stripe's list object; writes to
// an element change the document.
func (o object) data(field string) []object {
	values, ok := o[field].([]any)
	if !ok {
		values, _ = o.hash(field)["data"].([]any)
	}
	var out []object
	for _, v := range values {
		if m, ok := v.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

// public is a copy without the server's own fields, at any depth.
func (o object) public() object {
	out := o.clone()
	hide(map[string]any(out))
	return out
}

func hide(v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			if strings.HasPrefix(name, "_") {
				delete(v, name)
				continue
			}
			hide(value)
		}
	case []any:
		for _, value := range v {
			hide(value)
		}
	}
}

// previous is Stripe's previous_attributes: what the fields that differ held before. A changed
// nested hash is told by its changed keys, a changed list whole.
func previous(before, after object) object {
	out := object{}
	for _, name := range slices.Sorted(maps.Keys(after)) {
		was, is := before[name], after[name]
		if reflect.DeepEqual(was, is) {
			continue
		}
		wasHash, ok1 := was.(map[string]any)
		isHash, ok2 := is.(map[string]any)
		if ok1 && ok2 {
			was = map[string]any(previous(wasHash, isHash))
		}
		out[name] = was
	}
	for name, was := range before {
		if _, still := after[name]; !still {
			out[name] = was
		}
	}
	return out
}

// listOf is Stripe's list object around the elements.
func listOf(url string, elements []object) object {
	return object{"object": "list", "data": normalize(elements), "has_more": false, "url": url}
}
