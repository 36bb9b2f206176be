package stripetest

import "slices"

func updateSubscription(c *call) (object, error) {
	s, err := c.lookup("subscription", c.pathID(), "")
	if err != nil {
		return nil, err
	}
	if ended(s) {
		return c.updateEnded(s)
	}
	if err := c.checkUpdate(s); err != nil {
		return nil, err
	}
	change, err := c.planChange(s, "", c.hashes("items"))
	if err == nil {
		err = c.pauseFields(change.next)
	}
	if err == nil {
		change.once, err = c.onceItems(s)
	}
	if err != nil {
		return nil, err
	}
	c.subscriptionFields(change.next)
	c.scheduleCancel(change.next)
	if err := c.affordable(change); err != nil {
		return nil, err
	}
	c.applyChange(change)
	return s, nil
}

// updateEnded changes what an ended subscription still lets be changed.
func (c *call) updateEnded(s object) (object, error) {
	for name := range c.values {
		if !slices.Contains([]string{"cancellation_details", "metadata", "expand"}, name) {
			return nil, badRequest("A canceled subscription can only update its cancellation_details and metadata.")
		}
	}
	c.change(s, "customer.subscription.updated", func() {
		c.metadataTo(s)
		c.hash("cancellation_details").copyTo(s.hash("cancellation_details"), "comment", "feedback")
	})
	return s, nil
}

func (c *call) checkUpdate(s object) error {
	if c.has("items") || c.has("trial_end") || c.has("billing_cycle_anchor") {
		if err := c.checkChangeable(s); err != nil {
			return err
		}
	}
	if c.str("payment_behavior") == "pending_if_incomplete" {
		return badParameter("", "payment_behavior", "stripetest has no pending updates.")
	}
	return c.checkBilling(c.find("customer", s.str("customer")), s.str("collection_method"))
}

// checkChangeable refuses to change what a subscription costs before it was ever paid, or after its
// end.
func (c *call) checkChangeable(s object) error {
	switch {
	case ended(s):
		return badRequest("A canceled subscription can only update its cancellation_details and metadata.")
	case s.str("status") == "incomplete":
		return badRequest("This subscription cannot be updated while its first invoice is not paid: its status is incomplete.")
	}
	return nil
}

// onceItems are the pending items of add_invoice_items, not stored yet.
func (c *call) onceItems(s object) ([]object, error) {
	lines, err := c.onceLines()
	var items []object
	for _, line := range lines {
		items = append(items, c.newInvoiceItem(s.str("customer"), line.str("currency"), line.int("amount"), object{
			"subscription": s.id(), "price": line["price"], "quantity": line["quantity"], "description": line["description"],
		}))
	}
	return items, err
}

// affordable refuses, with error_if_incomplete, an update whose invoice would be declined.
func (c *call) affordable(change *subscriptionChange) error {
	if c.str("payment_behavior") != "error_if_incomplete" || !change.invoiced() || c.dueNow(change) == 0 {
		return nil
	}
	method := c.methodFor(nil, change.next)
	if method == nil {
		return noMethod()
	}
	return errorOrNil(c.foresee(method, c.payment()))
}

func (c *call) dueNow(change *subscriptionChange) int64 {
	draft := c.draftInvoice(change.next, "subscription_update", change.lines)
	draft.pending = append(draft.pending, change.newItems()...)
	return c.amountDue(draft)
}

// applyChange makes a planned change happen: the subscription first, then its prorations, then the
// invoice if one is due now.
func (c *call) applyChange(change *subscriptionChange) {
	s, invoiceID := change.before, ""
	if change.invoiced() {
		invoiceID = c.newID("in")
		change.next["latest_invoice"] = invoiceID
	}
	c.storeItems(s, change.items)
	c.change(s, "customer.subscription.updated", func() { s.merge(change.next) })
	c.schedule(s)
	c.schedulePause(s)
	switch {
	case change.trialEnded:
		c.emit("customer.subscription.trial_will_end", s, nil)
	case change.trialMoved:
		c.noticeTrial(s)
	}
	for _, item := range change.newItems() {
		c.addInvoiceItem(item)
	}
	if invoiceID == "" {
		return
	}
	draft := c.draftInvoice(s, "subscription_update", change.lines)
	draft.id, draft.periodStart = invoiceID, change.periodStart
	_ = c.collectNow(c.newInvoice(draft), c.payment())
}

// storeItems makes the stored items those of the list.
func (c *call) storeItems(s object, items []object) {
	for _, old := range s.data("items") {
		if indexOf(items, old.id()) < 0 {
			c.remove(c.objects[old.id()])
		}
	}
	for _, item := range items {
		stored := c.find("subscription_item", item.id())
		if stored == nil {
			c.add(item)
			continue
		}
		stored.merge(item)
		if item["quantity"] == nil {
			delete(stored, "quantity")
		}
	}
}
