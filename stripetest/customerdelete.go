package stripetest

import "slices"

// retrieveCustomer answers what is left of a deleted customer too.
func retrieveCustomer(c *call) (object, error) {
	if o := c.objects[c.pathID()]; o.bool("deleted") && o.name() == "customer" {
		return o, nil
	}
	return c.lookup("customer", c.pathID(), "")
}

// deleteCustomer ends the customer's subscriptions at once and forgets the customer, all but its id.
// What it paid stays.
func deleteCustomer(c *call) (object, error) {
	customer, err := c.lookup("customer", c.pathID(), "")
	if err != nil {
		return nil, err
	}
	id := customer.id()
	for _, s := range c.ownedBy(id, "subscription") {
		if status := s.str("status"); status != "canceled" && status != "incomplete_expired" {
			c.end(s, "cancellation_requested")
		}
	}
	for _, invoice := range c.ownedBy(id, "invoice") {
		c.timers[invoice.id()].cancel() // nobody is left to bill
	}
	for _, method := range c.ownedBy(id, "payment_method") {
		method["customer"], method["_used"] = nil, true
	}
	c.emit("customer.deleted", customer, nil)
	c.remove(customer)
	c.objects[id] = object{"id": id, "object": "customer", "deleted": true}
	return c.objects[id], nil
}

// ownedBy are the customer's objects of that name.
func (a *Account) ownedBy(customerID, name string) []object {
	var all []object
	for _, id := range slices.Clone(a.order[name]) {
		if o := a.objects[id]; o.str("customer") == customerID {
			all = append(all, o)
		}
	}
	return all
}
