package stripetest

import (
	"net/http"
	"testing"
	"time"
)

// TestPaymentObjectsAgreeWithTheirSchemas holds what payments of every kind and end leave behind to
// the field types, enums and required fields of 2023-10-16.
func TestPaymentObjectsAgreeWithTheirSchemas(t *testing.T) {
	server := New(&Options{Now: func() time.Time { return time.Date(2024, 1, 15, 0, 0, 0, 0, time.UTC) }})
	t.Cleanup(server.Close)
	account := server.Account("sk_test_shop")
	create := func(path, form string) object { return post(t, server, http.MethodPost, path, form) }
	customer := create("/v1/customers", "payment_method=pm_card_visa&invoice_settings[default_payment_method]=pm_card_visa").id()

	const payment = "amount=900&currency=usd&confirm=true&payment_method_types[]=card&payment_method="
	create("/v1/payment_intents", "amount=900&currency=usd")
	asked := create("/v1/payment_intents", payment+"pm_card_authenticationRequired&return_url=https://shop.example")
	create("/v1/payment_intents", payment+"pm_card_authenticationRequired")
	held := create("/v1/payment_intents", payment+"pm_card_visa&capture_method=manual")
	partly := create("/v1/payment_intents", payment+"pm_card_visa&capture_method=manual&customer="+customer+"&setup_future_usage=off_session")
	create("/v1/payment_intents/"+partly.id()+"/capture", "amount_to_capture=800")
	create("/v1/payment_intents/"+held.id()+"/cancel", "cancellation_reason=abandoned")
	create("/v1/payment_intents", "amount=900&currency=eur&confirm=true&payment_method_types[]=sepa_debit&payment_method_data[type]=sepa_debit&payment_method_data[sepa_debit][iban]="+string(SEPAFails))
	create("/v1/payment_intents", "amount=900&currency=usd&confirm=true&payment_method_types[]=us_bank_account&payment_method=pm_usBankAccount_success")
	create("/v1/charges", "amount=900&currency=jpy&source=tok_amex")
	create("/v1/setup_intents", "usage=on_session")
	setup := create("/v1/setup_intents", "confirm=true&payment_method=pm_card_authenticationRequired&payment_method_types[]=card&customer="+customer)

	for _, method := range []string{"visa", "refundFail", "pendingRefund"} {
		intent := create("/v1/payment_intents", payment+"pm_card_"+method)
		create("/v1/refunds", "amount=300&reason=duplicate&payment_intent="+intent.id())
	}
	for _, method := range []string{"createDispute", "createDisputeInquiry"} {
		create("/v1/payment_intents", payment+"pm_card_"+method)
	}
	if err := account.FailAuthentication(asked.id()); err != nil {
		t.Error(err)
	}
	if err := account.CompleteAuthentication(setup.id()); err != nil {
		t.Error(err)
	}
	checkStored(t, account) // as things are in the middle
	disputes := account.Objects("dispute")
	if len(disputes) != 2 {
		t.Fatalf("%d disputes", len(disputes))
	}
	create("/v1/disputes/"+disputes[0]["id"].(string), "evidence[uncategorized_text]=winning_evidence")
	server.Advance(200 * 24 * time.Hour)
	checkStored(t, account)
}
