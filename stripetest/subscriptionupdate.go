package stripetest

func updateSubscription(c *call) (object, error) {
	s, err := c.lookup("subscription", c.pathID(), "")
	if err != nil {
		return nil, err
	}
	if s.str("status") == "canceled" {
		return nil, badRequest("A canceled subscription can only update its cancellation_details and metadata.")
	}
	if c.has("cancel_at") && c.bool("cancel_at_period_end") {
		return nil, badParameter("", "cancel_at", "You may only specify one of these parameters: cancel_at, cancel_at_period_end.")
	}
	items, err := c.changedItems(s)
	if err != nil {
		return nil, err
	}
	c.change(s, "customer.subscription.updated", func() {
		s.hash("items")["data"] = normalize(items)
		c.showPlan(s)
		c.copyTo(s, "default_payment_method", "description", "days_until_due", "collection_method")
		c.metadataTo(s)
		c.scheduleCancel(s)
	})
	c.schedule(s)
	return s, nil
}

// changedItems applies items[]: an id changes that item, none adds one, deleted takes one away.
func (c *call) changedItems(s object) ([]object, error) {
	items := s.data("items")
	for i := range items {
		items[i] = items[i].clone()
	}
	for _, p := range c.hashes("items") {
		var price object
		if p.has("price") {
			var err error
			if price, err = c.usablePrice(p.str("price"), join(p.path, "price")); err != nil {
				return nil, err
			}
		}
		if !p.has("id") {
			if price == nil {
				return nil, missingParameter(join(p.path, "price"))
			}
			items = append(items, c.newItem(s.id(), price, p.intOr("quantity", 1)))
			continue
		}
		at := indexOf(items, p.str("id"))
		if at < 0 {
			return nil, missingObject("subscription item", p.str("id"), join(p.path, "id"))
		}
		if p.bool("deleted") {
			items = append(items[:at], items[at+1:]...)
			continue
		}
		c.changeItem(items[at], price, p)
	}
	if len(items) == 0 {
		return nil, badParameter("", "items", "A subscription must have at least one active plan.")
	}
	return items, c.storeItems(s, items)
}

func (c *call) changeItem(item, price object, p params) {
	if price != nil {
		item["price"], item["plan"] = normalize(price), normalize(planOf(price))
	}
	p.copyTo(item, "quantity")
	p.metadataTo(item)
}

// storeItems checks that the items can be billed together, then makes the stored ones follow.
func (c *call) storeItems(s object, items []object) error {
	for _, item := range items {
		if item.hash("price").str("currency") != s.str("currency") {
			return badParameter("", "items", "All prices on a subscription must have the same currency.")
		}
	}
	for _, old := range s.data("items") {
		if indexOf(items, old.id()) < 0 {
			c.remove(old)
		}
	}
	for _, item := range items {
		if stored := c.find("subscription_item", item.id()); stored != nil {
			stored.merge(item)
			continue
		}
		c.add(item)
	}
	return nil
}

func indexOf(objects []object, id string) int {
	for i, o := range objects {
		if o.id() == id {
			return i
		}
	}
	return -1
}

// scheduleCancel sets or lifts a cancellation to come. At the period's end Stripe shows both the
// flag and the date.
func (c *call) scheduleCancel(s object) {
	details := c.hash("cancellation_details")
	details.copyTo(s.hash("cancellation_details"), "comment", "feedback")
	switch {
	case c.has("cancel_at_period_end") && c.bool("cancel_at_period_end"):
		s["cancel_at_period_end"], s["cancel_at"] = true, s.int("current_period_end")
	case c.has("cancel_at") && c.int("cancel_at") > 0:
		s["cancel_at_period_end"], s["cancel_at"] = false, c.int("cancel_at")
	case c.has("cancel_at_period_end") || c.has("cancel_at"):
		s["cancel_at_period_end"], s["cancel_at"], s["canceled_at"] = false, nil, nil
		s.hash("cancellation_details")["reason"] = nil
		return
	default:
		return
	}
	s["canceled_at"] = c.now()
	s.hash("cancellation_details")["reason"] = "cancellation_requested"
}

// cancelSubscription ends one at once. One that has ended is missing to Stripe.
func cancelSubscription(c *call) (object, error) {
	s, err := c.lookup("subscription", c.pathID(), "")
	if err != nil {
		return nil, err
	}
	if s.str("status") == "canceled" {
		return nil, missingObject("subscription", s.id(), "")
	}
	details := c.hash("cancellation_details")
	details.copyTo(s.hash("cancellation_details"), "comment", "feedback")
	s["canceled_at"] = c.now()
	c.end(s, "cancellation_requested")
	return s, nil
}
