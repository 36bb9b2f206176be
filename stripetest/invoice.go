package stripetest

var invoiceOperations = map[string]operation{
	"POST /v1/invoices":                              createInvoice,
	"GET /v1/invoices":                               listWhere("invoice", invoiceMatches),
	"GET /v1/invoices/{invoice}":                     retrieve("invoice"),
	"POST /v1/invoices/{invoice}":                    updateInvoice,
	"DELETE /v1/invoices/{invoice}":                  deleteInvoice,
	"GET /v1/invoices/{invoice}/lines":               invoiceLines,
	"POST /v1/invoices/{invoice}/finalize":           finalizeInvoice,
	"POST /v1/invoices/{invoice}/pay":                payInvoice,
	"POST /v1/invoices/{invoice}/void":               voidInvoice,
	"POST /v1/invoices/{invoice}/mark_uncollectible": markUncollectible,
	"POST /v1/invoices/{invoice}/send":               sendInvoice,
	"GET /v1/invoices/upcoming":                      upcomingInvoice,
	"GET /v1/invoices/upcoming/lines":                upcomingLines,
}

func invoiceMatches(c *call, invoice object) bool {
	for _, field := range []string{"customer", "status", "subscription", "collection_method"} {
		if c.has(field) && c.str(field) != invoice.str(field) {
			return false
		}
	}
	return c.inRange("due_date", invoice.int("due_date"))
}

func invoiceLines(c *call) (object, error) {
	invoice, err := c.lookup("invoice", c.pathID(), "")
	if err != nil {
		return nil, err
	}
	return c.page(invoice.data("lines"))
}

// invoiceDraft is what an invoice is made of. The pending items come with their lines.
type invoiceDraft struct {
	id           string
	customer     object
	subscription object // nil for a one-off invoice
	reason       string
	currency     string
	periodStart  int64
	pending      []object
	lines        []object
	due          int64 // what would have to be paid, the customer's balance counted in
	fields       object
}

// draftInvoice gathers the lines and the customer's pending items of an invoice, and stores nothing.
func (a *Account) draftInvoice(s object, reason string, lines []object) invoiceDraft {
	d := invoiceDraft{
		customer: a.find("customer", s.str("customer")), subscription: s, reason: reason, currency: s.str("currency"),
		periodStart: s.int("current_period_start"), lines: lines,
	}
	d.pending = a.pendingItems(d.customer.id(), s, d.currency)
	d.due = a.amountDue(d)
	return d
}

// amountDue is never negative: what a negative total leaves goes to the customer's balance.
func (a *Account) amountDue(d invoiceDraft) int64 {
	sum := d.customer.int("balance")
	for _, line := range d.lines {
		sum += line.int("amount")
	}
	for _, item := range d.pending {
		sum += item.int("amount")
	}
	return max(sum, 0)
}

// newInvoice stores a draft. It becomes the subscription's latest invoice, which the caller tells
// where an event about the subscription should show it.
func (a *Account) newInvoice(d invoiceDraft) object {
	if d.id == "" {
		d.id = a.newID("in")
	}
	invoice := a.invoiceDocument(d)
	invoice["id"] = d.id
	invoice = a.add(invoice)
	a.attachItems(invoice, d.pending)
	a.retotal(invoice)
	if d.subscription != nil {
		d.subscription["latest_invoice"] = d.id
	}
	a.emit("invoice.created", invoice, nil)
	return invoice
}

func (a *Account) invoiceDocument(d invoiceDraft) object {
	customer := d.customer
	invoice := newObject("invoice", object{
		"account_country": "US", "account_name": a.name, "auto_advance": true, "automatic_tax": object{"enabled": false, "liability": nil, "status": nil},
		"billing_reason": d.reason, "collection_method": "charge_automatically", "created": a.now(), "currency": d.currency,
		"customer": customer.id(), "customer_email": customer["email"], "customer_name": customer["name"], "customer_tax_exempt": "none",
		"customer_tax_ids": []any{}, "discounts": []any{}, "issuer": object{"type": "self"}, "lines": listOf("/v1/invoices/"+d.id+"/lines", d.lines),
		"livemode": a.livemode, "metadata": object{}, "payment_settings": object{"default_mandate": nil, "payment_method_options": nil, "payment_method_types": nil},
		"period_start": a.now(), "period_end": a.now(), "starting_balance": customer.int("balance"), "status": "draft",
		"status_transitions":     object{"finalized_at": nil, "marked_uncollectible_at": nil, "paid_at": nil, "voided_at": nil},
		"subscription_details":   object{"metadata": nil},
		"total_discount_amounts": []any{},
	})
	if s := d.subscription; s != nil {
		invoice.merge(object{
			"collection_method": s.str("collection_method"), "period_start": d.periodStart, "subscription": s.id(),
			"subscription_details": object{"metadata": s["metadata"]}, "_days_until_due": s["days_until_due"],
		})
	}
	invoice.merge(d.fields)
	return invoice
}

// retotal adds up a draft's lines.
func (a *Account) retotal(invoice object) {
	var total int64
	lines := invoice.data("lines")
	for _, line := range lines {
		total += line.int("amount")
	}
	due := max(total+invoice.int("starting_balance"), 0)
	invoice.merge(object{
		"amount_due": due, "amount_remaining": due, "subtotal": total, "subtotal_excluding_tax": total, "total": total, "total_excluding_tax": total,
	})
	invoice.hash("lines")["total_count"] = int64(len(lines))
}
