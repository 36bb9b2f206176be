package stripetest

// createInvoice makes a draft, for a customer or for a subscription's pending items.
func createInvoice(c *call) (object, error) {
	draft, err := c.oneOff()
	if err != nil {
		return nil, err
	}
	if behavior := c.str("pending_invoice_items_behavior"); behavior == "include" || behavior == "include_and_require" {
		draft.pending = c.pendingItems(draft.customer.id(), draft.subscription, draft.currency)
		if behavior == "include_and_require" && len(draft.pending) == 0 {
			return nil, badParameter("invoice_no_customer_line_items", "", "Nothing to invoice for customer")
		}
	}
	invoice := c.newInvoice(draft)
	if invoice.bool("auto_advance") {
		c.advanceLater(invoice)
	}
	return invoice, nil
}

// oneOff reads whom an invoice is for and how it is collected.
func (c *call) oneOff() (invoiceDraft, error) {
	d := invoiceDraft{reason: "manual", currency: c.str("currency"), fields: object{"auto_advance": c.bool("auto_advance"), "metadata": object{}}}
	customer := c.str("customer")
	if id := c.str("subscription"); id != "" {
		s, err := c.lookup("subscription", id, "subscription")
		if err != nil {
			return d, err
		}
		d.subscription, d.periodStart, d.currency, customer = s, s.int("current_period_start"), s.str("currency"), s.str("customer")
	}
	if customer == "" {
		return d, missingParameter("customer")
	}
	var err error
	if d.customer, err = c.lookup("customer", customer, "customer"); err != nil {
		return d, err
	}
	if d.currency == "" {
		d.currency = c.currencyOf(d.customer)
	}
	d.fields["currency"] = d.currency
	if err := c.checkTerms(c.str("collection_method")); err != nil {
		return d, err
	}
	c.invoiceFields(d.fields)
	return d, c.checkMethod(d.customer, "default_payment_method")
}

// currencyOf is the currency a customer is billed in: that of what is pending, else the account's.
func (c *call) currencyOf(customer object) string {
	for _, id := range c.order["invoiceitem"] {
		if item := c.objects[id]; item["invoice"] == nil && item.str("customer") == customer.id() {
			return item.str("currency")
		}
	}
	return "usd"
}

// checkTerms holds the due date to invoices that are sent, which need one.
func (c *call) checkTerms(method string) error {
	sent, dated := method == "send_invoice", c.has("due_date") || c.has("days_until_due")
	switch {
	case sent && !dated && len(c.vars) == 0:
		return badRequest("If invoices are sent (`collection_method=send_invoice`), you must specify `due_date` or `days_until_due`.")
	case dated && !sent:
		return badRequest("You can only specify `due_date` or `days_until_due` when `collection_method` is `send_invoice`.")
	case c.has("due_date") && c.int("due_date") <= c.now():
		return badParameter("", "due_date", "Invalid timestamp: must be an integer Unix timestamp in the future.")
	}
	return nil
}

// invoiceFields copies what an invoice just remembers.
func (c *call) invoiceFields(invoice object) {
	c.copyTo(invoice, "collection_method", "custom_fields", "default_payment_method", "description", "due_date", "footer", "statement_descriptor")
	if c.has("days_until_due") {
		invoice["_days_until_due"] = c.int("days_until_due")
		invoice["due_date"] = nil
	}
	c.metadataTo(invoice)
}

// updateInvoice edits a draft; of a finalized one only what changes no money.
func updateInvoice(c *call) (object, error) {
	invoice, err := c.lookup("invoice", c.pathID(), "")
	if err != nil {
		return nil, err
	}
	method := invoice.str("collection_method")
	if c.has("collection_method") {
		method = c.str("collection_method")
	}
	if err := c.checkTerms(method); err != nil {
		return nil, err
	}
	if invoice.str("status") != "draft" && (c.has("collection_method") || c.has("days_until_due") || c.has("due_date")) {
		return nil, badRequest("Finalized invoices can't be updated in this way")
	}
	if err := c.checkMethod(c.find("customer", invoice.str("customer")), "default_payment_method"); err != nil {
		return nil, err
	}
	c.change(invoice, "invoice.updated", func() {
		c.invoiceFields(invoice)
		c.copyTo(invoice, "auto_advance")
	})
	if c.bool("auto_advance") && invoice.str("status") == "draft" {
		c.timers[invoice.id()].cancel()
		c.advanceLater(invoice)
	}
	return invoice, nil
}

// deleteInvoice forgets a draft of no subscription, with its items.
func deleteInvoice(c *call) (object, error) {
	invoice, err := c.lookup("invoice", c.pathID(), "")
	switch {
	case err != nil:
		return nil, err
	case invoice.str("status") != "draft":
		return nil, badRequest("You can only delete draft invoices.")
	case invoice["subscription"] != nil:
		return nil, badRequest("Invoices of subscriptions can't be deleted.")
	}
	for _, line := range invoice.data("lines") {
		if item := c.find("invoiceitem", line.str("invoice_item")); item != nil {
			c.remove(item)
			c.emit("invoiceitem.deleted", item, nil)
		}
	}
	c.timers[invoice.id()].cancel()
	c.remove(invoice)
	c.emit("invoice.deleted", invoice, nil)
	return object{"id": invoice.id(), "object": "invoice", "deleted": true}, nil
}
