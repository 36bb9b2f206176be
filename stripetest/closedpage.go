package stripetest

import (
	"net/http"
	"net/url"
)

// closedView is a page with nothing to do on but to leave.
type closedView struct {
	Text string
	Link string // where to go; empty shows none
	Name string // of the link
}

// closed is a page of the account whose matter is over.
func (a *Account) closed(status int, title, text, link, name string) screen {
	return screen{status: status, document: "closed", title: title, business: a.name, view: closedView{text, linkable(link), name}}
}

// linkable is a merchant's URL if a browser may follow it, as it may no script.
func linkable(link string) string {
	if u, err := url.Parse(link); err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return link
}

// noPage answers a path that names nothing.
func noPage() screen {
	return screen{status: http.StatusNotFound, document: "closed", title: "There is no such page",
		view: closedView{Text: "The link is wrong, or what it led to is gone."}}
}
