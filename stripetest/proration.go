package stripetest

import (
	"strconv"
	"time"
)

// prorations are the invoice items, not stored yet, that a change of a subscription's items within
// its period makes: a credit for the unused time of what was, a charge for the rest of the period of
// what will be. An unchanged item has none, nor has a metered one, which is paid in arrears.
func (a *Account) prorations(s object, after []object, at int64) []object {
	var out []object
	before := s.data("items")
	for _, old := range before {
		i := indexOf(after, old.id())
		if i >= 0 && sameBilling(old, after[i]) {
			continue
		}
		out = a.addProration(out, s, old, at, -1)
		if i >= 0 {
			out = a.addProration(out, s, after[i], at, 1)
		}
	}
	for _, item := range after {
		if indexOf(before, item.id()) < 0 {
			out = a.addProration(out, s, item, at, 1)
		}
	}
	return out
}

func sameBilling(a, b object) bool {
	return a.hash("price").id() == b.hash("price").id() && a.int("quantity") == b.int("quantity")
}

// unused credits the rest of the period of all items.
func (a *Account) unused(s object, at int64) []object {
	var out []object
	for _, item := range s.data("items") {
		if item.hash("price").int("unit_amount") > 0 {
			out = a.addProration(out, s, item, at, -1)
		}
	}
	return out
}

func (a *Account) addProration(to []object, s, item object, at, sign int64) []object {
	price, quantity := item.hash("price"), item.int("quantity")
	if metered(price) {
		return to
	}
	from, until := boundaries(s, at)
	end := s.int("current_period_end")
	amount := share(sign*price.int("unit_amount")*quantity, end-at, until-from)
	text := "Remaining time on "
	if sign < 0 {
		text = "Unused time on "
	}
	if quantity != 1 {
		text += strconv.FormatInt(quantity, 10) + " × "
	}
	proration := a.newInvoiceItem(s.str("customer"), price.str("currency"), amount, object{
		"proration": true, "subscription": s.id(), "subscription_item": item.id(), "price": price, "quantity": quantity,
		"description":  text + a.productName(price) + " after " + time.Unix(at, 0).UTC().Format("02 Jan 2006"),
		"discountable": false, "period": object{"start": at, "end": end},
	})
	return append(to, proration)
}
