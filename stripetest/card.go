package stripetest

import "net/http"

// Card is the number of one of Stripe's test cards, or of one of its test bank accounts; how a
// payment with it ends is fixed by the number.
type Card string

// The test cards most tests need. The server knows more of Stripe's list by their numbers and by test
// ids such as "pm_card_amex": the brands Visa, Mastercard, American Express, Discover, Diners Club, JCB
// and UnionPay, with their debit and prepaid cards; cards declined as lost (4000000000009987), stolen
// (4000000000009979), fraudulent (4100000000000019), over their limit (4000000000006975), for a wrong
// security code (4000000000000127) and for a processing error (4000000000000119); 4000000000000077,
// whose money is available at once; and 4000000000003220, which always asks for 3D Secure. Any other
// number is declined as an incorrect one.
const (
	CardVisa       Card = "4242424242424242" // always succeeds
	CardMastercard Card = "5555555555554444" // always succeeds
	CardDeclined   Card = "4000000000000002" // declined, generic_decline
	CardNoFunds    Card = "4000000000009995" // declined, insufficient_funds
	CardExpired    Card = "4000000000000069" // declined, expired_card
	CardFailsLater Card = "4000000000000341" // can be saved; every charge is declined

	CardAuthenticate        Card = "4000002500003155" // asks for authentication; off session only until it was set up for that
	CardAlwaysAuthenticates Card = "4000002760003184" // asks for authentication at every payment, also off session

	CardDisputed      Card = "4000000000000259" // succeeds, and is disputed as fraudulent
	CardNotReceived   Card = "4000000000002685" // succeeds, and is disputed as product_not_received
	CardInquired      Card = "4000000000001976" // succeeds, and its bank inquires
	CardRefundFails   Card = "4000000000005126" // succeeds; a refund succeeds and fails an hour later
	CardRefundPending Card = "4000000000007726" // succeeds; a refund is pending and succeeds an hour later
)

// The test bank accounts. Money from them takes its time: a payment is "processing" for three
// minutes of the server's clock, then succeeds or fails. ACH pays in usd, SEPA in eur.
const (
	ACHSucceeds  Card = "000123456789"
	ACHFails     Card = "000222222227"
	SEPASucceeds Card = "AT321904300235473204"
	SEPAFails    Card = "AT051904300235473205"
)

type cardBehavior struct {
	kind         string // the type of its payment method, empty for card
	brand        string
	funding      string // empty for credit
	code         string // of the error each charge ends with, empty for success
	decline      string
	message      string
	authenticate authentication
	canBeStored  bool
	dispute      string // the reason a paid charge is disputed for
	inquiry      bool   // the dispute is an inquiry
	refunds      string // what becomes of a refund later: "failed", "succeeded"
	available    bool   // the money doesn't wait for the bank
	instant      bool   // a bank account that settles without the three minutes
}

// authentication tells when a card's bank asks for its holder. Where the holder is there it asks at
// every payment, if it ever does; authenticateUntilSetUp asks nothing of payments off session once the
// card was set up for them, by a setup intent or a payment that its holder authenticated.
type authentication int

const (
	authenticateNever authentication = iota
	authenticateUntilSetUp
	authenticateAlways
)

// charge tells how a charge ends: nil, or the card error. On session the customer is there and
// authenticates.
func (c Card) charge(offSession bool) *Error {
	b, known := cards[c]
	switch {
	case !known:
		return cardError("incorrect_number", "", "Your card number is incorrect.")
	case b.kind != "":
		return nil // a bank refuses when the debit reaches it
	case b.code != "":
		return cardError(b.code, b.decline, b.message)
	case offSession && b.authenticate != authenticateNever:
		return cardError("authentication_required", "authentication_required", "Your card was declined. This transaction requires authentication.")
	}
	return nil
}

// store tells how saving the card without a charge ends.
func (c Card) store() *Error {
	if cards[c].canBeStored {
		return nil
	}
	return c.charge(false)
}

// kind is the type of the card's payment method.
func (c Card) kind() string {
	if kind := cards[c].kind; kind != "" {
		return kind
	}
	return "card"
}

func cardError(code, decline, message string) *Error {
	return &Error{Status: http.StatusPaymentRequired, Type: "card_error", Code: code, DeclineCode: decline, Message: message}
}
