package jwtauth_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/jwtauth"
)

// claimCase replaces one claim of a token that is valid otherwise.
type claimCase struct {
	rule  string
	value string // JSON; empty takes the claim away
	ok    bool
}

func checkClaim(t *testing.T, name string, cases []claimCase) {
	t.Helper()
	auth := hmacAuth(t)
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			if token := endUserToken(name, c.value); c.ok {
				accepted(t, auth, token)
			} else {
				refused(t, auth, token)
			}
		})
	}
}

func TestIssuerMustBeExact(t *testing.T) {
	checkClaim(t, "iss", []claimCase{
		{"ours", `"https://login.example"`, true},
		{"missing", ``, false},
		{"empty", `""`, false},
		{"null", `null`, false},
		{"another", `"https://login.other"`, false},
		{"a prefix of ours", `"https://login.exampl"`, false},
		{"ours with more", `"https://login.example.evil"`, false},
		{"a trailing slash", `"https://login.example/"`, false},
		{"another case", `"https://LOGIN.example"`, false},
		{"an array", `["https://login.example"]`, false},
		{"a number", `1`, false},
	})
}

func TestAudienceMustNameUs(t *testing.T) {
	checkClaim(t, "aud", []claimCase{
		{"ours", `"payments-end-users"`, true},
		{"another and ours", `["other","payments-end-users"]`, true},
		{"missing", ``, false},
		{"empty", `""`, false},
		{"null", `null`, false},
		{"another", `"other"`, false},
		{"no audience", `[]`, false},
		{"only others", `["other","another"]`, false},
		{"nulls", `[null]`, false},
		{"a number", `7`, false},
		{"a number beside ours", `["payments-end-users",7]`, false},
		{"an object", `{"payments-end-users":true}`, false},
		{"a nested array", `[["payments-end-users"]]`, false},
	})
}

func TestExpiryMustBeATime(t *testing.T) {
	checkClaim(t, "exp", []claimCase{
		{"a fraction of a second", fmt.Sprintf("%d.5", now.Unix()+60), true},
		{"missing", ``, false},
		{"null", `null`, false},
		{"zero", `0`, false},
		{"negative", `-1`, false},
		{"a string", `"1900000000"`, false},
		{"true", `true`, false},
		{"beyond any date", `1e300`, false},
		{"beyond a float", `1e999`, false},
		{"two to the 63rd", `9223372036854775808`, false},
		{"after the year 9999", `253402300800`, false},
		{"an array", `[1900000000]`, false},
	})
}

func TestIssuedAtAndNotBeforeMustBeTimes(t *testing.T) {
	for _, name := range []string{"iat", "nbf"} {
		t.Run(name, func(t *testing.T) {
			checkClaim(t, name, []claimCase{
				{"missing", ``, true},
				{"zero", `0`, true},
				{"null", `null`, false},
				{"a string", `"0"`, false},
				{"negative", `-1`, false},
				{"beyond any date", `1e300`, false},
			})
		})
	}
}

func TestTimesHaveALeewayOf30Seconds(t *testing.T) {
	checkTimes(t, hmacAuth(t), 30)
}

func TestLeewayCanBeSet(t *testing.T) {
	opts := hmacOptions(endUsersAud, endUserSecret)
	opts.Leeway = 5 * time.Minute
	checkTimes(t, newAuth(t, opts), 300)
}

func checkTimes(t *testing.T, auth *jwtauth.Auth, leeway int) {
	t.Helper()
	cases := []struct {
		claim  string
		offset int
		ok     bool
	}{
		{"exp", -leeway + 1, true}, {"exp", -leeway, false}, {"exp", -leeway - 1, false},
		{"nbf", leeway - 1, true}, {"nbf", leeway, true}, {"nbf", leeway + 1, false},
		{"iat", leeway - 1, true}, {"iat", leeway, true}, {"iat", leeway + 1, false},
		{"iat", 3600, false}, {"nbf", -3600, true}, {"iat", -3600, true},
	}
	for _, c := range cases {
		t.Run(fmt.Sprintf("%s%+d", c.claim, c.offset), func(t *testing.T) {
			token := endUserToken(c.claim, fmt.Sprint(now.Unix()+int64(c.offset)))
			if c.ok {
				accepted(t, auth, token)
			} else {
				refused(t, auth, token)
			}
		})
	}
}

func TestTimesFollowTheClock(t *testing.T) {
	opts := hmacOptions(endUsersAud, endUserSecret)
	at := now
	opts.Now = func() time.Time { return at }
	auth := newAuth(t, opts)
	token := endUserToken()
	accepted(t, auth, token)
	at = now.Add(time.Hour + time.Minute)
	refused(t, auth, token)
}

func TestOnlyATrueTokenIsToldThatItExpired(t *testing.T) {
	expired := endUserToken("exp", fmt.Sprint(now.Unix()-3600))
	forged := mint("HS256", []byte(developerSecret), hsHeader, payload("exp", fmt.Sprint(now.Unix()-3600)))
	for token, told := range map[string]bool{expired: true, forged: false} {
		_, err := hmacAuth(t).EndUser(t.Context(), token, "")
		checkRefusal(t, token, err)
		var refusal *payments.Error
		if errors.As(err, &refusal) && strings.Contains(refusal.Message, "expired") != told {
			t.Errorf("message %q, want it to tell of expiry: %v", refusal.Message, told)
		}
	}
}

// badSubjects are wrong for either kind of caller.
var badSubjects = []claimCase{
	{rule: "missing", value: ``},
	{rule: "empty", value: `""`},
	{rule: "null", value: `null`},
	{rule: "a number", value: `7`},
	{rule: "an object", value: `{"id":"user-1"}`},
	{rule: "1 KiB", value: `"` + strings.Repeat("a", 1024) + `"`},
	{rule: "with NUL", value: `"user\u0000-1"`},
	{rule: "with a line break", value: `"user\n1"`},
	{rule: "with half a surrogate pair", value: `"user\ud800"`},
	{rule: "with other letters", value: `"usér"`},
	{rule: "a space", value: `" "`},
	{rule: "a space at the end", value: `"user-1 "`},
}

func TestSubjectOfAnEndUserIsAUserID(t *testing.T) {
	checkClaim(t, "sub", append([]claimCase{
		{"a user id", `"user-1"`, true},
		{"escaped", `"\u0075ser-1"`, true},
		{"129 characters", `"` + strings.Repeat("a", 129) + `"`, false},
		{"a dot", `"."`, false},
		{"a path", `"../user-1"`, false},
		{"a pipe", `"auth0|1"`, false},
	}, badSubjects...))
}

func TestSubjectOfADeveloperIsPrintable(t *testing.T) {
	for _, c := range append([]claimCase{
		{"a plain one", `"dev-1"`, true},
		{"an OpenID Connect one", `"auth0|5f7c8ec7c33c6c004bbafe82"`, true},
		{"a distinguished name", `"CN=Ada Lovelace,O=Example"`, true},
		{"255 characters", `"` + strings.Repeat("a", 255) + `"`, true},
		{"256 characters", `"` + strings.Repeat("a", 256) + `"`, false},
		{"with DEL", `"dev\u007f"`, false},
	}, badSubjects...) {
		t.Run(c.rule, func(t *testing.T) {
			token := developerToken("sub", c.value)
			developer, err := hmacAuth(t).Developer(t.Context(), token)
			if c.ok {
				if err != nil || developer.ID == "" {
					t.Errorf("got %+v, %v; want a developer", developer, err)
				}
				return
			}
			checkRefusal(t, token, err)
			if developer != (payments.Developer{}) {
				t.Errorf("claims came with an error: %+v", developer)
			}
		})
	}
}

func TestProjectMustBeAProjectID(t *testing.T) {
	checkClaim(t, "project_id", []claimCase{
		{"a project id", `"shop"`, true},
		{"missing", ``, false},
		{"null", `null`, false},
		{"empty", `""`, false},
		{"a number", `1`, false},
		{"a list", `["shop"]`, false},
		{"a path", `"../shop"`, false},
		{"with NUL", `"shop\u0000"`, false},
		{"129 characters", `"` + strings.Repeat("a", 129) + `"`, false},
	})
}

func TestEmailIsPassedOnIfItIsOne(t *testing.T) {
	cases := []struct{ rule, value, want string }{
		{"an address", `"ada@example.com"`, "ada@example.com"},
		{"missing", ``, ""},
		{"null", `null`, ""},
		{"empty", `""`, ""},
		{"no address", `"ada"`, ""},
		{"with a name", `"Ada <ada@example.com>"`, ""},
		{"two", `"ada@example.com, eve@example.com"`, ""},
		{"with a line break", `"ada@example.com\r\nBcc: eve@example.com"`, ""},
		{"255 characters", `"` + strings.Repeat("a", 243) + `@example.com"`, ""},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			user, err := hmacAuth(t).EndUser(t.Context(), endUserToken("email", c.value), "")
			if err != nil || user.Email != c.want {
				t.Errorf("got %q, %v; want %q", user.Email, err, c.want)
			}
		})
	}
	refused(t, hmacAuth(t), endUserToken("email", `["ada@example.com"]`))
}

func TestClaimsCanBeRenamed(t *testing.T) {
	opts := hmacOptions(endUsersAud, endUserSecret)
	opts.ProjectClaim, opts.EmailClaim = "https://shop.example/project", "mail"
	token := endUserToken("project_id", `"other"`, "https://shop.example/project", `"shop"`, "mail", `"eve@example.com"`)
	user, err := newAuth(t, opts).EndUser(t.Context(), token, "")
	if want := (payments.EndUser{Project: "shop", ID: "user-1", Email: "eve@example.com"}); err != nil || user != want {
		t.Errorf("got %+v, %v; want %+v", user, err, want)
	}
}

func TestNoMemberMayComeTwice(t *testing.T) {
	auth := hmacAuth(t)
	for _, members := range []string{
		`"sub":"user-2"`, `"sub":"user-1"`, `"Sub":"user-2"`, `"\u0073ub":"user-2"`, `"\u017fub":"user-2"`,
		`"exp":1`, `"EXP":1`, `"aud":"other"`, `"iss":"other"`, `"project_id":"other"`, `"Project_ID":"other"`,
		`"\u212ay":1,"ky":2`, `"x":1,"x":1`,
	} {
		t.Run(members, func(t *testing.T) {
			refused(t, auth, mint("HS256", []byte(endUserSecret), hsHeader, plus(payload(), members)))
		})
	}
	for _, header := range []string{
		`{"alg":"HS256","alg":"HS256"}`, `{"alg":"none","alg":"HS256"}`, `{"alg":"HS256","Alg":"none"}`, `{"alg":"HS256","kid":"a","kid":"b"}`,
	} {
		t.Run(header, func(t *testing.T) {
			refused(t, auth, mint("HS256", []byte(endUserSecret), header, payload()))
		})
	}
	accepted(t, auth, mint("HS256", []byte(endUserSecret), hsHeader, plus(payload(), `"roles":{"sub":"x","x":[{"sub":"y"}]}`)))
}

func TestOnlyAnotherSpellingOfAClaimIsNone(t *testing.T) {
	for _, name := range []string{"sub", "iss", "aud", "exp", "project_id"} {
		title := strings.ToUpper(name[:1]) + name[1:]
		original := payload()
		claims := strings.Replace(original, `"`+name+`":`, `"`+title+`":`, 1)
		if claims == original {
			t.Fatalf("%s was not respelled", name)
		}
		refused(t, hmacAuth(t), mint("HS256", []byte(endUserSecret), hsHeader, claims))
	}
}

func TestClaimsMustBeAnObjectInUTF8(t *testing.T) {
	auth := hmacAuth(t)
	for _, claims := range []string{
		``, `null`, `[]`, `"x"`, `1`, `{`, `{}`, `{"sub":`, `[` + payload() + `]`, payload() + `{}`, payload() + `x`,
		"\xef\xbb\xbf" + payload(), plus(payload(), "\"x\":\"\xff\""), plus(payload(), "\"\xc3\":1"), plus(payload(), `"x":NaN`),
		strings.Replace(payload(), "user-1", "user\xff", 1), strings.Replace(payload(), "user-1", "user\x00", 1),
	} {
		t.Run(fmt.Sprintf("%q", claims), func(t *testing.T) {
			refused(t, auth, mint("HS256", []byte(endUserSecret), hsHeader, claims))
		})
	}
}
