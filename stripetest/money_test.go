package stripetest

import "testing"

func TestMoneyIsWrittenWithTheDecimalsOfItsCurrency(t *testing.T) {
	for _, c := range []struct {
		amount   int64
		currency string
		want     string
	}{
		{1000, "usd", "$10.00"},
		{0, "usd", "$0.00"},
		{5, "eur", "€0.05"},
		{-1999, "gbp", "-£19.99"},
		{123456789, "usd", "$1,234,567.89"},
		{500, "jpy", "¥500"},
		{0, "jpy", "¥0"},
		{50000, "krw", "₩50,000"},
		{1250, "kwd", "KWD\u00a01.250"},
		{7, "bhd", "BHD\u00a00.007"},
		{150000, "isk", "ISK\u00a01,500.00"}, // two decimals on the wire, whatever people write
		{990, "chf", "CHF\u00a09.90"},
	} {
		if got := money(c.amount, c.currency); got != c.want {
			t.Errorf("money(%d, %s) = %q, want %q", c.amount, c.currency, got, c.want)
		}
	}
}

func TestPriceIsWrittenWithItsInterval(t *testing.T) {
	price := func(interval string, count int) object {
		o := object{"unit_amount": int64(1000), "currency": "usd"}
		if interval != "" {
			o["recurring"] = map[string]any{"interval": interval, "interval_count": int64(count)}
		}
		return o
	}
	for want, p := range map[string]object{
		"$10.00":                price("", 0),
		"$10.00 per month":      price("month", 1),
		"$10.00 every 3 months": price("month", 3),
	} {
		if got := per(p); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
