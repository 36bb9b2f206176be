package stripetest

import "strconv"

var invoiceItemOperations = map[string]operation{
	"POST /v1/invoiceitems":                 createInvoiceItem,
	"GET /v1/invoiceitems":                  listWhere("invoiceitem", invoiceItemMatches),
	"GET /v1/invoiceitems/{invoiceitem}":    retrieve("invoiceitem"),
	"POST /v1/invoiceitems/{invoiceitem}":   updateInvoiceItem,
	"DELETE /v1/invoiceitems/{invoiceitem}": deleteInvoiceItem,
}

func invoiceItemMatches(c *call, item object) bool {
	for _, field := range []string{"customer", "invoice"} {
		if c.has(field) && c.str(field) != item.str(field) {
			return false
		}
	}
	return !c.has("pending") || c.bool("pending") == (item["invoice"] == nil)
}

func createInvoiceItem(c *call) (object, error) {
	customer, err := c.lookup("customer", c.str("customer"), "customer")
	if err != nil {
		return nil, err
	}
	invoice, err := c.draftFor(customer)
	if err != nil {
		return nil, err
	}
	if c.str("subscription") != "" {
		if _, err := c.lookup("subscription", c.str("subscription"), "subscription"); err != nil {
			return nil, err
		}
	}
	currency, amount, fields, err := c.itemAmount(invoice)
	if err != nil {
		return nil, err
	}
	item := c.newInvoiceItem(customer.id(), currency, amount, fields)
	c.invoiceItemFields(item)
	c.copyTo(item, "subscription", "discountable")
	item = c.addInvoiceItem(item)
	if invoice != nil {
		c.attachItems(invoice, []object{item})
		c.change(invoice, "invoice.updated", func() { c.retotal(invoice) })
	}
	return item, nil
}

// draftFor is the draft that a request attaches its item to, nil for a pending item.
func (c *call) draftFor(customer object) (object, error) {
	if c.str("invoice") == "" {
		return nil, nil
	}
	invoice, err := c.lookup("invoice", c.str("invoice"), "invoice")
	switch {
	case err != nil:
		return nil, err
	case invoice.str("status") != "draft":
		return nil, badParameter("", "invoice", "The specified invoice is not editable: it is "+invoice.str("status")+".")
	case invoice.str("customer") != customer.id():
		return nil, badParameter("", "invoice", "The specified invoice is for a customer which does not match the value for the customer field.")
	}
	return invoice, nil
}

// itemAmount is what the item costs: an amount in a currency, or a price or unit amount times a
// quantity.
func (c *call) itemAmount(invoice object) (currency string, amount int64, fields object, err error) {
	currency, quantity := c.str("currency"), c.intOr("quantity", 1)
	if currency == "" && invoice != nil {
		currency = invoice.str("currency")
	}
	switch {
	case c.has("price") || c.has("price_data"):
		price, err := c.linePrice(c.params)
		if err != nil {
			return "", 0, nil, err
		}
		if price.hash("recurring") != nil {
			return "", 0, nil, badParameter("", "price", "The price specified is set to `type=recurring` but this field only accepts prices with `type=one_time`.")
		}
		return price.str("currency"), price.int("unit_amount") * quantity, object{"price": price, "quantity": quantity, "description": c.productName(price)}, nil
	case currency == "":
		return "", 0, nil, missingParameter("currency")
	case c.has("amount"):
		return currency, c.int("amount"), object{}, nil
	case c.has("unit_amount"):
		return currency, c.int("unit_amount") * quantity, object{"quantity": quantity}, nil
	}
	return "", 0, nil, missingParameter("amount")
}

func (c *call) invoiceItemFields(item object) {
	c.copyTo(item, "description", "period")
	c.metadataTo(item)
}

// newInvoiceItem is an invoice item, not stored yet. Its amount belongs to the whole quantity.
func (a *Account) newInvoiceItem(customer, currency string, amount int64, fields object) object {
	item := newObject("invoiceitem", object{
		"id": a.newID("ii"), "amount": amount, "currency": currency, "customer": customer, "date": a.now(), "discountable": true,
		"discounts": []any{}, "livemode": a.livemode, "metadata": object{}, "period": object{"start": a.now(), "end": a.now()},
		"quantity": 1, "tax_rates": []any{},
	})
	item.merge(fields)
	showUnitAmount(item)
	return item
}

func showUnitAmount(item object) {
	if n := item.int("quantity"); n != 0 && item.int("amount")%n == 0 {
		item["unit_amount"] = item.int("amount") / n
		item["unit_amount_decimal"] = strconv.FormatInt(item.int("unit_amount"), 10)
		return
	}
	item["unit_amount"], item["unit_amount_decimal"] = nil, nil
}

func (a *Account) addInvoiceItem(item object) object {
	item = a.add(item)
	a.emit("invoiceitem.created", item, nil)
	return item
}

// editable refuses changes to an item whose invoice is no draft any more.
func (c *call) editable(item object) error {
	if invoice := c.find("invoice", item.str("invoice")); invoice != nil && invoice.str("status") != "draft" {
		return badRequest("This invoice item cannot be changed: its invoice is " + invoice.str("status") + ".")
	}
	return nil
}

func updateInvoiceItem(c *call) (object, error) {
	item, err := c.lookup("invoiceitem", c.pathID(), "")
	if err == nil {
		err = c.editable(item)
	}
	if err != nil {
		return nil, err
	}
	if err := c.changeAmount(item); err != nil {
		return nil, err
	}
	c.invoiceItemFields(item)
	c.relist(item)
	return item, nil
}

// changeAmount takes a new price, unit amount or quantity into the item's amount, or a new amount.
func (c *call) changeAmount(item object) error {
	unit := c.intOr("unit_amount", item.int("unit_amount"))
	if c.has("price") || c.has("price_data") {
		price, err := c.linePrice(c.params)
		if err != nil {
			return err
		}
		item["price"], unit = normalize(price), price.int("unit_amount")
	}
	c.copyTo(item, "quantity")
	switch {
	case c.has("amount"):
		item["amount"] = c.int("amount")
	case c.has("quantity"), c.has("unit_amount"), c.has("price"), c.has("price_data"):
		item["amount"] = unit * item.int("quantity")
	}
	showUnitAmount(item)
	return nil
}

func deleteInvoiceItem(c *call) (object, error) {
	item, err := c.lookup("invoiceitem", c.pathID(), "")
	if err == nil {
		err = c.editable(item)
	}
	if err != nil {
		return nil, err
	}
	c.remove(item)
	c.relist(item)
	c.emit("invoiceitem.deleted", item, nil)
	return object{"id": item.id(), "object": "invoiceitem", "deleted": true}, nil
}
