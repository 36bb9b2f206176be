package stripetest

import (
	"net/http"
	"testing"
)

func TestAnOperationThatPanicsReleasesItsIdempotencyKey(t *testing.T) {
	s := New(nil)
	defer s.Close()
	a := s.Account("sk_test_shop")
	x := &exchange{
		server: s, log: Request{Method: http.MethodPost, Path: "/v1/customers", IdempotencyKey: "key-1"}, call: &call{Account: a, version: defaultVersion},
		route: route{run: func(*call) (object, error) { panic("oops") }},
	}
	for range 2 {
		if kept, err := x.claim(); kept != nil || err != nil {
			t.Fatalf("the key remembers %v, %v", kept, err)
		}
		func() {
			defer func() {
				if p := recover(); p != "oops" {
					t.Errorf("recovered %v", p)
				}
			}()
			x.run(nil)
		}()
	}
}
