package jwtauth_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/manytenants/payments"
	"github.com/manytenants/payments/jwtauth"
)

func TestATokenSpeaksForItsCaller(t *testing.T) {
	auth := hmacAuth(t)
	developer, err := auth.Developer(t.Context(), developerToken())
	if want := (payments.Developer{ID: "dev|1"}); err != nil || developer != want {
		t.Errorf("got %+v, %v; want %+v", developer, err, want)
	}
	user, err := auth.EndUser(t.Context(), endUserToken(), "")
	if want := (payments.EndUser{Project: "shop", ID: "user-1", Email: "ada@example.com"}); err != nil || user != want {
		t.Errorf("got %+v, %v; want %+v", user, err, want)
	}
}

func TestDevelopersAndEndUsersNeverPassForEachOther(t *testing.T) {
	auth := hmacAuth(t)
	refused(t, auth, developerToken("sub", `"user-1"`))
	token := endUserToken()
	developer, err := auth.Developer(t.Context(), token)
	checkRefusal(t, token, err)
	if developer != (payments.Developer{}) {
		t.Errorf("claims came with an error: %+v", developer)
	}
}

// One identity provider often signs for both audiences with one key.
func TestOneIssuerMaySignForBothAudiencesButNotAtOnce(t *testing.T) {
	opts := publicOptions("EdDSA", edKey.Public())
	endUsers := must(jwtauth.NewVerifier(opts))
	opts.Audience = developersAud
	developers := must(jwtauth.NewVerifier(opts))
	auth := must(jwtauth.New(developers, endUsers, &directory{}, nil))
	sign := func(audience string) string {
		return mint("EdDSA", edKey, header("EdDSA"), payload("aud", audience))
	}

	endUser, developer := sign(`"`+endUsersAud+`"`), sign(`["`+developersAud+`","other"]`)
	accepted(t, auth, endUser)
	refused(t, auth, developer)
	if _, err := auth.Developer(t.Context(), developer); err != nil {
		t.Error(err)
	}
	_, err := auth.Developer(t.Context(), endUser)
	checkRefusal(t, endUser, err)

	both := sign(fmt.Sprintf("[%q,%q]", developersAud, endUsersAud))
	refused(t, auth, both)
	_, err = auth.Developer(t.Context(), both)
	checkRefusal(t, both, err)
}

func TestTheAudienceOfAnotherIssuerMeansNothing(t *testing.T) {
	opts := hmacOptions(developersAud, developerSecret)
	opts.Issuer = "https://staff.example"
	developers := must(jwtauth.NewVerifier(opts))
	endUsers := must(jwtauth.NewVerifier(hmacOptions(endUsersAud, endUserSecret)))
	auth := must(jwtauth.New(developers, endUsers, &directory{}, nil))
	accepted(t, auth, endUserToken("aud", fmt.Sprintf("[%q,%q]", developersAud, endUsersAud)))
}

// members is a host's answer, and how often it was asked for one.
type members struct {
	answer bool
	err    error
	asked  int
}

func (m *members) member(_ context.Context, project payments.ProjectID, user payments.UserID) (bool, error) {
	m.asked++
	return m.answer && project == "shop" && user == "user-1", m.err
}

func memberAuth(t *testing.T, m *members) *jwtauth.Auth {
	t.Helper()
	developers := must(jwtauth.NewVerifier(hmacOptions(developersAud, developerSecret)))
	endUsers := must(jwtauth.NewVerifier(hmacOptions(endUsersAud, endUserSecret)))
	return must(jwtauth.New(developers, endUsers, &directory{}, &jwtauth.Options{Member: m.member}))
}

func TestTheProjectComesFromTheToken(t *testing.T) {
	m := &members{answer: true}
	auth := memberAuth(t, m)
	for _, claimed := range []payments.ProjectID{"", "shop", "other", "../shop"} {
		user, err := auth.EndUser(t.Context(), endUserToken("project_id", `"mine"`), claimed)
		if err != nil || user.Project != "mine" {
			t.Errorf("claimed %q: got %+v, %v; want the token's project", claimed, user, err)
		}
	}
	for _, project := range []string{`""`, `"../shop"`, `7`} {
		if _, err := auth.EndUser(t.Context(), endUserToken("project_id", project), "shop"); !errors.Is(err, payments.ErrUnauthenticated) {
			t.Errorf("project_id %s: got %v; a claimed project must not mend it", project, err)
		}
	}
	if m.asked != 0 {
		t.Errorf("the host was asked %d times about tokens that name a project", m.asked)
	}
}

func TestAClaimedProjectCountsOnlyForItsMembers(t *testing.T) {
	cases := []struct {
		rule    string
		member  bool
		claimed payments.ProjectID
		ok      bool
		asked   int
	}{
		{"a member", true, "shop", true, 1},
		{"not a member", false, "shop", false, 1},
		{"another project", true, "other", false, 1},
		{"no project", true, "", false, 0},
		{"no project id", true, "../shop", false, 0},
	}
	for _, c := range cases {
		t.Run(c.rule, func(t *testing.T) {
			m := &members{answer: c.member}
			user, err := memberAuth(t, m).EndUser(t.Context(), endUserToken("project_id", ""), c.claimed)
			if c.ok && (err != nil || user.Project != c.claimed) || !c.ok && !errors.Is(err, payments.ErrUnauthenticated) {
				t.Errorf("got %+v, %v; want accepted: %v", user, err, c.ok)
			}
			if m.asked != c.asked {
				t.Errorf("the host was asked %d times, want %d", m.asked, c.asked)
			}
		})
	}
}

func TestWithoutMembershipATokenMustNameItsProject(t *testing.T) {
	for _, value := range []string{"", "null"} {
		token := endUserToken("project_id", value)
		_, err := hmacAuth(t).EndUser(t.Context(), token, "shop")
		checkRefusal(t, token, err)
	}
}

func TestAHostThatCannotAnswerIsNoRefusal(t *testing.T) {
	down := errors.New("database is down")
	user, err := memberAuth(t, &members{answer: true, err: down}).EndUser(t.Context(), endUserToken("project_id", ""), "shop")
	if !errors.Is(err, down) || errors.Is(err, payments.ErrUnauthenticated) {
		t.Errorf("got %v, want the host's error alone", err)
	}
	if user != (payments.EndUser{}) {
		t.Errorf("claims came with an error: %+v", user)
	}
}

func TestABadTokenReachesNoHost(t *testing.T) {
	m, d := &members{answer: true}, &directory{}
	developers := must(jwtauth.NewVerifier(hmacOptions(developersAud, developerSecret)))
	endUsers := must(jwtauth.NewVerifier(hmacOptions(endUsersAud, endUserSecret)))
	auth := must(jwtauth.New(developers, endUsers, d, &jwtauth.Options{Member: m.member}))
	for _, token := range []string{
		"", "x", developerToken(), endUserToken("project_id", "", "exp", "1"), endUserToken("project_id", "", "sub", `"user\u0000"`),
		mint("HS256", []byte(developerSecret), hsHeader, payload("project_id", "")),
	} {
		if _, err := auth.EndUser(t.Context(), token, "shop"); !errors.Is(err, payments.ErrUnauthenticated) {
			t.Errorf("got %v, want a refusal", err)
		}
	}
	if m.asked+d.asked != 0 {
		t.Errorf("the host was asked %d times", m.asked+d.asked)
	}
}

func TestProjectsAreTheHosts(t *testing.T) {
	auth := hmacAuth(t)
	if p, err := auth.Project(t.Context(), "shop"); err != nil || p.Owner != "dev|1" {
		t.Errorf("got %+v, %v", p, err)
	}
	if _, err := auth.Project(t.Context(), "other"); !errors.Is(err, payments.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	if list, err := auth.ProjectsOf(t.Context(), "dev|2"); err != nil || len(list) != 1 || list[0].Owner != "dev|2" {
		t.Errorf("got %+v, %v", list, err)
	}
}

func TestManyCallersAtOnceEachGetTheirOwn(t *testing.T) {
	auth := hmacAuth(t)
	var callers sync.WaitGroup
	for i := range 32 {
		callers.Go(func() {
			id := fmt.Sprintf("user-%d", i)
			good := endUserToken("sub", `"`+id+`"`)
			bad := mint("HS256", []byte(developerSecret), hsHeader, payload())
			for range 20 {
				if user, err := auth.EndUser(t.Context(), good, ""); err != nil || string(user.ID) != id {
					t.Errorf("got %+v, %v; want %s", user, err, id)
				}
				if _, err := auth.EndUser(t.Context(), bad, ""); err == nil {
					t.Error("a forged token was accepted")
				}
			}
		})
	}
	callers.Wait()
}
