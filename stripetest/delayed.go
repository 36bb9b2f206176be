package stripetest

import "time"

// settleTime is how long a bank account's payment is processing, as for Stripe's test accounts.
const settleTime = 3 * time.Minute

func isDelayed(method object) bool { return cardOf(method).kind() != "card" }

// process leaves the intent waiting for its bank.
func (a *Account) process(intent, charge object) {
	charge.merge(object{"status": "pending", "paid": false})
	intent.merge(object{"status": "processing"})
	a.emit("payment_intent.processing", intent, nil)
	a.emit("charge.pending", charge, nil)
	wait := settleTime
	if cards[cardOf(charge)].instant {
		wait = 0
	}
	a.timers[intent.id()] = a.server.at(a.server.clock.now().Add(wait), func() { a.bankAnswers(intent, cardOf(charge).refusal()) })
}

// refusal is the error a bank account's payment ends with, nil for none.
func (c Card) refusal() *Error {
	if b := cards[c]; b.code != "" {
		return cardError(b.code, "", b.message)
	}
	return nil
}

// bankAnswers ends the processing of an intent.
func (a *Account) bankAnswers(intent object, failed *Error) {
	if intent.str("status") != "processing" {
		return
	}
	a.timers[intent.id()].cancel()
	charge := a.find("charge", intent.str("latest_charge"))
	outcome := "checkout.session.async_payment_succeeded"
	if failed != nil {
		outcome = "checkout.session.async_payment_failed"
		failCharge(charge, failed)
		a.failIntent(intent, a.find("payment_method", charge.str("payment_method")), charge, failed)
	} else {
		a.succeed(intent, charge)
	}
	a.follow(intent)
	if session := a.sessionOf(intent); session != nil {
		a.emit(outcome, session, nil)
	}
	a.bookLate(charge)
}

// CompletePayment has the bank pay a payment intent that is processing, before the clock does.
func (a *Account) CompletePayment(intentID string) error { return a.bankDecides(intentID, nil) }

// FailPayment has the bank refuse a payment intent that is processing, for lack of funds.
func (a *Account) FailPayment(intentID string) error {
	return a.bankDecides(intentID, cardError("insufficient_funds", "", noFunds))
}

func (a *Account) bankDecides(intentID string, failed *Error) error {
	a.server.tick()
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	intent, err := a.lookup("payment_intent", intentID, "")
	if err != nil {
		return err
	}
	if intent.str("status") != "processing" {
		return intentState(intent, "This PaymentIntent has a status of "+intent.str("status")+": no bank is to answer.")
	}
	a.bankAnswers(intent, failed)
	return nil
}
