package stripetest

import "strings"

const noFunds = "The customer's bank account doesn't have sufficient funds to cover this payment."

// cards are the numbers of Stripe's list that the server knows.
var cards = map[Card]cardBehavior{
	CardVisa:              good("visa", "credit"),
	"4000056655665556":    good("visa", "debit"),
	CardMastercard:        good("mastercard", "credit"),
	"2223003122003222":    good("mastercard", "credit"),
	"5200828282828210":    good("mastercard", "debit"),
	"5105105105105100":    good("mastercard", "prepaid"),
	"378282246310005":     good("amex", "credit"),
	"371449635398431":     good("amex", "credit"),
	"6011111111111117":    good("discover", "credit"),
	"6011000990139424":    good("discover", "credit"),
	"6011981111111113":    good("discover", "debit"),
	"3056930009020004":    good("diners", "credit"),
	"36227206271667":      good("diners", "credit"),
	"3566002020360505":    good("jcb", "credit"),
	"6200000000000005":    good("unionpay", "credit"),
	"6200000000000047":    good("unionpay", "debit"),
	"6205500000000000004": good("unionpay", "credit"),
	"4000000000000077":    {brand: "visa", canBeStored: true, available: true},

	CardDeclined:       declined("card_declined", "generic_decline", "Your card was declined."),
	CardNoFunds:        declined("card_declined", "insufficient_funds", "Your card has insufficient funds."),
	"4000000000009987": declined("card_declined", "lost_card", "Your card was declined."),
	"4000000000009979": declined("card_declined", "stolen_card", "Your card was declined."),
	"4100000000000019": declined("card_declined", "fraudulent", "Your card was declined."),
	"4000000000006975": declined("card_declined", "card_velocity_exceeded", "Your card was declined for making repeated attempts too frequently or exceeding its amount limit."),
	CardExpired:        declined("expired_card", "expired_card", "Your card has expired."),
	"4000000000000127": declined("incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect."),
	"4000000000000119": declined("processing_error", "processing_error", "An error occurred while processing your card. Try again in a little bit."),
	CardFailsLater:     {brand: "visa", code: "card_declined", decline: "generic_decline", message: "Your card was declined.", canBeStored: true},

	CardAuthenticate:        {brand: "visa", canBeStored: true, authenticate: authenticateUntilSetUp},
	CardAlwaysAuthenticates: {brand: "visa", canBeStored: true, authenticate: authenticateAlways},
	"4000000000003220":      {brand: "visa", canBeStored: true, authenticate: authenticateAlways},

	CardDisputed:      {brand: "visa", canBeStored: true, dispute: "fraudulent"},
	CardNotReceived:   {brand: "visa", canBeStored: true, dispute: "product_not_received"},
	CardInquired:      {brand: "visa", canBeStored: true, dispute: "fraudulent", inquiry: true},
	CardRefundFails:   {brand: "visa", canBeStored: true, refunds: "failed"},
	CardRefundPending: {brand: "visa", canBeStored: true, refunds: "succeeded"},

	ACHSucceeds:                   {kind: "us_bank_account", canBeStored: true},
	ACHFails:                      {kind: "us_bank_account", canBeStored: true, code: "insufficient_funds", message: noFunds},
	"000111111113":                {kind: "us_bank_account", canBeStored: true, code: "account_closed", message: "The customer's bank account has been closed."},
	"000111111116":                {kind: "us_bank_account", canBeStored: true, code: "no_account", message: "The customer's bank account could not be located."},
	"000333333335":                {kind: "us_bank_account", canBeStored: true, code: "debit_not_authorized", message: "The customer has notified their bank that this payment was unauthorized."},
	SEPASucceeds:                  {kind: "sepa_debit", canBeStored: true},
	SEPAFails:                     {kind: "sepa_debit", canBeStored: true, code: "insufficient_funds", message: noFunds},
	"AT611904300234573201":        {kind: "sepa_debit", canBeStored: true, instant: true},
	"AT861904300235473202":        {kind: "sepa_debit", canBeStored: true, instant: true, code: "insufficient_funds", message: noFunds},
	"IT60X0542811101000000123456": {kind: "sepa_debit", canBeStored: true, instant: true, code: "insufficient_funds", message: noFunds},
	"AT591904300235473203":        {kind: "sepa_debit", canBeStored: true, instant: true, dispute: "fraudulent"},
}

func good(brand, funding string) cardBehavior {
	return cardBehavior{brand: brand, funding: funding, canBeStored: true}
}

func declined(code, decline, message string) cardBehavior {
	return cardBehavior{brand: "visa", code: code, decline: decline, message: message}
}

// testNames are what Stripe's test ids begin "pm_card_" or "tok_" before.
var testNames = map[string]Card{
	"visa": CardVisa, "visa_debit": "4000056655665556", "mastercard": CardMastercard, "amex": "378282246310005", "discover": "6011111111111117",
	"mastercard_debit": "5200828282828210", "mastercard_prepaid": "5105105105105100", "diners": "36227206271667", "jcb": "3566002020360505", "unionpay": "6200000000000005",
	"bypassPending":  "4000000000000077",
	"chargeDeclined": CardDeclined, "chargeDeclinedInsufficientFunds": CardNoFunds, "chargeDeclinedLostCard": "4000000000009987",
	"chargeDeclinedStolenCard": "4000000000009979", "chargeDeclinedFraudulent": "4100000000000019", "chargeDeclinedVelocityLimitExceeded": "4000000000006975", "radarBlock": "4100000000000019",
	"chargeDeclinedExpiredCard": CardExpired, "chargeDeclinedIncorrectCvc": "4000000000000127", "chargeDeclinedProcessingError": "4000000000000119",
	"chargeCustomerFail": CardFailsLater, "authenticationRequired": CardAlwaysAuthenticates, "authenticationRequiredOnSetup": CardAuthenticate,
	"threeDSecure2Required": "4000000000003220", "threeDSecureRequired": "4000000000003220",
	"createDispute": CardDisputed, "createDisputeProductNotReceived": CardNotReceived, "createDisputeInquiry": CardInquired,
	"refundFail": CardRefundFails, "pendingRefund": CardRefundPending,
}

// testMethod is the card of a test id such as "pm_card_visa" or "pm_card_visa_chargeDeclined".
func testMethod(id string) (Card, bool) {
	switch id {
	case "pm_usBankAccount_success":
		return ACHSucceeds, true
	case "pm_usBankAccount_accountClosed":
		return "000111111113", true
	case "pm_usBankAccount_insufficientFunds":
		return ACHFails, true
	}
	return testName(id, "pm_card_")
}

// testToken is the card of a test id such as "tok_visa".
func testToken(id string) (Card, bool) { return testName(id, "tok_") }

func testName(id, prefix string) (Card, bool) {
	name, ok := strings.CutPrefix(id, prefix)
	if !ok {
		return "", false
	}
	card, known := testNames[name]
	if !known {
		card, known = testNames[strings.TrimPrefix(name, "visa_")]
	}
	return card, known
}
