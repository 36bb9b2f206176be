package httpadapter

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/manytenants/payments"
)

// readBody reads a whole body of at most limit bytes, sent without compression.
func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	if coding := r.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return nil, refuse(errMediaType, "The body must not be compressed.")
	}
	if x, ok := w.(*exchange); ok {
		w = x.ResponseWriter // the server's own, which then closes the connection of a body that is too large
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, payments.ErrTooLarge
	case err != nil:
		return nil, refuse(errMalformed, "The body ended early.")
	}
	return body, nil
}

// readObject reads the JSON object that a request must carry.
func (h *Handler) readObject(w http.ResponseWriter, r *http.Request) (*object, error) {
	o, err := h.readOptionalObject(w, r)
	if err == nil && o.absent {
		return nil, refuse(errMalformed, "The request needs a body: a JSON object.")
	}
	return o, err
}

// readOptionalObject takes an empty body, of any or no media type, for an empty object.
func (h *Handler) readOptionalObject(w http.ResponseWriter, r *http.Request) (*object, error) {
	body, err := readBody(w, r, h.opts.MaxBody)
	if err != nil {
		return nil, err
	}
	if len(body) == 0 {
		return &object{absent: true}, nil
	}
	if !isJSON(r.Header.Values("Content-Type")) {
		return nil, refuse(errMediaType, "The body must be sent as application/json.")
	}
	if err := checkJSON(body); err != nil {
		return nil, err
	}
	return parseObject(body)
}

func isJSON(contentType []string) bool {
	if len(contentType) != 1 {
		return false
	}
	media, params, err := mime.ParseMediaType(contentType[0])
	charset, given := params["charset"]
	return err == nil && media == "application/json" && (!given || strings.EqualFold(charset, "utf-8"))
}

// checkJSON refuses what one JSON parser reads otherwise than another: invalid UTF-8, lone surrogates, a
// name that stands twice, anything after the value, and nesting beyond the standard library's 10,000.
func checkJSON(body []byte) error {
	switch {
	case !utf8.Valid(body):
		return refuse(errMalformed, "The body is not valid UTF-8.")
	case !json.Valid(body):
		return refuse(errMalformed, "The body is not valid JSON.")
	case hasLoneSurrogate(body):
		return refuse(errMalformed, "The body has a \\u escape that is no character.")
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	return checkNames(decoder)
}

// checkNames walks the decoder's next value for an object with a name twice.
func checkNames(decoder *json.Decoder) error {
	token, err := decoder.Token()
	if err != nil {
		return refuse(errMalformed, "The body is not valid JSON.")
	}
	delim, compound := token.(json.Delim)
	if !compound {
		return nil
	}
	names := map[any]bool{}
	for decoder.More() {
		if delim == '{' {
			name, err := decoder.Token()
			if err != nil || names[name] {
				return refuse(errMalformed, "The body has an object with the same name twice.")
			}
			names[name] = true
		}
		if err := checkNames(decoder); err != nil {
			return err
		}
	}
	_, err = decoder.Token() // the closing delimiter
	return err
}

// hasLoneSurrogate looks for half of a \u pair in valid JSON. The decoder would replace it in silence.
func hasLoneSurrogate(body []byte) bool {
	for i := 0; i < len(body); i++ {
		if body[i] != '\\' {
			continue
		}
		i++ // the escaped character, which may be a backslash
		if body[i] != 'u' {
			continue
		}
		first := hexRune(body[i+1:])
		i += 4
		switch {
		case first >= 0xDC00 && first < 0xE000:
			return true
		case first < 0xD800 || first >= 0xE000:
			continue
		}
		if !bytes.HasPrefix(body[i+1:], []byte(`\u`)) {
			return true
		}
		if second := hexRune(body[i+3:]); second < 0xDC00 || second >= 0xE000 {
			return true
		}
		i += 6
	}
	return false
}

// hexRune reads the four hexadecimal digits that json.Valid has seen.
func hexRune(digits []byte) (r rune) {
	for _, c := range bytes.ToLower(digits[:4]) {
		r = r<<4 | rune(strings.IndexByte("0123456789abcdef", c))
	}
	return r
}
