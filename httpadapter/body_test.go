package httpadapter

import (
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSurrogatesMustComeInPairs(t *testing.T) {
	for body, lone := range map[string]bool{
		`"plain"`: false, `"\u0041"`: false, `"\ud83d\ude00"`: false, `"\uD83D\uDE00\ud83d\ude00"`: false, `"\\ud800"`: false,
		`"\\\\ud800"`: false, `"\ue000"`: false, `"\ud7ff"`: false, `"😀"`: false,
		`"\ud83d"`: true, `"\ude00"`: true, `"\ude00\ud83d"`: true, `"\ud83d\ud83d"`: true, `"\ud83dx"`: true, `"\ud83d\n"`: true,
		`"\\\ud800"`: true, `{"\uDFFF":1}`: true, `"\ud83d\u0041"`: true,
	} {
		if got := hasLoneSurrogate([]byte(body)); got != lone {
			t.Errorf("%s: %v, want %v", body, got, lone)
		}
	}
}

// FuzzObject looks for bodies that make the decoder panic, or that it accepts and reads otherwise than encoding/json.
func FuzzObject(f *testing.F) {
	for _, seed := range []string{
		`{"price_id":"p","quantity":1,"metadata":{"a":"b"},"flag":true}`, `{"quantity":null}`, `[]`, `{"a":"\ud83d\ude00"}`, `{"a":1,"a":2}`,
		`{"metadata":{"a":1}}`, "{\"\xff\":1}", `{"price_id":"\u0070"}`, `null`, ` {} `, `{"secret":null}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if len(body) == 0 || checkJSON(body) != nil {
			return
		}
		if !json.Valid(body) || !utf8.Valid(body) {
			t.Fatalf("%q was taken for JSON", body)
		}
		o, err := parseObject(body)
		if err != nil {
			return
		}
		price, quantity := o.text("price_id"), o.count("quantity", 1)
		metadata, flag := o.texts("metadata"), o.flag("flag", false)
		o.secret("secret")
		o.choice("mode", "a", "b")
		if o.err() != nil {
			return
		}
		var want struct {
			Price    string            `json:"price_id"`
			Quantity *int64            `json:"quantity"`
			Metadata map[string]string `json:"metadata"`
			Flag     bool              `json:"flag"`
		}
		if err := json.Unmarshal(body, &want); err != nil {
			t.Fatalf("%q was accepted: %v", body, err)
		}
		if price != want.Price || flag != want.Flag || len(metadata) != len(want.Metadata) || want.Quantity != nil && quantity != *want.Quantity {
			t.Fatalf("%q was read as %q %d %v %v", body, price, quantity, metadata, flag)
		}
	})
}

func TestHostileBodiesCostLittle(t *testing.T) {
	var names strings.Builder
	for i := range 6_000 {
		fmt.Fprintf(&names, `"%x":0,`, i)
	}
	for name, body := range map[string]string{
		"names":   `{"a":{` + names.String() + `"a":0}}`,
		"nesting": strings.Repeat(`{"":`, 9_000) + "1" + strings.Repeat("}", 9_000),
		"escapes": `{"a":"` + strings.Repeat(`\u0041`, 10_000) + `"}`,
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_ = checkJSON([]byte(body))
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 5<<20 {
			t.Errorf("%s: %d bytes allocated for a body of %d", name, n, len(body))
		}
	}
}
