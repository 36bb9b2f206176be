package jwtauth_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/jwtauth"
)

// signed are all the end-user tokens that the issuers of FuzzVerify ever made. Their algorithms are
// deterministic and their claims fixed, so that the committed seeds stay what their names say.
func signed() []string {
	ed := func(replacements ...string) string {
		return mint("EdDSA", edKey, header("EdDSA", `"kid":"k1"`), payload(replacements...))
	}
	return []string{
		endUserToken(), endUserToken("email", ""), endUserToken("nbf", "0", "aud", fmt.Sprintf(`["other",%q]`, endUsersAud)),
		ed(), ed("sub", `"user-2"`),
	}
}

// FuzzVerify demands of every input that it neither panics nor is accepted unless it is, byte for byte,
// a token that an issuer made.
func FuzzVerify(f *testing.F) {
	auths := []*jwtauth.Auth{hmacAuth(f), newAuth(f, publicOptions("EdDSA", edKey.Public()))}
	made, madeForDeveloper := signed(), developerToken()
	for _, token := range append(made, madeForDeveloper) {
		f.Add(token)
	}
	f.Fuzz(func(t *testing.T, token string) {
		for _, auth := range auths {
			user, err := auth.EndUser(t.Context(), token, "shop")
			if err == nil && !slices.Contains(made, token) {
				t.Errorf("accepted a token that nobody made: %+v", user)
			}
			if err != nil {
				refused(t, auth, token)
			}
			developer, err := auth.Developer(t.Context(), token)
			if err == nil && token != madeForDeveloper {
				t.Errorf("accepted a token that nobody made: %+v", developer)
			}
			if err != nil {
				checkRefusal(t, token, err)
			}
		}
	})
}

// FuzzSignedContent signs whatever comes: an issuer may be careless, but what is accepted of its tokens
// must be an end user within the rules, and just what encoding/json reads in them.
func FuzzSignedContent(f *testing.F) {
	auth := hmacAuth(f)
	f.Add(hsHeader, payload())
	f.Add(header("HS256", `"kid":"k1"`, `"jku":"https://evil.example"`), payload("aud", fmt.Sprintf(`["x",%q]`, endUsersAud)))
	f.Add(header("HS256", `"crit":["exp"]`), payload("exp", "1e999"))
	f.Add(hsHeader, plus(payload("email", `"x"`), `"Sub":"user-2"`))
	f.Fuzz(func(t *testing.T, header, claims string) {
		token := mint("HS256", []byte(endUserSecret), header, claims)
		user, err := auth.EndUser(t.Context(), token, "shop")
		if err != nil {
			refused(t, auth, token)
			return
		}
		var read map[string]any
		if err := json.Unmarshal([]byte(claims), &read); err != nil {
			t.Fatalf("accepted what is not JSON: %v", err)
		}
		if !user.ID.Valid() || !user.Project.Valid() || user.Email != "" && user.Email != read["email"] {
			t.Errorf("accepted %+v", user)
		}
		if user.ID != payments.UserID(fmt.Sprint(read["sub"])) || string(user.Project) != read["project_id"] {
			t.Errorf("got %+v of %v", user, read)
		}
	})
}
