package httpadapter_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// contract is openapi.yaml, and what the tests have seen of it.
var contract = struct {
	doc  *openapi3.T
	mu   sync.Mutex
	seen map[string]int // "operationId status" -> exchanges
}{seen: map[string]int{}}

// TestMain fails unless the tests together reached every status that openapi.yaml documents.
func TestMain(m *testing.M) {
	flag.Parse()
	doc, err := openapi3.NewLoader().LoadFromFile("openapi.yaml")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	contract.doc = doc
	code := m.Run()
	if code == 0 && flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.list").Value.String() == "" {
		code = reportCoverage()
	}
	os.Exit(code)
}

// reportCoverage prints each operation with its statuses and how often each was seen.
func reportCoverage() (code int) {
	var lines []string
	total, missing := 0, 0
	for _, item := range contract.doc.Paths.Map() {
		for _, operation := range item.Operations() {
			line := fmt.Sprintf("%-26s", operation.OperationID)
			for _, status := range slices.Sorted(keys(operation.Responses.Map())) {
				n := contract.seen[operation.OperationID+" "+status]
				line += fmt.Sprintf(" %s:%d", status, n)
				total++
				if n == 0 {
					missing++
					line += "(NOT REACHED)"
				}
			}
			lines = append(lines, line)
		}
	}
	slices.Sort(lines)
	fmt.Printf("openapi.yaml: %d of %d documented statuses reached\n", total-missing, total)
	if missing > 0 || testing.Verbose() {
		fmt.Println(strings.Join(lines, "\n"))
	}
	return min(missing, 1)
}

func keys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// checked is a RoundTripper that holds every exchange against openapi.yaml: a request that succeeds must
// be as described, and every answer must be.
type checked struct {
	t    *testing.T
	next http.RoundTripper
}

// RoundTrip sends the request, and checks it and its answer.
func (c checked) RoundTrip(r *http.Request) (*http.Response, error) {
	var sent []byte
	if r.Body != nil {
		sent, _ = io.ReadAll(r.Body) // a body that breaks off breaks off below, too
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(sent))
	}
	answer, err := c.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	if err != nil {
		return nil, err
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	where := fmt.Sprintf("%s %s: %d", r.Method, r.URL, answer.StatusCode)
	if err := checkExchange(r.Context(), r, sent, answer, body); err != nil {
		c.t.Errorf("%s: %v\n%s", where, err, body)
	}
	return answer, nil
}

func checkExchange(ctx context.Context, r *http.Request, sent []byte, answer *http.Response, body []byte) error {
	if err := checkHeaders(answer, len(body)); err != nil {
		return err
	}
	route, params := findOperation(r.Method, r.URL.Path)
	if route == nil {
		return checkBody("Problem", answer, body)
	}
	contract.mu.Lock()
	contract.seen[fmt.Sprint(route.Operation.OperationID, " ", answer.StatusCode)]++
	contract.mu.Unlock()
	request := r.Clone(ctx)
	request.Body = io.NopCloser(bytes.NewReader(sent))
	input := &openapi3filter.RequestValidationInput{
		Request: request, PathParams: params, Route: route,
		Options: &openapi3filter.Options{
			SkipSettingDefaults: true, IncludeResponseStatus: true, AuthenticationFunc: requireCredentials,
			SchemaValidationOptions: []openapi3.SchemaValidationOption{openapi3.EnableFormatValidation()},
		},
	}
	if answer.StatusCode < 300 {
		if err := openapi3filter.ValidateRequest(ctx, input); err != nil {
			return fmt.Errorf("a request that isn't as documented was served: %w", err)
		}
	}
	reply := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: answer.StatusCode, Header: answer.Header, Options: input.Options,
	}
	if err := openapi3filter.ValidateResponse(ctx, reply.SetBodyBytes(body)); err != nil {
		return err
	}
	return checkNames(route.Operation.Responses.Status(answer.StatusCode).Value.Content, answer, body)
}

// checkHeaders holds for whatever is answered.
func checkHeaders(answer *http.Response, length int) error {
	for name, want := range map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"} {
		if got := answer.Header.Values(name); len(got) != 1 || got[0] != want {
			return fmt.Errorf("%s is %q", name, got)
		}
	}
	if len(answer.Header.Values("X-Request-ID")) != 1 {
		return errors.New("there is not one X-Request-ID")
	}
	if media := answer.Header.Get("Content-Type"); length > 0 && !strings.Contains(media, "charset=utf-8") {
		return fmt.Errorf("the Content-Type is %q", media)
	}
	for name := range answer.Header {
		if strings.HasPrefix(name, "Access-Control-") || name == "Set-Cookie" || name == "Location" {
			return fmt.Errorf("there is a %s header", name)
		}
	}
	return nil
}

func requireCredentials(_ context.Context, input *openapi3filter.AuthenticationInput) error {
	header := "Authorization"
	if input.SecurityScheme.Type == "apiKey" {
		header = input.SecurityScheme.Name
	}
	if input.RequestValidationInput.Request.Header.Get(header) == "" {
		return fmt.Errorf("it was served without %s", header)
	}
	return nil
}

// findOperation is nil for paths and methods that aren't documented.
func findOperation(method, path string) (*routers.Route, map[string]string) {
	segments := strings.Split(strings.TrimPrefix(path, "/api/v1/payments"), "/")
	for pattern, item := range contract.doc.Paths.Map() {
		params, want := map[string]string{}, strings.Split(pattern, "/")
		if len(want) != len(segments) {
			continue
		}
		matches := true
		for i, segment := range want {
			if name, ok := strings.CutPrefix(segment, "{"); ok {
				params[strings.TrimSuffix(name, "}")] = segments[i]
			} else {
				matches = matches && segment == segments[i]
			}
		}
		if operation := item.GetOperation(method); matches && operation != nil {
			return &routers.Route{Spec: contract.doc, Path: pattern, PathItem: item, Method: method, Operation: operation}, params
		}
	}
	return nil, nil
}
