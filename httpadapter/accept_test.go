package httpadapter

import (
	"net/http"
	"testing"
)

func TestAcceptHeaderPicksTheFormat(t *testing.T) {
	for accept, csv := range map[string]bool{
		"":                                     false,
		"*/*":                                  false,
		"application/json":                     false,
		"text/csv":                             true,
		"TEXT/CSV; charset=utf-8":              true,
		"text/*":                               true,
		"text/html":                            false,
		"text/csv, application/json":           false,
		"text/csv, application/json;q=0.9":     true,
		"text/csv;q=0.8, application/json":     false,
		"text/csv, */*":                        true,
		"text/csv, */*;q=0.1":                  true,
		"text/csv;q=0":                         false,
		"text/csv;q=0, */*":                    false,
		"text/*;q=0.5, application/*;q=0.4":    true,
		"text/csv;q=2":                         false,
		"text/csv;q=x, application/json;q=0.1": false,
		"garbage, text/csv":                    true,
		", ,text/csv":                          true,
		"text/csv;q=0.3, text/*;q=1, */*;q=.5": false,
	} {
		if got := wantsCSV(&http.Request{Header: http.Header{"Accept": {accept}}}); got != csv {
			t.Errorf("Accept: %s: CSV %v, want %v", accept, got, csv)
		}
	}
	if !wantsCSV(&http.Request{Header: http.Header{"Accept": {"application/json;q=0.5", "text/csv"}}}) {
		t.Error("only the first of two Accept headers counts")
	}
}
