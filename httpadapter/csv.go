package httpadapter

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/manytenants/payments"
)

// writeCSV streams a whole list, page by page, so that its length costs no memory. A failure before the
// first row is a problem document; one after it cuts the connection.
func writeCSV[Item, Row any](
	w http.ResponseWriter, r *http.Request, name string,
	fetch func(payments.PageRequest) (payments.Page[Item], error), row func(Item) Row,
) error {
	page, err := fetch(payments.PageRequest{Size: 100})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8; header=present")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return nil
	}
	out := csv.NewWriter(w)
	_ = out.Write(columns(reflect.TypeFor[Row]())) // the writer keeps its first error for Flush
	for {
		for _, item := range page.Items {
			_ = out.Write(cells(reflect.ValueOf(row(item))))
		}
		out.Flush()
		if err := out.Error(); err != nil {
			return err
		}
		if page.NextCursor == "" {
			return nil
		}
		_ = http.NewResponseController(w).Flush() // some wrappers can't; the rows then come later
		if page, err = fetch(payments.PageRequest{Size: 100, Cursor: page.NextCursor}); err != nil {
			return err
		}
	}
}

// columns are the JSON names of a wire shape, so that both formats of a list name alike.
func columns(row reflect.Type) (names []string) {
	for field := range row.Fields() {
		if field.Anonymous {
			names = append(names, columns(field.Type)...)
		} else {
			names = append(names, field.Tag.Get("json"))
		}
	}
	return names
}

func cells(row reflect.Value) (texts []string) {
	for field, value := range row.Fields() {
		if field.Anonymous {
			texts = append(texts, cells(value)...)
		} else {
			texts = append(texts, cell(value.Interface()))
		}
	}
	return texts
}

// cell is a value as CSV has it: null is empty.
func cell(v any) string {
	switch v := v.(type) {
	case string:
		return plainText(v)
	case *string:
		if v != nil {
			return plainText(*v)
		}
	case int64:
		return strconv.FormatInt(v, 10)
	case *int64:
		if v != nil {
			return strconv.FormatInt(*v, 10)
		}
	case bool:
		return strconv.FormatBool(v)
	case time.Time:
		return v.Format(time.RFC3339Nano)
	case *time.Time:
		if v != nil {
			return v.Format(time.RFC3339Nano)
		}
	default:
		panic(fmt.Sprintf("httpadapter: no CSV form of %T", v))
	}
	return ""
}

// plainText keeps spreadsheets from running a text as a formula: one that begins like a formula gets
// an apostrophe in front, which they take for "this is text".
func plainText(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(s)[0]) {
		return "'" + s
	}
	return s
}
