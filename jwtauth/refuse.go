package jwtauth

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/golang-jwt/jwt/v5"

	"github.com/manytenants/payments"
)

var (
	errTooLong   = errors.New("the token is longer than 8 KiB")
	errAlphabet  = errors.New("the token has a character outside base64url")
	errObject    = errors.New("a part of the token is not a JSON object")
	errUTF8      = errors.New("a part of the token is not UTF-8")
	errTwice     = errors.New("a part of the token has one member twice")
	errCritical  = errors.New("the token's header has an extension that must be understood")
	errKeyID     = errors.New("the token's key id is not a string of at most 256 characters")
	errNoKey     = errors.New("no key for the token's algorithm and key id")
	errBoth      = errors.New("the token is for developers and end users at once")
	errNoProject = errors.New("the token names no project, and the claimed one is not the user's")
)

// refuse makes the one error that a caller sees of a token that is not accepted. Whether a token has
// expired is told, because the remedy is the caller's, and because its signature was right; everything
// else stays in the log, so that a forger learns nothing from the answers.
func refuse(cause error) error {
	message := "The bearer token is not accepted."
	switch {
	case errors.Is(cause, jwt.ErrTokenExpired):
		message = "The bearer token has expired; sign in again."
	case errors.Is(cause, errNoProject):
		message = "The bearer token doesn't give access to a project."
	}
	return &payments.Error{Kind: payments.ErrUnauthenticated, Message: message, Err: cause}
}

// withoutToken drops the one cause whose text would quote the token: encoding/json repeats a number
// that it can't represent, at full length.
func withoutToken(err error) error {
	var quoting *json.UnmarshalTypeError
	if errors.As(err, &quoting) {
		return fmt.Errorf("%w: a member has the wrong type", jwt.ErrTokenMalformed)
	}
	return err
}

// problems collects what is wrong with settings, so that the host learns all of it at once.
type problems []error

func (p *problems) require(ok bool, format string, args ...any) {
	if !ok {
		*p = append(*p, fmt.Errorf("jwtauth: "+format, args...))
	}
}

func (p *problems) err() error { return errors.Join(*p...) }
