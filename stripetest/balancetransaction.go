package stripetest

import (
	"cmp"
	"time"
)

var balanceTransactionOperations = map[string]operation{
	"GET /v1/balance_transactions":      list("balance_transaction", "currency", "source", "type"),
	"GET /v1/balance_transactions/{id}": retrieve("balance_transaction"),
}

// availableAfter is how long money waits before it is available.
const availableAfter = 2 * 24 * time.Hour

// disputeFee is what a dispute costs, won or lost, in the smallest unit of any currency.
const disputeFee = 1500

// stripeFee is 2.9 % and 30 of the smallest unit, whatever the currency and the way to pay.
func stripeFee(amount int64) int64 { return (amount*29+500)/1000 + 30 }

// book enters money that moved into the account's balance; fields say what for.
func (a *Account) book(source object, amount, fee int64, fields object) object {
	t := newObject("balance_transaction", object{
		"id": a.newID("txn"), "amount": amount, "available_on": a.now(), "created": a.now(), "currency": source.str("currency"),
		"description": source["description"], "fee": fee, "fee_details": []any{}, "net": amount - fee, "source": source.id(), "status": "available",
	})
	if fee != 0 {
		t.merge(object{"fee_details": []object{{
			"amount": fee, "application": nil, "currency": source.str("currency"), "type": "stripe_fee",
			"description": cmp.Or(fields.str("_fee"), "Stripe processing fees"),
		}}})
	}
	t.merge(fields)
	return a.add(t)
}

// bookCharge books the money of a captured charge, which waits two days unless its card says
// otherwise. Charges of bank accounts are payments to Stripe's books.
func (a *Account) bookCharge(charge object) {
	kind := "payment"
	if charge.hash("payment_method_details").str("type") == "card" {
		kind = "charge"
	}
	amount := charge.int("amount_captured")
	t := a.book(charge, amount, stripeFee(amount), object{"type": kind, "reporting_category": "charge"})
	charge["balance_transaction"] = t.id()
	if cards[Card(charge.str("_number"))].available {
		return
	}
	due := a.server.clock.now().Add(availableAfter)
	t.merge(object{"status": "pending", "available_on": due.Unix()})
	a.server.at(due, func() { t["status"] = "available" })
}

// bookLate books the charge of an intent captured asynchronously, which Stripe tells afterwards.
func (a *Account) bookLate(charge object) {
	if charge == nil || !charge.bool("paid") || !charge.bool("captured") || charge["balance_transaction"] != nil {
		return
	}
	a.change(charge, "charge.updated", func() { a.bookCharge(charge) })
}
