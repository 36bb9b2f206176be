package stripetest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/manytenants/payments/stripetest"
)

func TestTransportHonoursTheClientsTimeoutAndContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		open := make(chan struct{})
		defer close(open)
		deaf := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-open })
		for name, test := range map[string]struct {
			timeout, deadline time.Duration
		}{
			"timeout of the client": {timeout: time.Minute},
			"context":               {deadline: time.Minute},
		} {
			ctx := t.Context()
			if test.deadline > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, test.deadline)
				defer cancel()
			}
			client := &http.Client{Transport: stripetest.Transport(deaf), Timeout: test.timeout}
			begin := time.Now()
			err := fetch(ctx, t, client)
			var timed interface{ Timeout() bool }
			if !errors.As(err, &timed) || !timed.Timeout() || time.Since(begin).Round(time.Second) != time.Minute {
				t.Errorf("%s: %v after %v, want a timeout after a minute", name, err, time.Since(begin))
			}
		}
	})
}

func TestTransportBringsTheHandlersPanicToTheCaller(t *testing.T) {
	client := &http.Client{Transport: stripetest.Transport(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("oops") }))}
	defer func() {
		if p := recover(); p != "oops" {
			t.Errorf("the caller got %v", p)
		}
	}()
	t.Errorf("no panic, but %v", fetch(t.Context(), t, client))
}

func TestTransportCutsTheConnectionOfAHandlerThatAborts(t *testing.T) {
	client := &http.Client{Transport: stripetest.Transport(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))}
	if err := fetch(t.Context(), t, client); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("the caller got %v", err)
	}
}

func fetch(ctx context.Context, t *testing.T, client *http.Client) error {
	t.Helper()
	answer, err := client.Do(must(http.NewRequestWithContext(ctx, http.MethodGet, "http://stripe.test/", nil))(t))
	if err != nil {
		return err
	}
	return answer.Body.Close()
}
