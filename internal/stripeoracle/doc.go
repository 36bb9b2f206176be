// Package stripeoracle holds every request and answer of a test to Stripe's own description of API
// version 2023-10-16, as the module stripe-mock carries it. It stands in front of a Stripe for
// tests, so that neither the code under test nor the Stripe for tests can agree with each other and
// still be wrong.
//
//	oracle := stripeoracle.New(t, server)
//	web := httptest.NewServer(oracle)
//
// A request must be one that the description accepts, with parameters parsed, coerced and validated
// by stripe-mock's own code. An answer of 2xx must agree with the operation's response schema, whatever
// was expanded in it, and an error with the schema of errors. Fields the description doesn't know are
// reported too, but for those that newer versions added and that Stripe's answers carry today.
//
// Answers whose Stripe-Version is another than 2023-10-16 are outside the description, and pass.
package stripeoracle
