package httpadapter_test

import (
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/manytenants/payments"
)

func (a answer) table() (header []string, rows []map[string]string) {
	a.t.Helper()
	records, err := csv.NewReader(strings.NewReader(a.body)).ReadAll()
	if err != nil || len(records) == 0 {
		a.t.Fatalf("%v: %s", err, a.body)
	}
	for _, record := range records[1:] {
		row := map[string]string{}
		for i, name := range records[0] {
			row[name] = record[i]
		}
		rows = append(rows, row)
	}
	return records[0], rows
}

var asCSV = header("Accept", "text/csv")

func TestCSVHasTheRowsAndNamesOfTheJSON(t *testing.T) {
	w := newWorld(t)
	w.record("shop", payments.Test, 1, func(s *payments.Subscription, p *payments.Payment) {
		s.PlanName, s.TrialEnd, p.Description, p.Amount = "Pro, \"large\"\nsize", date(2026, 4, 1), "", -500
	})
	w.record("atelier", payments.Live, 2, nil)
	for list, name := range map[string]string{"/subscriptions": "subscriptions", "/transactions": "payments"} {
		items := w.do("GET", list, alice, "").want(200).items(name)
		got := w.do("GET", list, alice, "", asCSV).want(200)
		header, rows := got.table()
		if disposition := got.header.Get("Content-Disposition"); disposition != `attachment; filename="`+list[1:]+`.csv"` {
			t.Errorf("Content-Disposition %s", disposition)
		}
		if len(rows) != len(items) || len(header) != len(items[0]) {
			t.Fatalf("%s: %s", list, got.body)
		}
		for i, item := range items {
			for field := range item {
				if !slices.Contains(header, field) {
					t.Errorf("%s: no column %s", list, field)
				}
			}
			if rows[i]["id"] != item["id"] || rows[i]["created_at"] != item["created_at"] {
				t.Errorf("%s: row %d is %v", list, i, rows[i])
			}
		}
	}
	_, rows := w.do("GET", "/subscriptions?project_id=shop", alice, "", asCSV).table()
	if r := rows[0]; r["plan_name"] != "Pro, \"large\"\nsize" || r["amount_cents"] != "1900" || r["is_test_mode"] != "true" || r["cancel_at"] != "" ||
		r["trial_end"] != "2026-04-01T00:00:00Z" {
		t.Errorf("%v", r)
	}
	_, rows = w.do("GET", "/transactions?project_id=shop", alice, "", asCSV).table()
	if r := rows[0]; r["amount_cents"] != "-500" || r["description"] != "" {
		t.Errorf("%v", r)
	}
}

func TestCSVRunsNoFormulas(t *testing.T) {
	w := newWorld(t)
	for i, text := range []string{"=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "＝1", "'=1", "1=1"} {
		w.record("shop", payments.Test, i, func(s *payments.Subscription, p *payments.Payment) { s.PlanName, p.Description = text, text })
	}
	_, rows := w.do("GET", "/subscriptions", alice, "", asCSV).table()
	for _, r := range rows {
		if strings.ContainsAny(r["plan_name"][:1], "=+-@\t\r") || strings.HasPrefix(r["plan_name"], "＝") || r["project_name"] != "'=Shop" {
			t.Errorf("%q", r)
		}
	}
	if rows[0]["plan_name"] != "1=1" || rows[1]["plan_name"] != "'=1" {
		t.Errorf("harmless texts were changed: %v", rows[:2])
	}
}

func TestCSVStreamsEveryPage(t *testing.T) {
	w := newWorld(t)
	const n = 230
	for i := range n {
		w.record("shop", payments.Test, i, nil)
	}
	_, rows := w.do("GET", "/transactions?page=3&page_size=2", alice, "", asCSV).want(200).table()
	if len(rows) != n || rows[0]["created_at"] <= rows[n-1]["created_at"] {
		t.Errorf("%d rows", len(rows))
	}
	if _, rows = w.do("GET", "/transactions?status=failed", alice, "", asCSV).want(200).table(); len(rows) != 0 {
		t.Errorf("%d rows", len(rows))
	}
}

func TestCSVThatFailsNeverLooksWhole(t *testing.T) {
	w := newWorld(t)
	for i := range 150 {
		w.record("shop", payments.Test, i, nil)
	}
	pages := 0
	for _, fault := range []func() error{
		func() error {
			if pages++; pages > 1 {
				return errors.New("the disk is gone")
			}
			return nil
		},
		func() error {
			if pages++; pages > 1 {
				panic("the disk is gone")
			}
			return nil
		},
	} {
		pages = 0
		w.store.fault.Store(&fault)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.web.URL+prefix+"/transactions", nil)
		w.must(err)
		r.Header.Set("Accept", "text/csv")
		r.Header.Set("Authorization", "Bearer "+alice)
		response, err := w.web.Client().Do(r)
		w.must(err)
		text, err := io.ReadAll(response.Body)
		w.must(response.Body.Close())
		if err == nil || !strings.Contains(string(text), "in_shoptest149") {
			t.Errorf("read %d bytes, error %v", len(text), err)
		}
		if id := response.Header.Get("X-Request-ID"); !strings.Contains(w.log.String(), id) {
			t.Errorf("request %s isn't in the log", id)
		}
	}
	broken := func() error { return errors.New("the disk is gone") }
	w.store.fault.Store(&broken)
	w.do("GET", "/transactions", alice, "", asCSV).want(503)
}
