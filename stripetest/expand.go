package stripetest

import (
	"slices"
	"strings"
)

// included makes the lists that an answer leaves out unless a request expands them, by
// "object.field".
var included = map[string]func(*Account, object) object{
	"checkout.session.line_items": func(_ *Account, o object) object {
		return listOf("/v1/checkout/sessions/"+o.id()+"/line_items", o.data("_line_items"))
	},
	"customer.subscriptions": func(a *Account, o object) object {
		var of []object
		for _, id := range a.order["subscription"] {
			if s := a.objects[id]; s.str("customer") == o.id() && s.str("status") != "canceled" {
				of = append(of, s)
			}
		}
		return listOf("/v1/customers/"+o.id()+"/subscriptions", of)
	},
}

// expand is a copy of the document with the paths' references replaced by what they refer to.
func (a *Account) expand(o object, paths []string) (object, error) {
	if len(paths) == 0 {
		return o, nil
	}
	o = o.clone()
	for _, path := range paths {
		parts := strings.Split(path, ".")
		if len(parts) > 5 || len(parts) > 4 && parts[0] != "data" {
			return nil, badParameter("", "expand", "You cannot expand more than 4 levels of a property. Property: "+path)
		}
		if !a.expandPath(o, parts, "", "") {
			return nil, badParameter("", "expand", "This property cannot be expanded ("+path+").")
		}
	}
	return o, nil
}

// expandPath expands the rest of a path below one hash. prefix is the way from the object called
// name, whose description tells what can be expanded. It returns false for what cannot.
func (a *Account) expandPath(o object, parts []string, name, prefix string) bool {
	field := parts[0]
	if own := o.name(); own != "" && own != "list" {
		name, prefix = own, ""
	}
	at := prefix + field
	if o.name() != "list" && !a.reveal(o, name, at, field) {
		nested := o.hash(field)
		return len(parts) > 1 && nested != nil && a.expandPath(nested, parts[1:], name, at+".")
	}
	ok := true
	switch value := o[field].(type) {
	case []any:
		for i := range value {
			value[i] = a.resolve(value[i])
			ok = ok && a.expandRest(value[i], parts[1:], name, at+".")
		}
	default:
		o[field] = a.resolve(value)
		ok = a.expandRest(o[field], parts[1:], name, at+".")
	}
	return ok
}

// reveal tells whether the field can be expanded, and puts an included list in place.
func (a *Account) reveal(o object, name, at, field string) bool {
	if make, ok := included[name+"."+at]; ok {
		if _, present := o[field]; !present {
			o[field] = normalize(make(a, o))
		}
		return true
	}
	return slices.Contains(loadSpec().objects[name].Expandable, at)
}

func (a *Account) expandRest(value any, parts []string, name, prefix string) bool {
	m, ok := value.(map[string]any)
	if len(parts) == 0 || !ok {
		return true
	}
	return a.expandPath(m, parts, name, prefix)
}

// resolve is the object an id refers to, or the value itself.
func (a *Account) resolve(v any) any {
	id, _ := v.(string)
	if o, ok := a.objects[id]; ok {
		return map[string]any(o.clone())
	}
	return v
}
