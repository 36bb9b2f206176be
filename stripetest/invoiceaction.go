package stripetest

// invoiceIn finds the request's invoice, and refuses it in any but the given states, or as the draft
// of a customer who was deleted.
func (c *call) invoiceIn(states ...string) (object, error) {
	invoice, err := c.lookup("invoice", c.pathID(), "")
	if err != nil {
		return nil, err
	}
	if invoice.str("status") == "draft" && c.find("customer", invoice.str("customer")) == nil {
		return nil, badRequest("The customer of this invoice was deleted.")
	}
	for _, state := range states {
		if invoice.str("status") == state {
			return invoice, nil
		}
	}
	switch invoice.str("status") {
	case "paid":
		return nil, badParameter("invoice_already_paid", "", "Invoice is already paid")
	case "draft":
		return nil, badParameter("invoice_not_editable", "", "You can only pass in open invoices. This invoice isn't open.")
	}
	return nil, badParameter("invoice_not_editable", "", "This invoice is "+invoice.str("status")+" and can't be changed in this way.")
}

func finalizeInvoice(c *call) (object, error) {
	invoice, err := c.invoiceIn("draft")
	if err != nil {
		return nil, err
	}
	c.copyTo(invoice, "auto_advance")
	c.finalize(invoice)
	if invoice.str("status") == "open" {
		c.intentFor(invoice)
		c.collectLater(invoice)
	}
	return invoice, nil
}

// collectLater charges an invoice that a request finalized, if it goes on by itself.
func (a *Account) collectLater(invoice object) {
	if !invoice.bool("auto_advance") || invoice.str("collection_method") != "charge_automatically" {
		return
	}
	a.timers[invoice.id()] = a.server.at(a.server.clock.now().Add(draftTime), func() {
		if invoice.str("status") == "open" && invoice.int("attempt_count") == 0 {
			_ = a.attempt(invoice, scheduled)
		}
	})
}

// payInvoice charges an open invoice, or a draft after finalizing it, and answers a declined card
// with its error.
func payInvoice(c *call) (object, error) {
	invoice, err := c.invoiceIn("draft", "open", "uncollectible")
	if err != nil {
		return nil, err
	}
	if err := c.checkMethod(c.find("customer", invoice.str("customer")), "payment_method"); err != nil {
		return nil, err
	}
	if invoice.str("status") == "draft" {
		c.finalize(invoice)
	}
	switch {
	case invoice.str("status") == "paid":
		return invoice, nil
	case c.bool("paid_out_of_band"):
		invoice["paid_out_of_band"] = true
		c.dropIntent(invoice)
		c.settle(invoice, c.find("subscription", invoice.str("subscription")))
		return invoice, nil
	}
	try := attempt{method: c.find("payment_method", c.str("payment_method")), offSession: !c.has("off_session") || c.bool("off_session"), base: c.base}
	if failed := c.attempt(invoice, try); failed != nil {
		return nil, failed
	}
	return invoice, nil
}

// voidInvoice takes an invoice back. A subscription whose first invoice is void has expired.
func voidInvoice(c *call) (object, error) {
	invoice, err := c.invoiceIn("open", "uncollectible")
	if err != nil {
		return nil, err
	}
	c.void(invoice)
	s := c.find("subscription", invoice.str("subscription"))
	if s.str("status") == "incomplete" && invoice.str("billing_reason") == "subscription_create" {
		c.giveUpFirst(s)
	}
	c.recover(s, invoice)
	return invoice, nil
}

func markUncollectible(c *call) (object, error) {
	invoice, err := c.invoiceIn("open")
	if err != nil {
		return nil, err
	}
	c.writeDown(invoice)
	c.recover(c.find("subscription", invoice.str("subscription")), invoice)
	return invoice, nil
}

// writeDown gives up an open invoice as a bad debt, which may still be paid.
func (a *Account) writeDown(invoice object) {
	a.close(invoice, "uncollectible", "marked_uncollectible_at")
	a.emit("invoice.marked_uncollectible", invoice, nil)
}

func sendInvoice(c *call) (object, error) {
	invoice, err := c.invoiceIn("draft", "open", "paid")
	if err != nil {
		return nil, err
	}
	if invoice.str("collection_method") != "send_invoice" {
		return nil, badRequest("You can only manually send an invoice if its collection method is 'send_invoice'.")
	}
	if invoice.str("status") == "draft" {
		c.finalize(invoice)
		if invoice.str("status") == "open" {
			c.intentFor(invoice)
		}
	}
	c.emit("invoice.sent", invoice, nil)
	return invoice, nil
}
