package jwtauth_test

import (
	"strings"
	"testing"
	"time"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/jwtauth"
)

func TestASignersTokensAreAccepted(t *testing.T) {
	opts := hmacOptions(endUsersAud, endUserSecret)
	opts.ProjectClaim, opts.EmailClaim, opts.Keys[0].ID = "prj", "mail", "k1"
	signer := must(jwtauth.NewSigner(opts, time.Hour))
	want := payments.EndUser{Project: "shop", ID: "user-1", Email: "ada@example.com"}
	got, err := newAuth(t, opts).EndUser(t.Context(), must(signer.EndUser(want)), "")
	if err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}

	developers := must(jwtauth.NewSigner(hmacOptions(developersAud, developerSecret), time.Hour))
	developer, err := hmacAuth(t).Developer(t.Context(), must(developers.Developer(payments.Developer{ID: "dev|1"})))
	if err != nil || developer.ID != "dev|1" {
		t.Errorf("got %+v, %v; want dev|1", developer, err)
	}
}

func TestASignersTokensNameNoProjectUnlessTheUserHasOne(t *testing.T) {
	signer := must(jwtauth.NewSigner(hmacOptions(endUsersAud, endUserSecret), time.Hour))
	token := must(signer.EndUser(payments.EndUser{ID: "user-1"}))
	refused(t, hmacAuth(t), token)
	user, err := memberAuth(t, &members{answer: true}).EndUser(t.Context(), token, "shop")
	if want := (payments.EndUser{Project: "shop", ID: "user-1"}); err != nil || user != want {
		t.Errorf("got %+v, %v; want %+v", user, err, want)
	}
}

func TestASignersTokensExpire(t *testing.T) {
	opts := hmacOptions(endUsersAud, endUserSecret)
	at := now
	opts.Now = func() time.Time { return at }
	auth := newAuth(t, opts)
	token := must(must(jwtauth.NewSigner(opts, time.Minute)).EndUser(payments.EndUser{Project: "shop", ID: "user-1"}))
	at = now.Add(89 * time.Second)
	accepted(t, auth, token)
	at = now.Add(90 * time.Second)
	refused(t, auth, token)
}

func TestASignerSignsForNobodyUnacceptable(t *testing.T) {
	signer := must(jwtauth.NewSigner(hmacOptions(endUsersAud, endUserSecret), time.Hour))
	for _, user := range []payments.EndUser{
		{}, {ID: "a b"}, {ID: "user-1", Project: "../shop"}, {ID: "user-1", Project: "shop", Email: "ada"},
		{ID: "user-1", Email: strings.Repeat("a", 9000) + "@example.com"},
	} {
		if token, err := signer.EndUser(user); err == nil || token != "" {
			t.Errorf("signed for %.40v", user)
		}
	}
	for _, id := range []payments.DeveloperID{"", " ", "dev\n", payments.DeveloperID(strings.Repeat("a", 256))} {
		if token, err := signer.Developer(payments.Developer{ID: id}); err == nil || token != "" {
			t.Errorf("signed for %.40q", id)
		}
	}
}

func TestASignersSettingsAreThoseOfAVerifier(t *testing.T) {
	cases := []struct {
		rule     string
		opts     jwtauth.VerifierOptions
		lifetime time.Duration
		want     string
	}{
		{"no options", jwtauth.VerifierOptions{}, time.Hour, "Issuer is empty"},
		{"a public key", publicOptions("EdDSA", edKey.Public()), time.Hour, "Keys[0] is not an HMAC key"},
		{"no lifetime", hmacOptions(endUsersAud, endUserSecret), 0, "lifetime is 0s"},
		{"a negative lifetime", hmacOptions(endUsersAud, endUserSecret), -time.Hour, "give a second or more"},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			if signer, err := jwtauth.NewSigner(c.opts, c.lifetime); signer != nil || err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
}
