package stripetest

import "net/http"

// requireAction leaves the intent waiting for the customer's authentication, on a page of this server.
func (a *Account) requireAction(intent object, base, returnURL string) {
	page := base + "/authenticate/" + intent.id()
	action := object{"type": "use_stripe_sdk", "use_stripe_sdk": object{"type": "three_d_secure_redirect", "stripe_js": page}}
	if returnURL != "" {
		action = object{"type": "redirect_to_url", "redirect_to_url": object{"url": page, "return_url": returnURL}}
	}
	intent.merge(object{"status": "requires_action", "next_action": action, "_return_url": returnURL})
	a.emit(intent.name()+".requires_action", intent, nil)
}

// CompleteAuthentication is the customer authenticating a payment or setup intent that requires
// action, as the page of its next action does. The payment goes on from there; a card error of it is
// an *Error.
func (a *Account) CompleteAuthentication(intentID string) error {
	return a.authenticated(intentID, true)
}

// FailAuthentication is the customer failing to authenticate: the intent wants another payment method.
func (a *Account) FailAuthentication(intentID string) error { return a.authenticated(intentID, false) }

func (a *Account) authenticated(intentID string, passed bool) error {
	a.server.tick()
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	return a.authenticate(intentID, passed)
}

func (a *Account) authenticate(intentID string, passed bool) error {
	intent := a.objects[intentID]
	method := a.find("payment_method", intent.str("payment_method"))
	switch {
	case intent == nil:
		return missingObject("payment_intent", intentID, "")
	case intent.str("status") != "requires_action":
		return intentState(intent, "This intent has a status of "+intent.str("status")+" and requires no action.")
	case intent.name() == "setup_intent":
		intent["next_action"] = nil
		return errorOrNil(a.finishSetup(intent, method, passed))
	case !passed:
		a.refuseAuthentication(intent, method)
		return nil
	}
	if intent.str("confirmation_method") == "manual" { // then the seller confirms once more
		intent.merge(object{"status": "requires_confirmation", "next_action": nil, "_authenticated": true})
		return nil
	}
	failed := a.confirm(intent, method, false)
	a.follow(intent)
	a.bookLate(a.find("charge", intent.str("latest_charge")))
	return errorOrNil(failed)
}

// errorOrNil keeps a nil *Error from becoming an error that isn't nil.
func errorOrNil(failed *Error) error {
	if failed == nil {
		return nil
	}
	return failed
}

func (a *Account) refuseAuthentication(intent, method object) {
	failed := notAuthenticated("payment_intent")
	intent.merge(object{"status": "requires_payment_method", "payment_method": nil, "next_action": nil, "last_payment_error": failed.stored(method, nil)})
	a.emit("payment_intent.payment_failed", intent, nil)
}

func notAuthenticated(kind string) *Error {
	return &Error{Status: http.StatusPaymentRequired, Type: "invalid_request_error", Code: kind + "_authentication_failure",
		Message: "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new PaymentMethod to attempt to fulfill this intent again."}
}
