package stripetest

import "strings"

// shapeChange is what a release changed in how an object is shown. The server keeps every object in
// the shape of 2023-10-16, and makes the others of it when it answers.
//
// Stripe's additions leak into old versions: an answer in 2023-10-16 carries today both the old place
// of a subscription's period and the new one. So add, which is pure but for looking up another object,
// always applies; remove applies from the release on.
type shapeChange struct {
	since  release
	add    func(o object, find func(name, id string) object)
	remove func(o object)
}

// shapeChanges are the changes of each object, the oldest first.
var shapeChanges = map[string][]shapeChange{
	"subscription":      {{since: basil, add: subscriptionAdds, remove: without("current_period_start", "current_period_end", "discount")}},
	"subscription_item": {{since: basil, add: itemAdds}},
	"invoice":           {{since: basil, add: invoiceAdds, remove: without(invoiceRemoved...)}},
	"invoiceitem":       {{since: basil, add: invoiceItemAdds, remove: without(invoiceItemRemoved...)}},
	"line_item":         {{since: basil, add: lineAdds, remove: without(lineRemoved...)}},
	"payment_intent":    {{since: basil, add: intentAdds, remove: without("invoice")}},
	"charge":            {{since: basil, remove: without("invoice")}},
	"discount":          {{since: clover, add: discountAdds, remove: without("coupon")}},
	"promotion_code":    {{since: clover, add: promotionAdds, remove: without("coupon")}},
	"checkout.session":  {{since: basil, add: sessionAdds, remove: without("shipping_details")}, {since: dahlia, remove: renameModes}},
}

// without is a removal of whole fields.
func without(fields ...string) func(object) {
	return func(o object) {
		for _, name := range fields {
			delete(o, name)
		}
	}
}

// shape is a copy of the document as a release shows it, with the server's own fields still in it.
func (a *Account) shape(o object, to release) object {
	out := o.clone()
	a.reshape(map[string]any(out), to)
	return out
}

// reshape shapes a value in place, with every object inside it.
func (a *Account) reshape(v any, to release) {
	switch v := v.(type) {
	case []any:
		for _, element := range v {
			a.reshape(element, to)
		}
	case map[string]any:
		o := object(v)
		if o.name() == "event" {
			a.reshapeEvent(o)
			return
		}
		a.applyChanges(o, to)
		for name, value := range v {
			if !strings.HasPrefix(name, "_") {
				a.reshape(value, to)
			}
		}
	}
}

func (a *Account) applyChanges(o object, to release) {
	if o.bool("deleted") && o.name() != "discount" {
		return // nothing is left of it but its id
	}
	changes := shapeChanges[o.name()]
	for _, change := range changes {
		if change.add != nil {
			change.add(o, a.find)
		}
	}
	for _, change := range changes {
		if change.remove != nil && to >= change.since {
			change.remove(o)
		}
	}
}

// addTo sets a field that the document doesn't have yet.
func (o object) addTo(field string, value any) {
	if _, present := o[field]; !present {
		o[field] = normalize(value)
	}
}

// reference is the id in a field that holds an id or an expanded object, nil for null.
func (o object) reference(field string) any {
	if expanded := o.hash(field); expanded != nil {
		return expanded["id"]
	}
	return o[field]
}
