package stripetest

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// problem is what a form is shown again for.
type problem struct {
	Field  string // the input at fault
	Text   string
	status int
}

func formProblem(field, text string) *problem {
	return &problem{Field: field, Text: text, status: http.StatusBadRequest}
}

// problemOf is the problem an action ended with, nil for none; field is what its card came from.
func problemOf(err error, field string) *problem {
	var failed *Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &failed):
		return &problem{Field: field, Text: failed.Message, status: failed.Status}
	}
	return &problem{Text: err.Error(), status: http.StatusInternalServerError}
}

// cardChoice is a number the card form offers.
type cardChoice struct {
	Number  Card
	Label   string
	Outcome string
	Checked bool
}

// cardForm is the part of a page that asks for a card: a choice of test numbers, or any number typed.
type cardForm struct {
	Choices        []cardChoice
	Other          bool
	Number, Expiry string
	Problem        *problem
	Legend         string
	Focus          string // the input the page begins at when nothing is wrong
}

// Wrong tells the input a problem is with.
func (f cardForm) Wrong(field string) bool { return f.Problem != nil && f.Problem.Field == field }

// Begins tells the input a page begins at when nothing is wrong with any.
func (f cardForm) Begins(field string) bool {
	return (f.Problem == nil || f.Problem.Field == "") && f.Focus == field
}

// offered are the numbers each card form offers.
var offered = []cardChoice{
	{Number: CardVisa, Outcome: "Succeeds"},
	{Number: CardDeclined, Outcome: "Is declined"},
	{Number: CardAuthenticate, Outcome: "Asks for authentication"},
	{Number: CardFailsLater, Outcome: "Can be saved, but not charged"},
}

// offeredBanks are the accounts a form offers beside the cards, by the type of payment method.
var offeredBanks = map[string][]cardChoice{
	"us_bank_account": {
		{Number: ACHSucceeds, Label: "Bank account ···· 6789", Outcome: "Succeeds later"},
		{Number: ACHFails, Label: "Bank account ···· 2227", Outcome: "Fails later"},
	},
	"sepa_debit": {
		{Number: SEPASucceeds, Label: "SEPA debit ···· 3204", Outcome: "Succeeds later"},
		{Number: SEPAFails, Label: "SEPA debit ···· 3205", Outcome: "Fails later"},
	},
}

// newCardForm shows what was sent before, or the first choice, for the types of payment method.
func newCardForm(types []string, sent url.Values, wrong *problem) cardForm {
	f := cardForm{Problem: wrong, Legend: "Card", Focus: "card", Number: sent.Get("number"), Expiry: sent.Get("expiry"), Other: sent.Get("card") == "other"}
	for _, kind := range types {
		if kind == "card" {
			f.Choices = append(f.Choices, offered...)
		}
		f.Choices = append(f.Choices, offeredBanks[kind]...)
	}
	chosen := 0
	for i := range f.Choices {
		choice := &f.Choices[i]
		if choice.Label == "" {
			choice.Label = grouped(string(choice.Number))
		}
		if string(choice.Number) == digits(sent.Get("card")) {
			chosen = i
		}
	}
	if !f.Other && len(f.Choices) > 0 {
		f.Choices[chosen].Checked = true
	}
	return f
}

// grouped writes a card number in fours.
func grouped(number string) string {
	var out strings.Builder
	for i, c := range number {
		if i > 0 && i%4 == 0 {
			out.WriteByte(' ')
		}
		out.WriteRune(c)
	}
	return out.String()
}

func digits(number string) string {
	return strings.NewReplacer(" ", "", "-", "").Replace(number)
}

// readCard is the card a form sends: the number in "card", or with card=other the one in "number",
// which needs expiry and cvc.
func readCard(form url.Values, now time.Time) (Card, *problem) {
	chosen := form.Get("card")
	if chosen != "other" {
		if chosen == "" {
			return "", formProblem("card", "Choose a card.")
		}
		return Card(digits(chosen)), nil
	}
	number := digits(form.Get("number"))
	switch {
	case number == "":
		return "", formProblem("number", "Enter the card's number.")
	case !luhn(number):
		return "", formProblem("number", "Your card number is invalid.")
	}
	if text := expiryProblem(form.Get("expiry"), now); text != "" {
		return "", formProblem("expiry", text)
	}
	if cvc := form.Get("cvc"); len(cvc) < 3 || len(cvc) > 4 || !allDigits(cvc) {
		return "", formProblem("cvc", "Enter the card's security code, three or four digits.")
	}
	return Card(number), nil
}

// expiryProblem checks MM/YY or MM/YYYY; a card is good until its month ends.
func expiryProblem(text string, now time.Time) string {
	first, second, _ := strings.Cut(strings.ReplaceAll(text, " ", ""), "/")
	month, err1 := strconv.Atoi(first)
	year, err2 := strconv.Atoi(second)
	if err1 != nil || err2 != nil || month < 1 || month > 12 || year < 0 {
		return "Enter the card's expiry date as month and year, such as 12/34."
	}
	if year < 100 {
		year += 2000
	}
	if !time.Date(year, time.Month(month)+1, 1, 0, 0, 0, 0, time.UTC).After(now) {
		return "Your card's expiry date is in the past."
	}
	return ""
}

// luhn tells whether the number's check digit fits.
func luhn(number string) bool {
	sum := 0
	for i := range len(number) {
		d := int(number[len(number)-1-i] - '0')
		if d < 0 || d > 9 {
			return false
		}
		if i%2 == 1 {
			d *= 2
		}
		sum += d/10 + d%10
	}
	return len(number) >= 12 && sum%10 == 0
}

func allDigits(text string) bool {
	return !strings.ContainsFunc(text, func(c rune) bool { return c < '0' || c > '9' })
}
