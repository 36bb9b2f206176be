package stripetest

// paySubscription makes the subscription and pays its first invoice. A card that is declined leaves
// the session open and the subscription incomplete, for the next card to pay. A session of version
// 2025-03-31 or later makes its subscription only when the card is good.
func (a *Account) paySubscription(session object, p payer) *Error {
	s := a.find("subscription", session.str("_subscription"))
	if s.str("status") != "incomplete" {
		s = nil
	}
	if failed := a.refusesPayer(session, s, p); failed != nil {
		return failed
	}
	customer, method := a.customerFor(session, p.email), p.method
	if method == nil {
		method = a.newPaymentMethod(p.card, customer.id(), billingOf(customer))
	}
	failed := a.paySessionWith(session, s, customer, method)
	switch {
	case failed == nil:
		a.showSubscription(session)
	case p.method == nil:
		method["customer"] = nil // a card that was declined is not kept
	}
	return failed
}

// showSubscription completes the session with what it made. Money that is on its way leaves the
// session unpaid until the bank has answered.
func (a *Account) showSubscription(session object) {
	s := a.find("subscription", session.str("_subscription"))
	invoice := a.find("invoice", s.str("latest_invoice"))
	session.merge(object{"subscription": s.id(), "invoice": invoice.id(), "payment_status": "paid"})
	switch {
	case invoice.str("status") == "open":
		session["payment_status"] = "unpaid"
		a.find("payment_intent", invoice.str("payment_intent"))["_session"] = session.id()
	case s.str("status") == "trialing" && invoice.int("total") == 0:
		session["payment_status"] = "no_payment_required"
	}
}

// refusesPayer tells why the payment can't even be tried: a card that is none, one that can't be saved
// where nothing is charged yet, one that is declined before the subscription is made.
func (a *Account) refusesPayer(session, s object, p payer) *Error {
	card := p.card
	if p.method != nil {
		card = cardOf(p.method)
	}
	_, known := cards[card]
	switch {
	case !known:
		return card.charge(false)
	case s != nil:
		return nil
	case a.trialEnd(session.hash("_subscription_data")) > 0 || session.int("amount_total") == 0:
		return card.store()
	case paysFirst(session) && card.charge(false) != nil:
		return a.declineFirst(session, p)
	}
	return nil
}

// declineFirst charges a card that will be declined where nothing is made yet but the payment intent,
// which the session keeps for the card that pays.
func (a *Account) declineFirst(session object, p payer) *Error {
	intent := a.find("payment_intent", session.str("_declined"))
	if intent == nil {
		intent = a.newIntent(session.int("amount_total"), session.str("currency"), object{
			"customer": session["customer"], "payment_method_types": session["payment_method_types"], "setup_future_usage": "off_session",
		})
		session["_declined"] = intent.id()
	}
	return a.confirm(intent, a.onceMethod(p), false)
}

// paySessionWith starts the session's subscription with the payment method, or tries it on the one
// that an earlier card left incomplete.
func (a *Account) paySessionWith(session, s, customer, method object) *Error {
	if s != nil {
		a.change(s, "customer.subscription.updated", func() { s["default_payment_method"] = method.id() })
		return a.attempt(a.find("invoice", s.str("latest_invoice")), attempt{method: method})
	}
	data := session.hash("_subscription_data")
	draft := subscriptionDraft{customer: customer, trialEnd: a.trialEnd(data), fields: object{
		"metadata": data["metadata"], "description": data["description"], "default_payment_method": method.id(),
	}}
	if settings := data.hash("trial_settings"); settings != nil {
		draft.fields["trial_settings"] = settings
	}
	for _, line := range session.data("_line_items") {
		price := line.hash("price")
		if price.hash("recurring") == nil {
			draft.once = append(draft.once, a.onceLine(price, line.int("quantity")))
			continue
		}
		draft.items = append(draft.items, a.newItem("", price, line.int("quantity")))
	}
	draft.intent = a.find("payment_intent", session.str("_declined"))
	s, failed := a.startSubscription(draft)
	session["_subscription"] = s.id()
	return failed
}

// trialEnd is the end of the trial a session asks for, 0 for none.
func (a *Account) trialEnd(data object) int64 {
	if days := data.int("trial_period_days"); days > 0 {
		return a.now() + days*24*60*60
	}
	return data.int("trial_end")
}
