package stripetest

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// validate turns a form into typed values by the operation's parameter tree, and refuses what
// Stripe refuses: unknown names, missing ones, wrong types, values outside an enum.
func validate(spec *parameterSpec, form *formNode) (params, error) {
	values, err := validateHash(spec, form, "")
	return params{values: values, read: map[string]bool{}}, err
}

func validateHash(spec *parameterSpec, node *formNode, path string) (map[string]any, error) {
	out := map[string]any{}
	for _, name := range node.names {
		at := join(path, name)
		child := spec.child(name)
		if child == nil {
			return nil, unknownParameter(at)
		}
		value, err := validateValue(child, child.kinds, node.children[name], at)
		if err != nil {
			return nil, err
		}
		out[name] = value
	}
	for _, child := range spec.children {
		if _, given := out[child.name]; child.required && !given {
			return nil, missingParameter(join(path, child.name))
		}
	}
	return out, nil
}

func validateValue(spec *parameterSpec, kinds []string, node *formNode, path string) (any, error) {
	if len(node.children) == 0 {
		return validateScalar(spec, kinds, node.values[len(node.values)-1], path)
	}
	if inner := elementKinds(kinds); len(inner) > 0 {
		if elements, ok := node.elements(); ok {
			return validateList(spec, inner, elements, path)
		}
		if !slices.Contains(kinds, "hash") {
			return nil, badParameter("parameter_invalid", path, "Invalid array")
		}
	}
	switch {
	case slices.Contains(kinds, "hash"):
		return validateHash(spec, node, path)
	case slices.Contains(kinds, "map"):
		return validateMap(node, path)
	case slices.ContainsFunc(kinds, isString):
		return nil, badParameter("", path, "Invalid string: "+node.describe())
	}
	return nil, badParameter("parameter_invalid_"+kinds[0], path, "Invalid "+kinds[0]+": "+node.describe())
}

func validateList(spec *parameterSpec, kinds []string, elements []*formNode, path string) ([]any, error) {
	out := make([]any, len(elements))
	for i, element := range elements {
		value, err := validateValue(spec, kinds, element, fmt.Sprintf("%s[%d]", path, i))
		if err != nil {
			return nil, err
		}
		out[i] = value
	}
	return out, nil
}

// Metadata's limits are Stripe's: 50 keys a request, names of 40 characters without brackets,
// values of 500.
func validateMap(node *formNode, path string) (map[string]any, error) {
	if len(node.names) > 50 {
		return nil, badParameter("", path, fmt.Sprintf("Metadata can have up to 50 keys. You passed in %d keys.", len(node.names)))
	}
	out := map[string]any{}
	for _, name := range node.names {
		child := node.children[name]
		at := join(path, name)
		switch {
		case len(child.children) > 0:
			return nil, badParameter("", at, "Metadata values must be strings, but for key '"+name+"' you passed in a value of type hash.")
		case len([]rune(name)) > 40:
			return nil, badParameter("", path, "Metadata keys can have up to 40 characters, but you passed in a key that is "+strconv.Itoa(len([]rune(name)))+" characters. Invalid key: "+name)
		case len([]rune(child.values[0])) > 500:
			return nil, badParameter("", path, "Metadata values can have up to 500 characters, but you passed in a value that is "+strconv.Itoa(len([]rune(child.values[0])))+" characters. Invalid value: "+child.values[0])
		}
		out[name] = child.values[0]
	}
	return out, nil
}

func validateScalar(spec *parameterSpec, kinds []string, text, path string) (any, error) {
	for _, kind := range kinds {
		if value, ok := scalar(kind, text); ok {
			if spec.required && value == "" {
				return nil, badParameter("parameter_invalid_empty", path, "You passed an empty string for '"+path+"'. We assume empty values are an attempt to unset a field; however '"+path+"' cannot be unset. You should remove '"+path+"' from your request or supply a non-empty value.")
			}
			return value, nil
		}
	}
	return nil, wrongScalar(kinds, text, path)
}

func wrongScalar(kinds []string, text, path string) error {
	var choices []string
	for _, kind := range kinds {
		if literal, err := strconv.Unquote(kind); err == nil && literal != "" {
			choices = append(choices, literal)
		}
	}
	first := strings.TrimPrefix(kinds[0], "[]")
	switch {
	case len(choices) > 1:
		last := len(choices) - 1
		return badParameter("", path, fmt.Sprintf("Invalid %s: must be one of %s, or %s", path, strings.Join(choices[:last], ", "), choices[last]))
	case len(choices) == 1 && len(kinds) == 1:
		return badParameter("", path, fmt.Sprintf("Invalid %s: must be %s", path, choices[0]))
	case strings.HasPrefix(kinds[0], "[]"):
		return badParameter("", path, "Invalid array")
	case first == "hash" || first == "map":
		return badParameter("", path, "Invalid object")
	}
	code := map[string]string{"integer": "parameter_invalid_integer"}[first]
	return badParameter(code, path, "Invalid "+first+": "+text)
}

// scalar reads text as a kind; a quoted kind is the one literal it names.
func scalar(kind, text string) (any, bool) {
	switch kind {
	case "string":
		return text, true
	case "integer":
		n, err := strconv.ParseInt(text, 10, 64)
		return n, err == nil
	case "number":
		f, err := strconv.ParseFloat(text, 64)
		return f, err == nil
	case "boolean":
		return text == "true", text == "true" || text == "false"
	}
	return text, kind == strconv.Quote(text)
}

func isString(kind string) bool { return kind == "string" }

func elementKinds(kinds []string) []string {
	var out []string
	for _, kind := range kinds {
		if inner, list := strings.CutPrefix(kind, "[]"); list {
			out = append(out, inner)
		}
	}
	return out
}

func (n *formNode) describe() string {
	return "{" + strings.Join(slices.Sorted(maps.Keys(n.children)), ", ") + "}"
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "[" + name + "]"
}
