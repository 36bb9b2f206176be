package stripetest

import (
	"errors"
	"net/http"
)

// portalPage is the billing portal, where a customer manages subscriptions, card and invoices.
func portalPage(v *visit) screen {
	a, session := v.server.accountOf("billing_portal.session", v.id)
	if session == nil {
		return noPage()
	}
	if a.portalExpired(session) {
		return a.closed(http.StatusGone, "This page has expired", "For your safety it works for an hour. Go back and open it again.",
			session.str("return_url"), "Return to "+a.name)
	}
	if !v.post() {
		return a.portalScreen(v, session, refusedBefore(session))
	}
	delete(session, "_refused")
	if card, wrong := readCard(v.form, v.server.clock.now()); v.form.Get("action") == "card" && wrong == nil && card.asks() {
		session["_card"] = string(card)
		return goTo(v.root + "authenticate/" + session.id())
	}
	if err := a.actInPortal(session, v.form); err != nil {
		return a.portalScreen(v, session, portalProblem(err, cardField(v.form)))
	}
	return a.portalDone(v, session, v.form.Get("action"))
}

// portalProblem is problemOf with the input that the error itself names.
func portalProblem(err error, field string) *problem {
	wrong := problemOf(err, field)
	var failed *Error
	if errors.As(err, &failed) && failed.Param != "" {
		wrong.Field = failed.Param
	}
	return wrong
}

// portalDone is where an action ends: back in the portal, or where the session's flow goes.
func (a *Account) portalDone(v *visit, session object, action string) screen {
	if target := portalTarget(session); target != "" {
		return goTo(target)
	}
	return goTo(v.root + "portal/" + session.id() + "?done=" + action)
}

// portalTarget is the URL a session's flow ends at, empty for a page of the portal.
func portalTarget(session object) string {
	return session.hash("flow").hash("after_completion").hash("redirect").str("return_url")
}

// portalDoneTexts tell what an action did.
var portalDoneTexts = map[string]string{
	"cancel": "Your plan has been canceled.",
	"resume": "Your plan goes on.",
	"switch": "Your plan has been changed.",
	"card":   "Your card has been saved.",
}

// portalView is what the portal shows. In a flow it is one action's part.
type portalView struct {
	Heading       string
	Problem       *problem
	Done          string
	Plans         []portalPlan
	ShowPlans     bool
	Method        *portalMethod // nil is not shown
	Invoices      []portalInvoice
	ShowInvoices  bool
	Return        string
	Terms, Policy string
}

func (a *Account) portalScreen(v *visit, session object, wrong *problem) screen {
	flow, done := session.hash("flow").str("type"), ""
	if wrong == nil {
		done = portalDoneTexts[v.http.URL.Query().Get("done")]
	}
	confirmation := session.hash("flow").hash("after_completion").hash("hosted_confirmation")
	switch {
	case done != "" && confirmation != nil:
		text := confirmation.str("custom_message")
		if text == "" {
			text = done
		}
		return a.closed(http.StatusOK, "All done", text, session.str("return_url"), "Return to "+a.name)
	case done != "":
		flow = "" // a flow that is over ends in the portal
	}
	business := a.find("billing_portal.configuration", session.str("configuration")).hash("business_profile")
	view := portalView{
		Heading: business.str("headline"), Problem: wrong, Done: done, Return: linkable(session.str("return_url")),
		Terms: linkable(business.str("terms_of_service_url")), Policy: linkable(business.str("privacy_policy_url")),
	}
	if view.Heading == "" {
		view.Heading = "Manage your billing"
	}
	a.portalParts(&view, v, session, flow)
	shown := screen{document: "portal", title: view.Heading, business: a.name, view: view, targets: []string{portalTarget(session)}}
	if wrong != nil {
		shown.status, shown.title = wrong.status, "Error: "+view.Heading
	}
	return shown
}
