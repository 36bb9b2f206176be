package httpadapter

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/manytenants/payments"
)

// object is a JSON object of a request. Members are read by their exact name and type; err then reports
// everything that was wrong, members that nobody read among it.
type object struct {
	absent  bool // there was no body
	members map[string]json.RawMessage
	read    map[string]bool
	fields  []payments.FieldError
}

// maxReported bounds how many fields, and how much of an unknown one's name, an error repeats.
const maxReported = 32

// parseObject splits JSON that checkJSON has passed.
func parseObject(body []byte) (*object, error) {
	body = bytes.TrimSpace(body)
	if body[0] != '{' {
		return nil, invalid([]payments.FieldError{{Field: "body", Message: "must be a JSON object"}})
	}
	o := &object{read: map[string]bool{}}
	return o, json.Unmarshal(body, &o.members)
}

// take returns a member, and whether it is there.
func (o *object) take(name string) (json.RawMessage, bool) {
	raw, ok := o.members[name]
	if ok {
		o.read[name] = true
	}
	return raw, ok
}

func (o *object) wrong(name, message string) {
	o.fields = append(o.fields, payments.FieldError{Field: name, Message: message})
}

// err reports what was wrong with the members read, and every member that was not.
func (o *object) err() error {
	for _, name := range slices.Sorted(maps.Keys(o.members)) {
		switch {
		case o.read[name]:
		case name == "":
			o.wrong("body", "must not have a field without a name")
		default:
			o.wrong(strings.ToValidUTF8(name[:min(len(name), maxReported)], ""), "is not a field of this request")
		}
	}
	return invalid(o.fields[:min(len(o.fields), maxReported)])
}

func isNull(raw json.RawMessage) bool { return string(raw) == "null" }

// decode reads a member of any type whose JSON begins with one of the given characters.
func (o *object) decode(name string, raw json.RawMessage, begins, message string, into any) bool {
	if strings.IndexByte(begins, raw[0]) >= 0 && json.Unmarshal(raw, into) == nil {
		return true
	}
	o.wrong(name, message)
	return false
}

// text reads a string that must be there and not be empty.
func (o *object) text(name string) (s string) {
	raw, ok := o.take(name)
	if !ok {
		o.wrong(name, "is required")
		return ""
	}
	if o.decode(name, raw, `"`, "must be a string", &s) && s == "" {
		o.wrong(name, "must not be empty")
	}
	return s
}

// choice reads one of several strings; the first is the default.
func (o *object) choice(name string, choices ...string) (s string) {
	raw, ok := o.take(name)
	if !ok {
		return choices[0]
	}
	message := "must be one of " + strings.Join(choices, ", ")
	if o.decode(name, raw, `"`, message, &s) && !slices.Contains(choices, s) {
		o.wrong(name, message)
	}
	return s
}

// flag reads a boolean.
func (o *object) flag(name string, absent bool) bool {
	b := absent
	if raw, ok := o.take(name); ok {
		o.decode(name, raw, "tf", "must be true or false", &b)
	}
	return b
}

// count reads a positive integer, written as one: 1.0 and 1e3 are refused.
func (o *object) count(name string, absent int64) int64 {
	raw, ok := o.take(name)
	if !ok {
		return absent
	}
	n, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil || n < 1 {
		o.wrong(name, "must be a whole number from 1")
	}
	return n
}

// countOrNull reads a positive integer that may be null or absent: both are nil.
func (o *object) countOrNull(name string) *int64 {
	if raw, ok := o.members[name]; !ok || isNull(raw) {
		o.take(name)
		return nil
	}
	n := o.count(name, 0)
	return &n
}

// texts reads an object of strings, which may be null.
func (o *object) texts(name string) map[string]string {
	raw, ok := o.take(name)
	if !ok || isNull(raw) {
		return nil
	}
	members := map[string]*string{}
	o.decode(name, raw, "{", "must be an object of strings", &members)
	texts := make(map[string]string, len(members))
	for key, value := range members {
		if value == nil {
			o.wrong(name, "must be an object of strings")
			break
		}
		texts[key] = *value
	}
	return texts
}

// secret reads a secret's change: absent keeps it, null clears it, a string sets it.
func (o *object) secret(name string) payments.SecretUpdate {
	raw, ok := o.take(name)
	switch {
	case !ok:
		return payments.SecretUpdate{}
	case isNull(raw):
		return payments.ClearSecret()
	}
	var s string
	if o.decode(name, raw, `"`, "must be a string or null", &s) && s == "" {
		o.wrong(name, "must not be empty; null removes the stored value")
	}
	return payments.SetSecret(s)
}
