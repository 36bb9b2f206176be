package storetest

import (
	"bytes"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// diff says in words what differs between two values of one type, and "" where nothing does. Times are the same if they are the
// same instant and both in UTC; nil and empty slices and maps are the same.
func diff(got, want any) string {
	var d differences
	d.compare("", reflect.ValueOf(got), reflect.ValueOf(want))
	return strings.Join(d, "; ")
}

type differences []string

// add notes values of any type, reflect.Values among them, which fmt shows as what they hold.
func (d *differences) add(path string, got, want any) {
	if path == "" {
		path = "value"
	}
	*d = append(*d, fmt.Sprintf("%s: got %s, want %s", strings.TrimPrefix(path, "."), show(got), show(want)))
}

func (d *differences) compare(path string, got, want reflect.Value) {
	if got.IsValid() != want.IsValid() || got.IsValid() && got.Type() != want.Type() {
		d.add(path, got, want)
		return
	}
	switch {
	case !got.IsValid():
	case got.Type() == reflect.TypeFor[time.Time]():
		d.compareTimes(path, got.Interface().(time.Time), want.Interface().(time.Time))
	case got.Kind() == reflect.Struct:
		for i := range got.NumField() {
			d.compare(path+"."+got.Type().Field(i).Name, got.Field(i), want.Field(i))
		}
	case got.Type() == reflect.TypeFor[[]byte]():
		if !bytes.Equal(got.Bytes(), want.Bytes()) {
			d.add(path, fmt.Sprintf("%q", got.Bytes()), fmt.Sprintf("%q", want.Bytes()))
		}
	case got.Kind() == reflect.Slice:
		d.compareSlices(path, got, want)
	case got.Kind() == reflect.Map:
		d.compareMaps(path, got, want)
	case !got.Equal(want):
		d.add(path, got, want)
	}
}

func (d *differences) compareTimes(path string, got, want time.Time) {
	if !got.Equal(want) || got.Location() != time.UTC {
		d.add(path, got.Format(time.RFC3339Nano), want.UTC().Format(time.RFC3339Nano))
	}
}

func (d *differences) compareSlices(path string, got, want reflect.Value) {
	if got.Len() != want.Len() {
		d.add(path, got, want)
		return
	}
	for i := range got.Len() {
		d.compare(fmt.Sprintf("%s[%d]", path, i), got.Index(i), want.Index(i))
	}
}

func (d *differences) compareMaps(path string, got, want reflect.Value) {
	if got.Len() != want.Len() {
		d.add(path, got, want)
		return
	}
	for _, key := range want.MapKeys() {
		d.compare(fmt.Sprintf("%s[%v]", path, key), got.MapIndex(key), want.MapIndex(key))
	}
}

// show keeps a long value short.
func show(v any) string {
	text := fmt.Sprintf("%+v", v)
	if r, ok := v.(reflect.Value); ok && r.Kind() == reflect.String {
		text = strconv.Quote(r.String())
	}
	if len(text) > 600 {
		return fmt.Sprintf("%s... (%d bytes)", text[:600], len(text))
	}
	return text
}
