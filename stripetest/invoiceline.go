package stripetest

import (
	"fmt"
	"strconv"
	"strings"
)

// itemLines bill the subscription's items for the current period.
func (a *Account) itemLines(s object) []object {
	var lines []object
	for _, item := range s.data("items") {
		lines = append(lines, a.itemLine(s, item))
	}
	return lines
}

// itemLine bills an item for the current period. A trial's is free, a metered one has no usage to
// bill, and a period cut short by a later anchor costs its share.
func (a *Account) itemLine(s, item object) object {
	price, start, end := item.hash("price"), s.int("current_period_start"), s.int("current_period_end")
	amount, description := price.int("unit_amount")*item.int("quantity"), a.describe(price, item.int("quantity"))
	partial := false
	if s.str("status") == "trialing" {
		amount, description = 0, "Trial period for "+a.productName(price)
	} else if from, to := boundaries(s, start); from != start {
		amount, partial = share(amount, end-start, to-from), true
	}
	line := a.newLine(price, item.int("quantity"), amount, description)
	line.merge(object{
		"type": "subscription", "subscription": s.id(), "subscription_item": item.id(), "plan": item["plan"], "proration": partial,
		"period": object{"start": start, "end": end},
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

// pendingLine is the line an invoice item becomes on its invoice.
func (a *Account) pendingLine(item object) object {
	line := a.newLine(item.hash("price"), item.int("quantity"), item.int("amount"), item.str("description"))
	line.merge(object{
		"currency": item.str("currency"), "description": item["description"], "invoice_item": item.id(), "discountable": item["discountable"],
		"metadata": item["metadata"], "period": item["period"], "proration": item.bool("proration"), "subscription": item["subscription"],
		"unit_amount_excluding_tax": item["unit_amount_decimal"],
	})
	if item["price"] == nil {
		line["price"] = nil
	}
	if id := item.str("subscription_item"); id != "" {
		line["subscription_item"] = id
		line["plan"] = normalize(planOf(item.hash("price")))
	}
	return line
}

// pendingItems are the customer's invoice items that the next invoice of the subscription takes: its
// own, those of none, and those that a subscription left behind when it ended.
func (a *Account) pendingItems(customer string, s object, currency string) []object {
	var out []object
	for _, id := range a.order["invoiceitem"] {
		item := a.objects[id]
		if item["invoice"] != nil || item.str("customer") != customer || item.str("currency") != currency {
			continue
		}
		of := a.find("subscription", item.str("subscription"))
		if of == nil || of.id() == s.id() || ended(of) {
			out = append(out, item)
		}
	}
	return out
}

// attachItems puts pending items in front of a draft's other lines.
func (a *Account) attachItems(invoice object, items []object) {
	var lines []object
	for _, item := range items {
		item["invoice"] = invoice.id()
		lines = append(lines, a.pendingLine(item))
	}
	invoice.hash("lines")["data"] = normalize(append(lines, invoice.data("lines")...))
}

// relist follows a change of an item on the draft that holds it, if one does.
func (a *Account) relist(item object) {
	invoice := a.find("invoice", item.str("invoice"))
	if invoice == nil {
		return
	}
	a.change(invoice, "invoice.updated", func() {
		var lines []object
		for _, line := range invoice.data("lines") {
			switch {
			case line.str("invoice_item") != item.id():
				lines = append(lines, line)
			case a.objects[item.id()] != nil:
				id := line.id()
				line = a.pendingLine(item)
				line["id"] = id
				lines = append(lines, line)
			}
		}
		invoice.hash("lines")["data"] = normalize(lines)
		a.retotal(invoice)
	})
}

func (a *Account) describe(price object, quantity int64) string {
	text := fmt.Sprintf("%d × %s", quantity, a.productName(price))
	if often := interval(price); often != "" {
		text += " (at " + money(price.int("unit_amount"), price.str("currency")) + " / " + strings.TrimPrefix(often[1:], "per ") + ")"
	}
	return text
}

func (a *Account) productName(price object) string {
	return a.find("product", price.str("product")).str("name")
}
