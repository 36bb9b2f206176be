package stripetest

import (
	"slices"
	"strconv"
	"strings"
)

// portalPlan is a subscription in the portal.
type portalPlan struct {
	ID, Name, Price, State, When string
	Cancel                       *portalCancelForm // nil where it can't be canceled
	Resume                       bool
	Choices                      []portalChoice
	Open                         string // the form that is unfolded
}

type portalCancelForm struct {
	Text    string
	Reasons []portalChoice
}

// portalChoice is one of several things to choose.
type portalChoice struct{ Value, Name, Detail string }

// portalMethod is what the customer pays with.
type portalMethod struct {
	Name string
	Card *cardForm // nil where it can't be changed
	Open bool
}

// portalInvoice is a line of the invoice history.
type portalInvoice struct{ Link, Number, Date, Amount, Status, State string }

// portalParts fills in what the configuration's features and the flow leave.
func (a *Account) portalParts(view *portalView, v *visit, session object, flow string) {
	only := session.hash("flow").hash(flow).str("subscription")
	if flow != "payment_method_update" {
		view.ShowPlans = true
		for _, id := range a.order["subscription"] {
			s := a.objects[id]
			if s.str("customer") == session.str("customer") && slices.Contains(portalStates, s.str("status")) && (only == "" || only == id) {
				view.Plans = append(view.Plans, a.portalPlan(session, s, flow))
			}
		}
	}
	if flow == "" || flow == "payment_method_update" {
		wrong := view.Problem
		if v.post() && v.form.Get("action") != "card" {
			wrong = nil
		}
		view.Method = a.portalMethod(v, session, wrong)
		view.Method.Open = flow != "" || wrong != nil
	}
	if flow == "" && a.portalFeature(session, "invoice_history").bool("enabled") {
		view.ShowInvoices, view.Invoices = true, a.portalInvoices(v, session)
	}
}

func (a *Account) portalPlan(session, s object, flow string) portalPlan {
	plan := portalPlan{ID: s.id(), State: strings.ReplaceAll(s.str("status"), "_", " "), When: planDate(s), Open: strings.TrimPrefix(flow, "subscription_")}
	var names, prices []string
	for _, item := range s.data("items") {
		names = append(names, a.productName(item.hash("price")))
		prices = append(prices, manyOf(item.int("quantity"), item.hash("price")))
	}
	plan.Name, plan.Price = strings.Join(names, ", "), strings.Join(prices, ", ")
	cancel := a.portalFeature(session, "subscription_cancel")
	switch {
	case flow == "subscription_update" || !cancel.bool("enabled"):
	case setToCancel(s):
		plan.Resume = true
	default:
		plan.Cancel = a.cancelForm(cancel, s)
	}
	if flow != "subscription_cancel" && a.portalFeature(session, "subscription_update").bool("enabled") {
		for _, p := range a.portalPrices(session, s) {
			plan.Choices = append(plan.Choices, portalChoice{p.id(), a.productName(p), per(p)})
		}
	}
	return plan
}

// planDate is the next date of a subscription that matters to its customer.
func planDate(s object) string {
	end := day(s.int("current_period_end"))
	switch {
	case s["cancel_at"] != nil:
		return "Ends on " + day(s.int("cancel_at"))
	case s.bool("cancel_at_period_end"):
		return "Ends on " + end
	case s.str("status") == "trialing":
		return "The trial ends on " + end
	case s.str("status") == "paused":
		return "Paused"
	}
	return "Renews on " + end
}

// reasons are Stripe's, in words.
var reasons = map[string]string{
	"customer_service": "Customer service was less than expected", "low_quality": "Quality was less than expected",
	"missing_features": "I need more features", "other": "Other reason", "switched_service": "I found an alternative",
	"too_complex": "Ease of use was less than expected", "too_expensive": "It's too expensive", "unused": "I no longer need it",
}

func (a *Account) cancelForm(feature, s object) *portalCancelForm {
	f := &portalCancelForm{Text: "Your plan stays as it is until " + day(s.int("current_period_end")) + ", and ends then."}
	if feature.str("mode") == "immediately" {
		f.Text = "Your plan ends at once."
	}
	if reason := feature.hash("cancellation_reason"); reason.bool("enabled") {
		for _, option := range reason.strings("options") {
			f.Reasons = append(f.Reasons, portalChoice{Value: option, Name: reasons[option]})
		}
	}
	return f
}

func (a *Account) portalMethod(v *visit, session object, wrong *problem) *portalMethod {
	shown := &portalMethod{Name: a.methodName(session.str("customer"))}
	if a.portalFeature(session, "payment_method_update").bool("enabled") {
		form := newCardForm([]string{"card"}, v.form, wrong)
		form.Focus = ""
		shown.Card = &form
	}
	return shown
}

// methodName describes what the customer's next payment is taken from.
func (a *Account) methodName(customer string) string {
	method := a.find("payment_method", a.find("customer", customer).hash("invoice_settings").str("default_payment_method"))
	for _, id := range a.order["subscription"] {
		if s := a.objects[id]; method == nil && s.str("customer") == customer && slices.Contains(portalStates, s.str("status")) {
			method = a.find("payment_method", s.str("default_payment_method"))
		}
	}
	kind := method.str("type")
	details := method.hash(kind)
	switch {
	case method == nil:
		return "None yet"
	case kind != "card":
		return "Bank account ···· " + details.str("last4")
	}
	brand := details.str("brand")
	return strings.ToUpper(brand[:1]) + brand[1:] + " ···· " + details.str("last4") + ", expires " +
		strconv.FormatInt(details.int("exp_month"), 10) + "/" + strconv.FormatInt(details.int("exp_year"), 10)
}

// maxPortalInvoices is how far back the invoice history reaches.
const maxPortalInvoices = 24

func (a *Account) portalInvoices(v *visit, session object) []portalInvoice {
	var out []portalInvoice
	for _, id := range slices.Backward(a.order["invoice"]) {
		invoice := a.objects[id]
		if invoice.str("customer") != session.str("customer") || invoice.str("status") == "draft" || len(out) == maxPortalInvoices {
			continue
		}
		out = append(out, portalInvoice{
			Link: v.root + "invoice/" + id, Number: invoice.str("number"), Date: day(invoice.int("created")),
			Amount: money(invoice.int("total"), invoice.str("currency")), Status: invoiceStatus(invoice), State: invoiceState(invoice),
		})
	}
	return out
}
