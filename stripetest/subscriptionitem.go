package stripetest

import "maps"

var subscriptionItemOperations = map[string]operation{
	"POST /v1/subscription_items":          createItem,
	"GET /v1/subscription_items":           listItems,
	"GET /v1/subscription_items/{item}":    retrieve("subscription_item"),
	"POST /v1/subscription_items/{item}":   updateItem,
	"DELETE /v1/subscription_items/{item}": deleteItem,
}

func listItems(c *call) (object, error) {
	s, err := c.lookup("subscription", c.str("subscription"), "subscription")
	if err != nil {
		return nil, err
	}
	return c.page(s.data("items"))
}

func createItem(c *call) (object, error) {
	s, err := c.lookup("subscription", c.str("subscription"), "subscription")
	if err != nil {
		return nil, err
	}
	items, err := c.changeOneItem(s, c.params)
	if err != nil {
		return nil, err
	}
	return c.lookup("subscription_item", items[len(items)-1].id(), "")
}

func updateItem(c *call) (object, error) {
	item, err := c.lookup("subscription_item", c.pathID(), "")
	if err != nil {
		return nil, err
	}
	_, err = c.changeOneItem(c.find("subscription", item.str("subscription")), c.with("id", item.id()))
	return item, err
}

func deleteItem(c *call) (object, error) {
	item, err := c.lookup("subscription_item", c.pathID(), "")
	if err != nil {
		return nil, err
	}
	c.params = c.with("id", item.id())
	if _, err := c.changeOneItem(c.find("subscription", item.str("subscription")), c.with("deleted", true)); err != nil {
		return nil, err
	}
	return object{"id": item.id(), "object": "subscription_item", "deleted": true}, nil
}

// with is the request's parameters with one more, for an operation that is another in disguise.
func (c *call) with(name string, value any) params {
	p := c.params
	p.values = maps.Clone(p.values)
	if p.values == nil {
		p.values = map[string]any{}
	}
	p.values[name] = value
	return p
}

// changeOneItem is an update of the subscription that touches one item, and returns all items.
func (c *call) changeOneItem(s object, p params) ([]object, error) {
	if err := c.checkChangeable(s); err != nil {
		return nil, err
	}
	change, err := c.planChange(s, "", []params{p})
	if err == nil {
		err = c.affordable(change)
	}
	if err != nil {
		return nil, err
	}
	c.applyChange(change)
	return change.items, nil
}

// newItem is a subscription item, not stored yet. The subscription's own list holds a copy of what
// is stored. A metered item has no quantity: usage takes its place.
func (a *Account) newItem(subscription string, price object, quantity int64) object {
	item := newObject("subscription_item", object{
		"id": a.newID("si"), "created": a.now(), "metadata": object{}, "plan": planOf(price), "price": price,
		"quantity": quantity, "subscription": subscription, "tax_rates": []any{},
	})
	if metered(price) {
		delete(item, "quantity")
	}
	return item
}

func metered(price object) bool { return price.hash("recurring").str("usage_type") == "metered" }

// changedItems is what items[] makes of the items: an id changes that item, none adds one, deleted
// takes one away. Nothing is stored yet.
func (c *call) changedItems(items []object, subscription string, changes []params) ([]object, error) {
	out := make([]object, len(items))
	for i := range items {
		out[i] = items[i].clone()
	}
	for _, p := range changes {
		var err error
		if out, err = c.changedItem(out, subscription, p); err != nil {
			return nil, err
		}
	}
	if len(out) == 0 {
		return nil, badParameter("", "items", "A subscription must have at least one active plan.")
	}
	return out, checkTogether(out)
}

func (c *call) changedItem(items []object, subscription string, p params) ([]object, error) {
	at := indexOf(items, p.str("id"))
	switch {
	case p.has("id") && at < 0:
		return nil, missingObject("subscription item", p.str("id"), join(p.path, "id"))
	case p.bool("deleted") && at >= 0:
		return append(items[:at], items[at+1:]...), nil
	}
	var price object
	if at >= 0 {
		price = items[at].hash("price")
	}
	if price == nil || p.has("price") || p.has("price_data") {
		var err error
		if price, err = c.recurringPrice(p); err != nil {
			return nil, err
		}
	}
	if err := checkQuantity(p, price); err != nil {
		return nil, err
	}
	item := c.newItem(subscription, price, p.intOr("quantity", 1))
	if at < 0 {
		p.metadataTo(item)
		return append(items, item), nil
	}
	changeItem(items[at], item, p)
	return items, nil
}

// changeItem takes price and quantity over from another item. A swap of prices keeps the quantity.
func changeItem(item, from object, p params) {
	item["price"], item["plan"] = from["price"], from["plan"]
	switch {
	case metered(from.hash("price")):
		delete(item, "quantity")
	case p.has("quantity") || item["quantity"] == nil:
		item["quantity"] = from["quantity"]
	}
	p.metadataTo(item)
}

func indexOf(objects []object, id string) int {
	for i, o := range objects {
		if o.id() == id {
			return i
		}
	}
	return -1
}
