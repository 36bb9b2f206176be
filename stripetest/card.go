package stripetest

import "net/http"

// Card is the number of one of Stripe's test cards; how a payment with it ends is fixed by the number.
type Card string

// The test cards the server knows. Any other number is declined as an incorrect one.
const (
	CardVisa         Card = "4242424242424242" // always succeeds
	CardMastercard   Card = "5555555555554444" // always succeeds
	CardDeclined     Card = "4000000000000002" // declined, generic_decline
	CardNoFunds      Card = "4000000000009995" // declined, insufficient_funds
	CardExpired      Card = "4000000000000069" // declined, expired_card
	CardAuthenticate Card = "4000002500003155" // asks for authentication, also off session
	CardFailsLater   Card = "4000000000000341" // can be saved; every charge is declined
)

type cardBehavior struct {
	brand       string
	code        string // of the error each charge ends with, empty for success
	decline     string
	message     string
	offSession  bool // only off-session charges end with the error
	canBeStored bool
}

var cards = map[Card]cardBehavior{
	CardVisa:       {brand: "visa", canBeStored: true},
	CardMastercard: {brand: "mastercard", canBeStored: true},
	CardDeclined:   {brand: "visa", code: "card_declined", decline: "generic_decline", message: "Your card was declined."},
	CardNoFunds:    {brand: "visa", code: "card_declined", decline: "insufficient_funds", message: "Your card has insufficient funds."},
	CardExpired:    {brand: "visa", code: "expired_card", decline: "expired_card", message: "Your card has expired."},
	CardFailsLater: {brand: "visa", code: "card_declined", decline: "generic_decline", message: "Your card was declined.", canBeStored: true},
	CardAuthenticate: {
		brand: "visa", code: "authentication_required", decline: "authentication_required", offSession: true, canBeStored: true,
		message: "Your card was declined. This transaction requires authentication.",
	},
}

// charge tells how a charge ends: nil, or the card error. On session the customer is there and
// authenticates.
func (c Card) charge(offSession bool) *Error {
	b, known := cards[c]
	switch {
	case !known:
		return cardError("incorrect_number", "", "Your card number is incorrect.")
	case b.code == "" || b.offSession && !offSession:
		return nil
	}
	return cardError(b.code, b.decline, b.message)
}

// store tells how saving the card without a charge ends.
func (c Card) store() *Error {
	if cards[c].canBeStored {
		return nil
	}
	return c.charge(false)
}

func cardError(code, decline, message string) *Error {
	return &Error{Status: http.StatusPaymentRequired, Type: "card_error", Code: code, DeclineCode: decline, Message: message}
}
