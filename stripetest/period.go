package stripetest

import (
	"math/big"
	"time"
)

// periodEnd is the first moment after start that lies a whole number of intervals from the
// subscription's anchor. Months keep the anchor's day, or end on their last one.
func periodEnd(s object, start int64) int64 {
	_, end := boundaries(s, start)
	return end
}

// boundaries are the billing moments around a time: the last one at or before it, the first one
// after it. The anchor is one of them, whether past or to come.
func boundaries(s object, at int64) (from, to int64) {
	interval, count := intervalOf(s.data("items"))
	anchor := time.Unix(s.int("billing_cycle_anchor"), 0).UTC()
	n := intervalsBetween(anchor, time.Unix(at, 0).UTC(), interval) / count * count
	moment := func(n int) int64 { return addInterval(anchor, interval, n).Unix() }
	for moment(n) > at {
		n -= count
	}
	for moment(n+count) <= at {
		n += count
	}
	return moment(n), moment(n + count)
}

// intervalsBetween is a first guess at how many intervals lie between two times.
func intervalsBetween(from, to time.Time, interval string) int {
	switch days := int(to.Sub(from) / (24 * time.Hour)); interval {
	case "day":
		return days
	case "week":
		return days / 7
	case "year":
		return days / 365
	default:
		return days / 30
	}
}

// intervalOf is the billing interval, which all items of a subscription share.
func intervalOf(items []object) (interval string, count int) {
	r := items[0].hash("price").hash("recurring")
	return r.str("interval"), int(r.int("interval_count"))
}

func addInterval(t time.Time, interval string, n int) time.Time {
	switch interval {
	case "day":
		return t.AddDate(0, 0, n)
	case "week":
		return t.AddDate(0, 0, 7*n)
	case "year":
		n *= 12
	}
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(t.Day(), last)-1)
}

// share is part/whole of an amount, rounded half away from zero.
func share(amount, part, whole int64) int64 {
	if part == whole {
		return amount
	}
	product := new(big.Int).Mul(big.NewInt(2*amount), big.NewInt(part))
	half := big.NewInt(whole)
	if amount < 0 {
		half.Neg(half)
	}
	return product.Add(product, half).Quo(product, big.NewInt(2*whole)).Int64()
}
