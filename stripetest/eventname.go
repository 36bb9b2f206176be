package stripetest

import (
	"fmt"
	"slices"
	"strings"
)

// laterEvents are kinds that Stripe sends today and that its description of 2023-10-16 doesn't list.
var laterEvents = []string{
	"billing.alert.triggered", "billing.credit_balance_transaction.created", "billing.credit_grant.created", "billing.credit_grant.updated",
	"entitlements.active_entitlement_summary.updated", "invoice.overdue", "invoice.overpaid", "invoice.will_be_due",
	"invoice_payment.detached", "invoice_payment.paid", "refund.failed",
}

// describedEvents are the values that an endpoint's enabled_events may have by the description.
func describedEvents(spec *specification) []string {
	var all []string
	for _, kind := range spec.parameters["POST /v1/webhook_endpoints"].child("enabled_events").kinds {
		all = append(all, strings.Trim(kind, `[]"`))
	}
	return all
}

// knownEvent tells "*" and the kinds of events that an endpoint can be made for.
func knownEvent(name string) bool {
	return slices.Contains(loadSpec().events, name) || slices.Contains(laterEvents, name)
}

// misspelt tells what is wrong with the name of an event, empty for nothing.
func misspelt(name string) string {
	if knownEvent(name) {
		return ""
	}
	return fmt.Sprintf("Stripe has no event %q; the nearest is %q", name, nearestEvent(name))
}

// misspeltPattern is misspelt for what also may be a pattern such as "invoice.*".
func misspeltPattern(pattern string) string {
	if !strings.HasSuffix(pattern, "*") {
		return misspelt(pattern)
	}
	fits := func(kind string) bool { return matchesType(pattern, kind) }
	if slices.ContainsFunc(loadSpec().events, fits) || slices.ContainsFunc(laterEvents, fits) {
		return ""
	}
	return fmt.Sprintf("no event of Stripe's fits %q; the nearest is %q", pattern, nearestEvent(strings.TrimSuffix(pattern, "*")))
}

func nearestEvent(name string) string {
	return slices.MinFunc(slices.Concat(loadSpec().events, laterEvents), func(a, b string) int {
		return editDistance(name, a) - editDistance(name, b)
	})
}

// editDistance counts the letters to insert, remove or replace that make b of a.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
