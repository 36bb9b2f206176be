package stripetest

// asks tells a card whose bank asks for authentication whenever its holder is there.
func (c Card) asks() bool { return cards[c].authenticate != authenticateNever }

// AuthenticateCheckout enters a card that asks for authentication in an open Checkout Session, as
// the page's form does, and passes or fails the authentication, as the bank's page does. Failing is
// an *Error, and leaves the session open. CompleteCheckout passes whatever the card asks for.
func (a *Account) AuthenticateCheckout(sessionID string, card Card, passed bool) error {
	a.server.tick()
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	session, err := a.openSession(sessionID)
	if err != nil {
		return err
	}
	if !card.asks() {
		return badRequest("The card " + string(card) + " asks for no authentication.")
	}
	a.askPayer(session, payer{card: card, email: payerEmail}, a.server.base)
	return a.answerSession(session, passed)
}

// askPayer keeps what the customer entered until the bank has heard from them. A payment's intent
// requires action until then; a subscription isn't made before.
func (a *Account) askPayer(session object, p payer, base string) {
	entered := object{"card": string(p.card), "email": p.email}
	if session.str("mode") == "payment" && session.int("amount_total") > 0 {
		intent := a.sessionIntent(session, p.email)
		method := a.onceMethod(p)
		entered["method"] = method.id()
		intent["payment_method"] = method.id()
		a.requireAction(intent, base, "")
	}
	session.merge(object{"_entered": entered})
}

// answerSession goes on where askPayer stopped.
func (a *Account) answerSession(session object, passed bool) error {
	entered := session.hash("_entered")
	delete(session, "_entered")
	method := a.find("payment_method", entered.str("method"))
	if passed {
		return a.payAs(session.id(), payer{card: Card(entered.str("card")), email: entered.str("email"), method: method})
	}
	if intent := a.find("payment_intent", session.str("payment_intent")); intent != nil && method != nil {
		a.refuseAuthentication(intent, method)
	}
	return notAuthenticated("payment_intent")
}
