package stripetest

import (
	"fmt"
	"strconv"
	"strings"
)

// decimals are the places of the currencies that have other than two.
var decimals = map[string]int{
	"bif": 0, "clp": 0, "djf": 0, "gnf": 0, "jpy": 0, "kmf": 0, "krw": 0, "mga": 0, "pyg": 0, "rwf": 0,
	"vnd": 0, "vuv": 0, "xaf": 0, "xof": 0, "xpf": 0,
	"bhd": 3, "jod": 3, "kwd": 3, "omr": 3, "tnd": 3,
}

// symbols stand before the amounts of the currencies that have one of their own; others show their code.
var symbols = map[string]string{
	"aud": "A$", "brl": "R$", "cad": "CA$", "cny": "CN¥", "eur": "€", "gbp": "£", "hkd": "HK$", "ils": "₪",
	"inr": "₹", "jpy": "¥", "krw": "₩", "mxn": "MX$", "nzd": "NZ$", "php": "₱", "twd": "NT$", "usd": "$", "vnd": "₫",
}

// money writes an amount of minor units as people read it: $1,234.50, ¥500, KWD 1.250. It is the one
// place that knows how many decimals a currency has.
func money(amount int64, currency string) string {
	places, special := decimals[currency]
	if !special {
		places = 2
	}
	sign, digits := "", strconv.FormatInt(amount, 10)
	if amount < 0 {
		sign, digits = "-", digits[1:]
	}
	if short := places + 1 - len(digits); short > 0 {
		digits = strings.Repeat("0", short) + digits
	}
	whole, fraction := digits[:len(digits)-places], digits[len(digits)-places:]
	if fraction != "" {
		fraction = "." + fraction
	}
	symbol, ok := symbols[currency]
	if !ok {
		symbol = strings.ToUpper(currency) + "\u00a0"
	}
	return sign + symbol + thousands(whole) + fraction
}

func thousands(whole string) string {
	for at := len(whole) - 3; at > 0; at -= 3 {
		whole = whole[:at] + "," + whole[at:]
	}
	return whole
}

// interval writes how often a price recurs, " per month" or " every 3 months"; nothing for a one-time one.
func interval(price object) string {
	recurring := price.hash("recurring")
	switch n := recurring.int("interval_count"); {
	case recurring == nil:
		return ""
	case n > 1:
		return fmt.Sprintf(" every %d %ss", n, recurring.str("interval"))
	}
	return " per " + recurring.str("interval")
}

// per writes what a price costs: "$10.00 per month", "$25.00 every 3 months", "$5.00".
func per(price object) string {
	return money(price.int("unit_amount"), price.str("currency")) + interval(price)
}

// manyOf writes a quantity of a price: "3 × $10.00 per month".
func manyOf(quantity int64, price object) string {
	if quantity == 1 {
		return per(price)
	}
	return fmt.Sprintf("%d × %s", quantity, per(price))
}
