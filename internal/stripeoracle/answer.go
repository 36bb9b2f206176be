package stripeoracle

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/stripe/stripe-mock/spec"
)

// checkAnswer lists where a body disagrees with the operation's schema for the status.
func (o *operation) checkAnswer(status int, body []byte) []string {
	var value any
	if status == 0 {
		return nil // cut before anything was written
	}
	if err := json.Unmarshal(body, &value); err != nil {
		return []string{"no JSON: " + err.Error()}
	}
	switch {
	case status >= 200 && status < 300 && o.answer != nil:
		return checkValue(o.answer, value, "", "")
	case status >= 400 && o.failure != nil:
		return checkValue(o.failure, value, "", "")
	}
	return nil
}

// CheckObject lists where a document, decoded from JSON, disagrees with the schema that its "object"
// field names. Webhook tests use it for data.object.
func CheckObject(document map[string]any) []string {
	name, _ := document["object"].(string)
	s, ok := description().Components.Schemas[strings.ReplaceAll(name, "-", "_")]
	if !ok {
		return []string{"the description has no object " + name}
	}
	return checkValue(s, document, name, name)
}

// checkValue lists the disagreements of a value below a path. name is the schema's own, empty for
// one written in place.
func checkValue(s *spec.Schema, v any, name, at string) []string {
	if v == nil {
		if s.Nullable || s.Ref == "" && s.Type == "" && len(s.AnyOf) == 0 {
			return nil
		}
		return []string{at + ": null"}
	}
	if s.Ref != "" {
		name = strings.TrimPrefix(s.Ref, "#/components/schemas/")
		s = description().Components.Schemas[name]
	}
	if len(s.AnyOf) > 0 {
		return checkAny(s.AnyOf, v, name, at)
	}
	wrong := []string{fmt.Sprintf("%s: %T %v is no %s %v", at, v, v, s.Type, s.Enum)}
	switch v := v.(type) {
	case map[string]any:
		if s.Type == spec.TypeObject {
			return checkFields(s, v, name, at)
		}
		return wrong
	case []any:
		if s.Type == spec.TypeArray {
			return checkElements(s, v, at)
		}
		return wrong
	}
	if !isScalar(s, v) {
		return wrong
	}
	return nil
}

func isScalar(s *spec.Schema, v any) bool {
	switch v := v.(type) {
	case string:
		return s.Type == spec.TypeString && (len(s.Enum) == 0 || slices.Contains(s.Enum, any(v)))
	case bool:
		return s.Type == spec.TypeBoolean
	case float64:
		return s.Type == spec.TypeNumber || s.Type == spec.TypeInteger && v == math.Trunc(v)
	}
	return false
}

func checkElements(s *spec.Schema, v []any, at string) []string {
	var all []string
	for _, element := range v {
		all = append(all, checkValue(s.Items, element, "", at+"[]")...)
	}
	return all
}

func checkFields(s *spec.Schema, v map[string]any, name, at string) []string {
	var all []string
	for _, field := range s.Required {
		if _, present := v[field]; !present {
			all = append(all, at+"."+field+": missing")
		}
	}
	for field, value := range v {
		described := s.Properties[field]
		switch {
		case described != nil:
			all = append(all, checkValue(described, value, "", at+"."+field)...)
		case s.AdditionalProperties != nil:
			all = append(all, checkValue(s.AdditionalProperties, value, "", at+"."+field)...)
		case len(s.Properties) > 0 && !slices.Contains(unlisted[name], field):
			all = append(all, at+"."+field+": "+name+" has no such field")
		}
	}
	slices.Sort(all)
	return all
}

// checkAny passes when one alternative fits, and tells the problems of the closest: of the one for
// objects of the value's name, or else of the one with the fewest.
func checkAny(alternatives []*spec.Schema, v any, name, at string) []string {
	var closest []string
	for i, alternative := range alternatives {
		problems := checkValue(alternative, v, name, at)
		if len(problems) == 0 || describes(alternative, v) {
			return problems
		}
		if i == 0 || len(problems) < len(closest) {
			closest = problems
		}
	}
	return closest
}

// describes tells whether the schema is that of the value's "object", and of its being deleted or not.
func describes(s *spec.Schema, v any) bool {
	document, ok := v.(map[string]any)
	if !ok || s.Ref == "" {
		return false
	}
	s = description().Components.Schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")]
	object := s.Properties["object"]
	return object != nil && slices.Contains(object.Enum, document["object"]) &&
		(s.Properties["deleted"] != nil) == (document["deleted"] != nil)
}
