package stripetest

import (
	"fmt"
	"strconv"
	"time"
)

var invoiceOperations = map[string]operation{
	"GET /v1/invoices":                 list("invoice", "customer", "status", "subscription", "collection_method"),
	"GET /v1/invoices/{invoice}":       retrieve("invoice"),
	"GET /v1/invoices/{invoice}/lines": invoiceLines,
}

// draftTime is how long a renewal's invoice stays a draft.
const draftTime = time.Hour

func invoiceLines(c *call) (object, error) {
	invoice, err := c.lookup("invoice", c.pathID(), "")
	if err != nil {
		return nil, err
	}
	return c.page(invoice.data("lines"))
}

// newInvoice stores a draft for the subscription and links it as the latest.
func (a *Account) newInvoice(s object, reason string, lines []object) object {
	id := a.newID("in")
	customer := a.find("customer", s.str("customer"))
	var total int64
	for _, line := range lines {
		total += line.int("amount")
	}
	invoice := newObject("invoice", object{
		"id": id, "account_country": "US", "account_name": "stripetest", "amount_due": total, "amount_paid": 0,
		"amount_remaining": total, "amount_shipping": 0, "auto_advance": true, "automatic_tax": object{"enabled": false, "liability": nil, "status": nil},
		"billing_reason": reason, "collection_method": s.str("collection_method"), "created": a.now(), "currency": s.str("currency"),
		"customer": customer.id(), "customer_email": customer["email"], "customer_name": customer["name"], "customer_tax_exempt": "none",
		"customer_tax_ids": []any{}, "discounts": []any{}, "issuer": object{"type": "self"}, "lines": listOf("/v1/invoices/"+id+"/lines", lines),
		"livemode": a.livemode, "metadata": object{}, "payment_settings": object{"default_mandate": nil, "payment_method_options": nil, "payment_method_types": nil},
		"period_start": s.int("current_period_start"), "period_end": a.now(), "status": "draft", "subscription": s.id(),
		"status_transitions":   object{"finalized_at": nil, "marked_uncollectible_at": nil, "paid_at": nil, "voided_at": nil},
		"subscription_details": object{"metadata": s["metadata"]}, "subtotal": total, "subtotal_excluding_tax": total, "total": total,
		"total_discount_amounts": []any{}, "total_excluding_tax": total,
	})
	invoice = a.add(invoice)
	s["latest_invoice"] = id
	a.emit("invoice.created", invoice, nil)
	return invoice
}

// itemLine bills a subscription item for the current period; a trial's is free.
func (a *Account) itemLine(s, item object) object {
	price := item.hash("price")
	amount := price.int("unit_amount") * item.int("quantity")
	description := a.describe(price, item.int("quantity"))
	if s.str("status") == "trialing" {
		amount = 0
		description = "Trial period for " + a.productName(price)
	}
	line := a.newLine(price, item.int("quantity"), amount, description)
	line.merge(object{
		"type": "subscription", "subscription": s.id(), "subscription_item": item.id(), "plan": item["plan"],
		"period": object{"start": s.int("current_period_start"), "end": s.int("current_period_end")},
	})
	return line
}

func (a *Account) newLine(price object, quantity, amount int64, description string) object {
	return newObject("line_item", object{
		"id": a.newID("il"), "amount": amount, "amount_excluding_tax": amount, "currency": price.str("currency"),
		"description": description, "discount_amounts": []any{}, "discountable": true, "discounts": []any{}, "livemode": a.livemode,
		"metadata": object{}, "period": object{"start": a.now(), "end": a.now()}, "plan": nil, "price": price, "proration": false,
		"proration_details": object{"credited_items": nil}, "quantity": quantity, "tax_amounts": []any{}, "tax_rates": []any{},
		"type": "invoiceitem", "unit_amount_excluding_tax": strconv.FormatInt(price.int("unit_amount"), 10),
	})
}

func (a *Account) describe(price object, quantity int64) string {
	text := fmt.Sprintf("%d × %s", quantity, a.productName(price))
	if r := price.hash("recurring"); r != nil {
		text += fmt.Sprintf(" (at %d.%02d / %s)", price.int("unit_amount")/100, price.int("unit_amount")%100, r.str("interval"))
	}
	return text
}

func (a *Account) productName(price object) string {
	return a.find("product", price.str("product")).str("name")
}

// finalize opens a draft: it gets its number, and can be paid.
func (a *Account) finalize(invoice object) {
	customer := a.find("customer", invoice.str("customer"))
	sequence := customer.int("next_invoice_sequence")
	customer["next_invoice_sequence"] = sequence + 1
	invoice.hash("status_transitions")["finalized_at"] = a.now()
	invoice.merge(object{
		"status": "open", "number": fmt.Sprintf("%s-%04d", customer.str("invoice_prefix"), sequence), "effective_at": a.now(),
		"ending_balance": 0, "hosted_invoice_url": "https://invoice.stripe.com/i/" + a.id + "/" + a.mode() + "_" + invoice.id(),
		"invoice_pdf": "https://pay.stripe.com/invoice/" + a.id + "/" + a.mode() + "_" + invoice.id() + "/pdf",
	})
	a.emit("invoice.finalized", invoice, nil)
}
