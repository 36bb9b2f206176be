package stripetest

import (
	"testing"
	"time"
)

// TestMovedFieldsKeepTheirValues shapes documents by hand that are rare in business: what has taxes,
// discounts and prorations.
func TestMovedFieldsKeepTheirValues(t *testing.T) {
	server := New(&Options{Now: func() time.Time { return time.Unix(1, 0) }})
	t.Cleanup(server.Close)
	account := server.Account("sk_test_shop")
	coupon := object{"id": "TEN", "object": "coupon"}
	tax := []any{object{"amount": 19, "inclusive": true, "tax_rate": object{"id": "txr_1", "object": "tax_rate"}, "taxability_reason": nil, "taxable_amount": 100}}
	for name, test := range map[string]struct {
		document object
		since    release
		gone     string
		want     []any // value, then the way to it
	}{
		"discount":              {object{"object": "discount", "coupon": coupon}, clover, "coupon", []any{"TEN", "source", "coupon"}},
		"deleted discount":      {object{"object": "discount", "coupon": coupon, "deleted": true}, clover, "coupon", []any{"TEN", "source", "coupon"}},
		"promotion code":        {object{"object": "promotion_code", "coupon": coupon}, clover, "coupon", []any{"TEN", "promotion", "coupon"}},
		"subscription discount": {object{"object": "subscription", "discount": object{"id": "di_1", "object": "discount", "coupon": coupon}}, basil, "discount", []any{"di_1", "discounts", 0}},
		"tax of an invoice":     {object{"object": "invoice", "tax": 19, "total_tax_amounts": tax}, basil, "tax", []any{int64(19), "total_taxes", 0, "amount"}},
		"behavior of a tax":     {object{"object": "invoice", "total_tax_amounts": tax}, basil, "total_tax_amounts", []any{"inclusive", "total_taxes", 0, "tax_behavior"}},
		"rate of a tax":         {object{"object": "line_item", "tax_amounts": tax}, basil, "tax_amounts", []any{"txr_1", "taxes", 0, "tax_rate_details", "tax_rate"}},
		"proration line":        {object{"object": "line_item", "type": "invoiceitem", "proration": true, "invoice_item": "ii_1"}, basil, "proration", []any{true, "parent", "invoice_item_details", "proration"}},
		"line without a price":  {object{"object": "line_item", "price": nil}, basil, "price", []any{nil, "pricing"}},
		"invoice item":          {object{"object": "invoiceitem", "subscription": "sub_1", "price": object{"id": "price_1", "product": "prod_1"}}, basil, "price", []any{"price_1", "pricing", "price_details", "price"}},
		"its subscription":      {object{"object": "invoiceitem", "subscription": "sub_1"}, basil, "subscription", []any{"sub_1", "parent", "subscription_details", "subscription"}},
		"invoice of nothing":    {object{"object": "invoice", "subscription": nil}, basil, "subscription", []any{nil, "parent"}},
		"mode":                  {object{"object": "checkout.session", "ui_mode": "embedded"}, dahlia, "", []any{"embedded_page", "ui_mode"}},
		"mode before":           {object{"object": "checkout.session", "ui_mode": "embedded"}, clover, "", []any{"embedded", "ui_mode"}},
		"a deleted object":      {object{"object": "subscription_item", "deleted": true, "id": "si_1"}, endive, "", []any{nil, "discounts"}},
	} {
		t.Run(name, func(t *testing.T) {
			before := account.shape(test.document, test.since-1)
			after := account.shape(test.document, test.since)
			if _, shown := before[test.gone]; !shown && test.gone != "" {
				t.Errorf("%s was gone before its time", test.gone)
			}
			if _, shown := after[test.gone]; shown {
				t.Errorf("%s is still there", test.gone)
			}
			if got := follow(after, test.want[1:]); got != test.want[0] {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func follow(v any, path []any) any {
	for _, step := range path {
		switch step := step.(type) {
		case int:
			v = v.([]any)[step]
		case string:
			o, ok := v.(object)
			if !ok {
				o = v.(map[string]any)
			}
			v = o[step]
		}
	}
	return v
}
