package jwtauth

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// object returns the members of a JSON object that encoding/json has found well-formed. It refuses
// one in which two parsers could read different things: text that is not UTF-8, which encoding/json
// would mend, and members whose names differ at most in letter case, of which it would take the last.
func object(raw []byte) (map[string]json.RawMessage, error) {
	if !utf8.Valid(raw) {
		return nil, errUTF8
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return nil, errObject
	}
	members, seen := map[string]json.RawMessage{}, map[string]bool{}
	for d.More() {
		name, member, err := nextMember(d)
		if err != nil {
			return nil, err
		}
		if seen[fold(name)] {
			return nil, errTwice
		}
		seen[fold(name)], members[name] = true, member
	}
	return members, nil
}

func nextMember(d *json.Decoder) (name string, member json.RawMessage, err error) {
	token, err := d.Token()
	name, isText := token.(string)
	if err != nil || !isText || d.Decode(&member) != nil {
		return "", nil, errObject
	}
	return name, member, nil
}

// fold makes names equal that differ in letter case only. Neither direction is enough alone: the long s
// has an upper case but no lower one, and the Kelvin sign the reverse.
func fold(name string) string { return strings.ToLower(strings.ToUpper(name)) }
