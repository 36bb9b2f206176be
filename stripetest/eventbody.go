package stripetest

import (
	"maps"
	"slices"
)

// reshapeEvent shows an event in the version it happened in, whatever a request asks for: that is how
// Stripe answers events.
func (a *Account) reshapeEvent(e object) {
	to, ok := releaseOf(e.str("api_version"))
	data := e.hash("data")
	if !ok || data == nil {
		return
	}
	was := data.hash("previous_attributes")
	about := data.hash("object")
	var before object
	if was != nil {
		before = a.shape(overlay(about, was), to)
	}
	a.reshape(map[string]any(about), to)
	if was != nil {
		data["previous_attributes"] = map[string]any(previous(before, about))
	}
}

// overlay is the document as it was before, by its previous_attributes.
func overlay(o, was object) object {
	out := o.clone()
	for _, name := range slices.Sorted(maps.Keys(was)) {
		inner, changed := out.hash(name), was.hash(name)
		if inner != nil && changed != nil {
			out[name] = map[string]any(overlay(inner, changed))
			continue
		}
		out[name] = normalize(was[name])
	}
	return out
}

// eventFor is the event as an endpoint gets it: in its own version if it is pinned to one.
func (a *Account) eventFor(event object, version string) object {
	out := event.public()
	if version != "" && out.name() == "event" {
		out["api_version"] = version
	}
	a.reshape(map[string]any(out), release2023)
	return out
}
