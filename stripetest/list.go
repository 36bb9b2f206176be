package stripetest

import (
	"fmt"
	"slices"
)

// list answers the stored objects of that name, the newest first, that agree with the passed
// filters: parameters of the same name as the field.
func list(name string, filters ...string) operation {
	return listWhere(name, func(c *call, o object) bool {
		for _, field := range filters {
			if c.has(field) && c.get(field) != o[field] {
				return false
			}
		}
		return true
	})
}

// listWhere is list with a rule of its own.
func listWhere(name string, keep func(*call, object) bool) operation {
	return func(c *call) (object, error) {
		var all []object
		for _, id := range slices.Backward(c.order[name]) {
			o := c.objects[id]
			if c.inRange("created", o.int("created")) && keep(c, o) {
				all = append(all, o)
			}
		}
		out, err := c.page(all)
		if err == nil {
			out["_of"] = name
		}
		return out, err
	}
}

// inRange applies a filter such as created=…, created[gte]=…
func (c *call) inRange(name string, at int64) bool {
	if !c.has(name) {
		return true
	}
	if exact, ok := c.values[name].(int64); ok {
		return at == exact
	}
	r := c.hash(name)
	return (!r.has("gt") || at > r.int("gt")) && (!r.has("gte") || at >= r.int("gte")) &&
		(!r.has("lt") || at < r.int("lt")) && (!r.has("lte") || at <= r.int("lte"))
}

// page cuts the page a request asks for out of all, which is in the order of the list.
func (c *call) page(all []object) (object, error) {
	limit := c.intOr("limit", 10)
	if limit < 1 || limit > 100 {
		bound := "greater than or equal to 1"
		if limit > 100 {
			bound = "less than or equal to 100"
		}
		return nil, badParameter("parameter_invalid_integer", "limit", fmt.Sprintf("This value must be %s.", bound))
	}
	if c.has("starting_after") && c.has("ending_before") {
		return nil, badRequest("Received both starting_after and ending_before parameters. Please pass in only one.")
	}
	start, end := 0, len(all)
	if c.has("starting_after") {
		i, err := c.cursor(all, "starting_after")
		if err != nil {
			return nil, err
		}
		start = i + 1
	}
	if c.has("ending_before") {
		i, err := c.cursor(all, "ending_before")
		if err != nil {
			return nil, err
		}
		end = i
	}
	more := int64(end-start) > limit
	if more && c.has("ending_before") {
		start = end - int(limit)
	} else if more {
		end = start + int(limit)
	}
	out := listOf(c.path, all[start:end])
	out["has_more"] = more
	return out, nil
}

func (c *call) cursor(all []object, param string) (int, error) {
	id := c.str(param)
	for i, o := range all {
		if o.id() == id {
			return i, nil
		}
	}
	return 0, missingObject("object", id, param)
}
