package payments

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var subscriptionPlace = Object{"proj", Test, KindSubscription, "sub_1"}

func decodeAs[T any](t *testing.T, body string) *T {
	t.Helper()
	v := new(T)
	if err := json.Unmarshal([]byte(body), v); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return v
}

func subscriptionOf(t *testing.T, body string) Subscription {
	t.Helper()
	r := decodeAs[subscriptionObject](t, body).record(subscriptionPlace, "user")
	if r.ID == "" {
		t.Error("the record has no ID")
	}
	r.ID = ""
	return r
}

// item is one subscription item's JSON; extra stands beside its id.
func item(id string, unit int64, interval string, count int, extra string) string {
	return fmt.Sprintf(`{"id":%q,"object":"subscription_item",%s"price":{"id":"price_%s","object":"price","currency":"USD","unit_amount":%d,
		"nickname":"Plan %s","product":"prod_1","recurring":{"interval":%q,"interval_count":%d}}}`, id, extra, id, unit, id, interval, count)
}

func subscriptionBody(status, extra string, items ...string) string {
	return fmt.Sprintf(`{"id":"sub_1","object":"subscription","status":%q,"customer":"cus_1","created":1700000000,%s
		"items":{"object":"list","data":[%s]}}`, status, extra, strings.Join(items, ","))
}

func TestSubscriptionIsRecordedFieldByField(t *testing.T) {
	got := subscriptionOf(t, subscriptionBody("active", `"cancel_at_period_end":true,"cancel_at":1702592000,"canceled_at":1700100000,"ended_at":null,
		"trial_end":1700000500,"current_period_start":1700000000,"current_period_end":1702592000,`,
		item("si_1", 1900, "month", 1, `"quantity":3,`)))
	want := Subscription{
		Project: "proj", Mode: Test, User: "user", SubscriptionID: "sub_1", CustomerID: "cus_1", Status: "active",
		PlanName: "Plan si_1", PriceID: "price_si_1", ItemID: "si_1", Quantity: 3, Amount: 5700, Currency: "usd", Interval: "month", IntervalCount: 1, MRR: 5700,
		CurrentPeriodStart: time.Unix(1700000000, 0).UTC(), CurrentPeriodEnd: time.Unix(1702592000, 0).UTC(),
		CancelAtPeriodEnd: true, CancelAt: time.Unix(1702592000, 0).UTC(), CanceledAt: time.Unix(1700100000, 0).UTC(),
		TrialEnd: time.Unix(1700000500, 0).UTC(), CreatedAt: time.Unix(1700000000, 0).UTC(),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestPeriodIsReadFromItemsBeforeTheTop(t *testing.T) {
	const top = `"current_period_start":100,"current_period_end":200,`
	for name, c := range map[string]struct {
		extra      string
		items      []string
		start, end int64
	}{
		"top alone (to acacia)":    {top, []string{item("si_1", 1, "month", 1, "")}, 100, 200},
		"items alone (basil)":      {"", []string{item("si_1", 1, "month", 1, `"current_period_start":110,"current_period_end":210,`)}, 110, 210},
		"both: items win":          {top, []string{item("si_1", 1, "month", 1, `"current_period_start":110,"current_period_end":210,`)}, 110, 210},
		"several: the whole span":  {top, []string{item("si_1", 1, "month", 1, `"current_period_start":120,"current_period_end":220,`), item("si_2", 1, "year", 1, `"current_period_start":110,"current_period_end":900,`)}, 110, 900},
		"one without: the others":  {top, []string{item("si_1", 1, "month", 1, ""), item("si_2", 1, "month", 1, `"current_period_start":110,"current_period_end":210,`)}, 110, 210},
		"nulls are as good as out": {`"current_period_start":null,"current_period_end":null,`, []string{item("si_1", 1, "month", 1, `"current_period_start":null,"current_period_end":null,`)}, 0, 0},
		"no items":                 {top, nil, 100, 200},
	} {
		r := subscriptionOf(t, subscriptionBody("active", c.extra, c.items...))
		if r.CurrentPeriodStart != unixTime(c.start) || r.CurrentPeriodEnd != unixTime(c.end) {
			t.Errorf("%s: %v to %v, want %d to %d", name, r.CurrentPeriodStart, r.CurrentPeriodEnd, c.start, c.end)
		}
	}
}

// In flexible billing the portal schedules a cancellation by date and leaves the flag alone.
func TestCancellationByDateAloneIsKept(t *testing.T) {
	r := subscriptionOf(t, subscriptionBody("active", `"cancel_at_period_end":false,"cancel_at":1702592000,`, item("si_1", 1, "month", 1, "")))
	if r.CancelAtPeriodEnd || r.CancelAt != time.Unix(1702592000, 0).UTC() {
		t.Errorf("%v at %v", r.CancelAtPeriodEnd, r.CancelAt)
	}
}

func TestQuantityNullIsOne(t *testing.T) {
	for extra, want := range map[string]int64{"": 1, `"quantity":null,`: 1, `"quantity":0,`: 0, `"quantity":7,`: 7} {
		r := subscriptionOf(t, subscriptionBody("active", "", item("si_1", 100, "month", 1, extra)))
		if r.Quantity != want || r.Amount != 100*want {
			t.Errorf("%s: quantity %d, amount %d", extra, r.Quantity, r.Amount)
		}
	}
}

func TestSeveralItemsAddUp(t *testing.T) {
	r := subscriptionOf(t, subscriptionBody("active", "",
		item("si_1", 1000, "month", 1, `"quantity":2,`), item("si_2", 500, "month", 1, `"quantity":3,`), item("si_3", 1200, "year", 1, "")))
	if r.ItemID != "si_1" || r.PriceID != "price_si_1" || r.Quantity != 2 || r.PlanName != "Plan si_1" {
		t.Errorf("the first item is not the one shown: %+v", r)
	}
	if r.Amount != 2000+1500+1200 || r.MRR != 2000+1500+100 {
		t.Errorf("amount %d, MRR %d", r.Amount, r.MRR)
	}
}

func TestMRRIsExactAndRoundedHalfUp(t *testing.T) {
	for _, c := range []struct {
		unit     int64
		interval string
		count    int
		quantity int
		want     int64
	}{
		{1200, "year", 1, 1, 100},
		{1205, "year", 1, 1, 100}, // 100.41…
		{1206, "year", 1, 1, 101}, // 100.5
		{1207, "year", 1, 1, 101},
		{1206, "year", 2, 1, 50}, // 50.25
		{1000, "month", 1, 1, 1000},
		{1000, "month", 3, 1, 333},
		{1000, "month", 6, 1, 167}, // 166.66…
		{1001, "month", 2, 1, 501}, // 500.5
		{100, "week", 1, 1, 433},   // 433.33…
		{100, "week", 2, 1, 217},   // 216.66…
		{1, "week", 1, 1, 4},
		{100, "day", 1, 1, 3042}, // 3041.66…
		{100, "day", 30, 1, 101}, // 101.38…
		{333, "year", 1, 3, 83},  // 999/12 = 83.25: rounded once, after the sum
		{0, "month", 1, 1, 0},
		{-600, "year", 1, 1, -50},
		{99_999_999, "day", 1, 999_999, 3_041_663_594_583_364}, // no float holds the product
		{1000, "eon", 1, 1, 0},
		{1000, "month", 0, 1, 0},
	} {
		r := subscriptionOf(t, subscriptionBody("active", "", item("si_1", c.unit, c.interval, c.count, fmt.Sprintf(`"quantity":%d,`, c.quantity))))
		if r.MRR != c.want {
			t.Errorf("%d every %d %s x %d: %d a month, want %d", c.unit, c.count, c.interval, c.quantity, r.MRR, c.want)
		}
	}
}

func TestMRRCountsOnlyWhatIsPaidFor(t *testing.T) {
	for status, want := range map[string]int64{
		"active": 1000, "past_due": 1000, "trialing": 0, "incomplete": 0, "incomplete_expired": 0, "canceled": 0, "unpaid": 0, "paused": 0, "someday": 0,
	} {
		r := subscriptionOf(t, subscriptionBody(status, "", item("si_1", 1000, "month", 1, "")))
		if r.MRR != want || r.Amount != 1000 || r.Status != status {
			t.Errorf("%s: MRR %d, amount %d, kept as %q", status, r.MRR, r.Amount, r.Status)
		}
	}
}

func TestOneTimeAndMeteredPricesHaveNoMRR(t *testing.T) {
	for _, price := range []string{
		`{"id":"price_1","currency":"usd","unit_amount":1000,"recurring":null}`,
		`{"id":"price_1","currency":"usd","unit_amount":null,"unit_amount_decimal":"0.5","recurring":{"interval":"month","interval_count":1,"usage_type":"metered"}}`,
	} {
		r := subscriptionOf(t, subscriptionBody("active", "", `{"id":"si_1","price":`+price+`}`))
		if r.MRR != 0 || r.PriceID != "price_1" || r.Currency != "usd" {
			t.Errorf("%+v", r)
		}
	}
}

func TestMinorUnitsStayAsStripeSendsThem(t *testing.T) {
	for currency, unit := range map[string]int64{"jpy": 500, "KWD": 5120, "isk": 500, "ugx": 500, "HUF": 1045, "twd": 800, "usd": 1099, "xyz": 1} {
		body := strings.Replace(subscriptionBody("active", "", item("si_1", unit, "month", 1, "")), "USD", currency, 1)
		if r := subscriptionOf(t, body); r.Amount != unit || r.MRR != unit || r.Currency != strings.ToLower(currency) {
			t.Errorf("%d %s became %d (%d a month) %s", unit, currency, r.Amount, r.MRR, r.Currency)
		}
	}
}

func TestPlanNameIsTheNicknameElseTheProducts(t *testing.T) {
	for price, want := range map[string]string{
		`{"id":"p","nickname":"Gold","product":{"id":"prod_1","object":"product","name":"Suite"}}`: "Gold",
		`{"id":"p","nickname":null,"product":{"id":"prod_1","object":"product","name":"Suite"}}`:   "Suite",
		`{"id":"p","nickname":"","product":"prod_1"}`:                                              "",
		`{"id":"p","product":{"id":"prod_1","object":"product","deleted":true}}`:                   "",
	} {
		if r := subscriptionOf(t, subscriptionBody("active", "", `{"id":"si_1","price":`+price+`}`)); r.PlanName != want {
			t.Errorf("%s: %q, want %q", price, r.PlanName, want)
		}
	}
}

func TestReferencesAreIDsOrObjects(t *testing.T) {
	for customer, want := range map[string]string{
		`"cus_1"`: "cus_1", `null`: "", `{"id":"cus_1","object":"customer","metadata":{"a":"b"}}`: "cus_1",
		`{"id":"cus_1","object":"customer","deleted":true}`: "cus_1",
	} {
		body := strings.Replace(subscriptionBody("active", ""), `"cus_1"`, customer, 1)
		if r := subscriptionOf(t, body); r.CustomerID != want {
			t.Errorf("%s: %q, want %q", customer, r.CustomerID, want)
		}
	}
	for _, customer := range []string{`1`, `[]`, `{"id":1}`, `true`} {
		body := strings.Replace(subscriptionBody("active", ""), `"cus_1"`, customer, 1)
		if err := json.Unmarshal([]byte(body), new(subscriptionObject)); err == nil {
			t.Errorf("%s was read as a reference", customer)
		}
	}
}

func TestEndedAndLiveStatuses(t *testing.T) {
	for status, want := range map[string]string{
		"active": "live", "trialing": "live", "past_due": "live", "canceled": "ended", "incomplete_expired": "ended",
		"incomplete": "", "unpaid": "", "paused": "", "someday": "", "": "",
	} {
		s := Subscription{Status: status}
		if s.Live() != (want == "live") || s.Ended() != (want == "ended") {
			t.Errorf("%q: live %v, ended %v", status, s.Live(), s.Ended())
		}
	}
}
