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
	"invoice.payments": invoicePayments,
	"charge.refunds": func(a *Account, o object) object {
		return listOf("/v1/charges/"+o.id()+"/refunds", a.refundsOf(o.id()))
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

// expansion replaces references in documents of one release.
type expansion struct {
	*Account
	to release
}

// expand is a copy of the document in the shape of a release, with the paths' references replaced by
// what they refer to.
func (a *Account) expand(o object, paths []string, to release) (object, error) {
	o = a.shape(o, to)
	e := expansion{a, to}
	for _, path := range paths {
		parts := strings.Split(path, ".")
		if len(parts) > 5 || len(parts) > 4 && parts[0] != "data" {
			return nil, badParameter("", "expand", "You cannot expand more than 4 levels of a property. Property: "+path)
		}
		if e.path(o, parts, "", "") {
			continue
		}
		message := "This property cannot be expanded (" + path + ")."
		if o.name() == "list" && parts[0] != "data" {
			message += " You may want to try expanding 'data." + path + "' instead."
		}
		return nil, badParameter("", "expand", message)
	}
	return o, nil
}

// path expands the rest of a path below one hash. prefix is the way from the object called name,
// whose description tells what can be expanded; of a list its elements can. It returns false for what
// cannot.
func (e expansion) path(o object, parts []string, name, prefix string) bool {
	field := parts[0]
	if own := o.name(); own != "" && own != "list" {
		name, prefix = own, ""
	}
	at := prefix + field
	if o.name() == "list" && field != "data" {
		return false
	}
	if o.name() != "list" && !e.reveal(o, name, at, field) {
		nested := o.hash(field)
		return len(parts) > 1 && nested != nil && e.path(nested, parts[1:], name, at+".")
	}
	ok := true
	switch value := o[field].(type) {
	case []any:
		if len(value) == 0 && len(parts) > 1 {
			return e.possible(o.str("_of"), parts[1:])
		}
		for i := range value {
			value[i] = e.resolve(value[i])
			ok = ok && e.rest(value[i], parts[1:], name, at+".")
		}
	default:
		o[field] = e.resolve(value)
		ok = e.rest(o[field], parts[1:], name, at+".")
	}
	return ok
}

// reveal tells whether the field can be expanded, and puts an included list in place.
func (e expansion) reveal(o object, name, at, field string) bool {
	if !canExpand(name, at, e.to) {
		return false
	}
	if make, ok := included[name+"."+at]; ok {
		if _, present := o[field]; !present {
			list := make(e.Account, o)
			e.reshape(map[string]any(list), e.to)
			o[field] = map[string]any(list)
		}
	}
	return true
}

func (e expansion) rest(value any, parts []string, name, prefix string) bool {
	m, ok := value.(map[string]any)
	if len(parts) == 0 || !ok {
		return true
	}
	return e.path(m, parts, name, prefix)
}

// possible tells whether an element of an empty list might have what the path names: its first step is
// known from the element's description. The elements of a list without a name might have anything.
func (e expansion) possible(name string, parts []string) bool {
	if name == "" || canExpand(name, parts[0], e.to) {
		return true
	}
	_, field := loadSpec().objects[name].Fields[parts[0]]
	for at, since := range expandableSince {
		field = field || e.to >= since && strings.HasPrefix(at, name+"."+parts[0]+".")
	}
	return field && len(parts) > 1
}

// resolve is the object an id refers to, or the value itself.
func (e expansion) resolve(v any) any {
	id, _ := v.(string)
	if o, ok := e.objects[id]; ok {
		return map[string]any(e.shape(o, e.to))
	}
	return v
}

// expandableSince lists what later releases made expandable.
var expandableSince = map[string]release{
	"invoice.payments": basil,
	"invoice.parent.subscription_details.subscription": basil,
	"invoice_payment.invoice":                          basil,
	"invoice_payment.payment.payment_intent":           basil,
	"discount.source.coupon":                           clover,
	"promotion_code.promotion.coupon":                  clover,
}

// canExpand tells whether a release has the reference: one that a later release took away can't be
// expanded in it.
func canExpand(name, at string, to release) bool {
	if since, ok := expandableSince[name+"."+at]; ok {
		return to >= since
	}
	field, _, _ := strings.Cut(at, ".")
	for _, change := range shapeChanges[name] {
		probe := object{field: true}
		if change.remove != nil && to >= change.since {
			if change.remove(probe); len(probe) == 0 {
				return false
			}
		}
	}
	_, listed := included[name+"."+at]
	return listed || slices.Contains(loadSpec().objects[name].Expandable, at)
}
