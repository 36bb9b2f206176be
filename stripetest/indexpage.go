package stripetest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"
)

// maxIndexRows is how many of each kind the index shows, the newest first.
const maxIndexRows = 10

// indexView is what the index shows.
type indexView struct {
	Now      string
	Base     string
	Moved    string
	Accounts []indexAccount
}

// indexAccount is one mode of an account with its latest objects.
type indexAccount struct {
	Name, ID, Mode, Version string
	Keys                    []string
	Tables                  []indexTable
}

// indexTable is a list with a heading and columns.
type indexTable struct {
	Name    string
	Columns []string
	Rows    [][]indexCell
}

// indexCell is a text, with a link where there is a page.
type indexCell struct{ Text, Link string }

// steps are how far the index's buttons move the clock.
var steps = map[string]func(time.Time) time.Time{
	"day":   func(t time.Time) time.Time { return t.AddDate(0, 0, 1) },
	"month": func(t time.Time) time.Time { return addInterval(t, "month", 1) },
}

// indexPage shows what the server holds, and moves its clock. Its path is no secret, so it takes no
// form from another site's page.
func indexPage(v *visit) screen {
	s := v.server
	if v.post() {
		step, known := steps[v.form.Get("advance")]
		if err := http.NewCrossOriginProtection().Check(v.http); err != nil || !known {
			return screen{status: http.StatusForbidden, linked: true, document: "closed", title: "Nothing was done",
				view: closedView{"The form was not sent from this page.", "./", "Back"}}
		}
		now := s.clock.now()
		d := step(now).Sub(now)
		return screen{location: "?moved=" + v.form.Get("advance"), then: func() { s.Advance(d) }}
	}
	view := indexView{Now: s.clock.now().UTC().Format("January 2, 2006 15:04:05") + " UTC"}
	if step := v.http.URL.Query().Get("moved"); steps[step] != nil {
		view.Moved = "The clock went on by a " + step + "."
	}
	for _, a := range s.accounts {
		view.Accounts = append(view.Accounts, a.indexAccount(v))
	}
	return screen{document: "index", title: "Test Stripe", view: view, linked: true}
}

func (a *Account) indexAccount(v *visit) indexAccount {
	out := indexAccount{Name: a.name, ID: a.id, Mode: a.mode(), Version: a.version}
	for _, key := range slices.Sorted(maps.Keys(a.server.keys)) {
		if a.server.keys[key].account == a {
			out.Keys = append(out.Keys, redact(key))
		}
	}
	for _, table := range []indexTable{
		a.indexTable("Checkout Sessions", "checkout.session", []string{"Session", "Created", "Amount", "Status"}, func(o object) []indexCell {
			cell := indexCell{Text: shortID(o)}
			if o.str("status") == "open" {
				cell.Link = v.root + "pay/" + o.id()
			}
			return []indexCell{cell, moment(o), {Text: money(o.int("amount_total"), o.str("currency"))}, {Text: o.str("status") + ", " + o.str("payment_status")}}
		}),
		a.indexTable("Customers", "customer", []string{"Customer", "Created", "E-mail"}, func(o object) []indexCell {
			return []indexCell{{Text: o.id()}, moment(o), {Text: o.str("email")}}
		}),
		a.indexTable("Subscriptions", "subscription", []string{"Subscription", "Created", "Customer", "Status"}, func(o object) []indexCell {
			return []indexCell{{Text: o.id()}, moment(o), {Text: o.str("customer")}, {Text: o.str("status")}}
		}),
		a.indexTable("Invoices", "invoice", []string{"Invoice", "Created", "Total", "Status"}, func(o object) []indexCell {
			cell := indexCell{Text: o.id()}
			if o.str("status") != "draft" {
				cell.Link = v.root + "invoice/" + o.id()
			}
			return []indexCell{cell, moment(o), {Text: money(o.int("total"), o.str("currency"))}, {Text: o.str("status")}}
		}),
		a.indexTable("Events", "event", []string{"Event", "Created", "Type", "Undelivered"}, func(o object) []indexCell {
			return []indexCell{{Text: o.id()}, moment(o), {Text: o.str("type")}, {Text: fmt.Sprint(o.int("pending_webhooks"))}}
		}),
		a.indexDeliveries(),
	} {
		if len(table.Rows) > 0 {
			out.Tables = append(out.Tables, table)
		}
	}
	return out
}

func (a *Account) indexTable(name, kind string, columns []string, row func(object) []indexCell) indexTable {
	table := indexTable{Name: name, Columns: columns}
	for _, id := range slices.Backward(a.order[kind]) {
		if len(table.Rows) == maxIndexRows {
			break
		}
		table.Rows = append(table.Rows, row(a.objects[id]))
	}
	return table
}

// indexDeliveries lists the latest attempts to deliver webhooks.
func (a *Account) indexDeliveries() indexTable {
	table := indexTable{Name: "Deliveries", Columns: []string{"Event", "Sent", "To", "Answer"}}
	for _, d := range slices.Backward(a.server.deliveries.records) {
		if d.account != a {
			continue
		}
		if len(table.Rows) == maxIndexRows {
			break
		}
		outcome := fmt.Sprint(d.Status)
		if d.Status == 0 {
			outcome = "none"
		}
		table.Rows = append(table.Rows, []indexCell{{Text: d.EventType}, {Text: stamp(d.Time)}, {Text: d.URL}, {Text: outcome}})
	}
	return table
}

func shortID(o object) string { return o.id()[:min(len(o.id()), 24)] + "…" }

func moment(o object) indexCell { return indexCell{Text: stamp(time.Unix(o.int("created"), 0))} }

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") }
