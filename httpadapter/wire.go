package httpadapter

import (
	"time"

	"github.com/manytenants/payments"
)

// The wire shapes stand beside their handlers. A nullable field is a pointer, and always present.

// orNull is null for an empty string.
func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// wireTime is UTC, to the microsecond that stores keep.
func wireTime(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// timeOrNull is null for the zero time.
func timeOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = wireTime(t)
	return &t
}

// pageWire is what every page says of itself beside its items.
type pageWire struct {
	Total      int64   `json:"total"`
	Page       int     `json:"page"`
	PageSize   int     `json:"page_size"`
	NextCursor *string `json:"next_cursor"`
}

func pageOf[T any](p payments.Page[T]) pageWire {
	return pageWire{Total: p.Total, Page: p.Number, PageSize: p.Size, NextCursor: orNull(p.NextCursor)}
}

// each converts the items of a page; none are an empty array, never null.
func each[From, To any](items []From, convert func(From) To) []To {
	out := make([]To, len(items))
	for i, item := range items {
		out[i] = convert(item)
	}
	return out
}
