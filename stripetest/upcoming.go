package stripetest

import "net/http"

func upcomingInvoice(c *call) (object, error) {
	invoice, err := c.preview()
	if err != nil {
		return nil, err
	}
	delete(invoice, "id") // nothing is stored, so there is nothing to name
	return invoice, nil
}

func upcomingLines(c *call) (object, error) {
	invoice, err := c.preview()
	if err != nil {
		return nil, err
	}
	return c.page(invoice.data("lines"))
}

// preview is the subscription's next invoice, as it will be after the change the parameters
// describe. A change that is invoiced now shows that invoice.
func (c *call) preview() (object, error) {
	s, err := c.upcomingOf()
	if err != nil {
		return nil, err
	}
	if err := c.checkChangeable(s); err != nil {
		return nil, err
	}
	ch, err := c.planChange(s, "subscription_", c.hashes("subscription_items"))
	if err != nil {
		return nil, err
	}
	draft := c.draftInvoice(ch.next, "upcoming", ch.lines)
	at := c.now()
	if !ch.invoiced() {
		at = ch.next.int("current_period_end")
		next := ch.next.clone()
		next.merge(object{"status": "active", "current_period_start": at, "current_period_end": periodEnd(next, at)})
		draft.lines = c.itemLines(next)
	}
	draft.pending = append(draft.pending, ch.prorations...)
	draft.fields = object{"created": at, "period_end": at, "next_payment_attempt": at + int64(draftTime.Seconds())}
	if len(ch.prorations) > 0 {
		draft.fields["subscription_proration_date"] = ch.at
	}
	return c.previewOf(draft), nil
}

func (c *call) previewOf(d invoiceDraft) object {
	invoice := c.invoiceDocument(d)
	var lines []object
	for _, item := range d.pending {
		lines = append(lines, c.pendingLine(item))
	}
	invoice["lines"] = normalize(listOf("/v1/invoices/upcoming/lines", append(lines, d.lines...)))
	c.retotal(invoice)
	return invoice
}

// upcomingOf is the subscription whose next invoice is asked for: the one named, or the customer's
// only one that goes on.
func (c *call) upcomingOf() (object, error) {
	if id := c.str("subscription"); id != "" {
		s, err := c.lookup("subscription", id, "subscription")
		if err == nil && !goesOn(s) {
			err = noUpcoming(s.str("customer"))
		}
		return s, err
	}
	customer, err := c.lookup("customer", c.str("customer"), "customer")
	if err != nil {
		return nil, err
	}
	for _, id := range c.order["subscription"] {
		if s := c.objects[id]; s.str("customer") == customer.id() && goesOn(s) {
			return s, nil
		}
	}
	return nil, noUpcoming(customer.id())
}

// goesOn tells a subscription that will be billed again.
func goesOn(s object) bool {
	at := s.int("cancel_at")
	return !ended(s) && s.str("status") != "paused" && (at == 0 || at > s.int("current_period_end"))
}

func noUpcoming(customer string) error {
	return &Error{Status: http.StatusNotFound, Type: "invalid_request_error", Code: "invoice_upcoming_none",
		Message: "No upcoming invoices for customer: '" + customer + "'"}
}
