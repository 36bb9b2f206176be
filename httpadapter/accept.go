package httpadapter

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// wantsCSV reports whether the Accept header prefers text/csv to application/json: by quality, and where
// that is equal by which of the two it names more exactly. Without preference the answer is JSON.
func wantsCSV(r *http.Request) bool {
	csvQuality, csvExact := 0.0, -1
	jsonQuality, jsonExact := 0.0, -1
	for part := range strings.SplitSeq(strings.Join(r.Header.Values("Accept"), ","), ",") {
		media, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		quality := 1.0
		if text, given := params["q"]; given {
			if quality, err = strconv.ParseFloat(text, 64); err != nil || quality < 0 || quality > 1 {
				continue
			}
		}
		if exact := exactness(media, "text/csv"); exact > csvExact {
			csvQuality, csvExact = quality, exact
		}
		if exact := exactness(media, "application/json"); exact > jsonExact {
			jsonQuality, jsonExact = quality, exact
		}
	}
	if csvQuality != jsonQuality {
		return csvQuality > jsonQuality
	}
	return csvQuality > 0 && csvExact > jsonExact
}

// exactness is 2 where a media range names the type, 1 and 0 for its wildcards, -1 where it doesn't match.
func exactness(mediaRange, mediaType string) int {
	kind, _, _ := strings.Cut(mediaType, "/")
	switch mediaRange {
	case mediaType:
		return 2
	case kind + "/*":
		return 1
	case "*/*":
		return 0
	}
	return -1
}
