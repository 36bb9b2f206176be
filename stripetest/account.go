package stripetest

import (
	"fmt"
	"slices"
)

// Account is one mode, test or live, of a Stripe account: its keys, objects, events and webhook
// endpoints, apart from those of every other. It is safe for concurrent use.
type Account struct {
	server      *Server
	id          string
	livemode    bool
	name        string // of the business, as pages and invoices show it
	flexible    bool   // AccountOptions.FlexibleBilling
	version     string
	created     int64
	objects     map[string]object   // by id
	order       map[string][]string // ids by object name, oldest first
	timers      map[string]*timer   // the next thing due of an object, by its id
	idempotency map[string]*answer
	endpoints   []*Endpoint
	rules       []DeliveryRule
	faults      []*Fault
	exhausted   Exhausted        // what AfterRetries chose
	request     *Request         // the API request that runs, nil when the clock acts
	described   []object         // made by the request that runs, and not told of yet
	withheld    *[]withheldEvent // events that wait for their place in a sequence, nil when none do
}

// AccountOptions describe an account made with NewAccount. The zero value works.
type AccountOptions struct {
	// ID is the account's id, "acct_…"; empty makes one.
	ID string
	// Name is the business that the hosted pages name; empty is "Test business".
	Name string
	// TestKey and LiveKey are the secret keys of the two modes; empty makes them.
	TestKey, LiveKey string
	// APIVersion is the account's default version; empty takes Options.APIVersion.
	APIVersion string
	// FlexibleBilling makes the customer portal cancel as it does for subscriptions in Stripe's
	// flexible billing mode: cancel_at is set, and cancel_at_period_end stays false.
	FlexibleBilling bool
}

// NewAccount makes a Stripe account and returns its two modes. It panics on a malformed key, on one
// already in use, and on an API version the server doesn't know.
func (s *Server) NewAccount(o AccountOptions) (test, live *Account) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.newAccount(o)
}

func (s *Server) newAccount(o AccountOptions) (test, live *Account) {
	if o.ID == "" {
		o.ID = "acct_1" + s.random(15)
	}
	if o.Name == "" {
		o.Name = "Test business"
	}
	if o.APIVersion == "" {
		o.APIVersion = s.options.APIVersion
	}
	mustRelease(o.APIVersion)
	modes := [2]*Account{}
	for i, key := range []string{o.TestKey, o.LiveKey} {
		a := &Account{
			server: s, id: o.ID, name: o.Name, flexible: o.FlexibleBilling, livemode: i == 1, version: o.APIVersion, created: s.clock.now().Unix(),
			objects: map[string]object{}, order: map[string][]string{}, timers: map[string]*timer{},
			idempotency: map[string]*answer{},
		}
		if key == "" {
			key = "sk_" + a.mode() + "_" + s.random(24)
		}
		a.addKey(key, nil)
		s.accounts = append(s.accounts, a)
		modes[i] = a
	}
	return modes[0], modes[1]
}

// Account returns the account and mode that a secret or restricted key opens, and makes an account
// on the key's first use. It panics on a malformed key. A test key and a live key make two accounts
// that have nothing to do with each other: the two modes of one Stripe account come from NewAccount
// only. A request alone never makes an account: an unknown key gets Stripe's 401.
func (s *Server) Account(secretKey string) *Account {
	s.mu.Lock()
	defer s.mu.Unlock()
	if key, known := s.keys[secretKey]; known {
		return key.account
	}
	live, _, ok := keyMode(secretKey)
	switch {
	case !ok:
		panic(malformedKey(secretKey))
	case live:
		_, a := s.newAccount(AccountOptions{LiveKey: secretKey})
		return a
	}
	a, _ := s.newAccount(AccountOptions{TestKey: secretKey})
	return a
}

// ID is the Stripe account's id, the same in both modes.
func (a *Account) ID() string { return a.id }

// Livemode tells the live mode from the test mode.
func (a *Account) Livemode() bool { return a.livemode }

// Object is a copy of the object with the id as the API would answer it, nil when there is none.
func (a *Account) Object(id string) map[string]any {
	a.server.tick()
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	if o, ok := a.objects[id]; ok {
		return o.public()
	}
	return nil
}

// Objects are copies of the objects whose "object" field is kind, such as "checkout.session", the
// oldest first.
func (a *Account) Objects(kind string) []map[string]any {
	a.server.tick()
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	out := []map[string]any{}
	for _, id := range a.order[kind] {
		out = append(out, a.objects[id].public())
	}
	return out
}

// now is the server's time in whole seconds, as Stripe dates everything.
func (a *Account) now() int64 { return a.server.clock.now().Unix() }

// add stores a new object.
func (a *Account) add(o object) object {
	o = o.clone()
	a.objects[o.id()] = o
	a.order[o.name()] = append(a.order[o.name()], o.id())
	return o
}

// remove forgets an object, for those Stripe deletes without trace.
func (a *Account) remove(o object) {
	delete(a.objects, o.id())
	a.order[o.name()] = slices.DeleteFunc(a.order[o.name()], func(id string) bool { return id == o.id() })
}

// find is the stored object of that name, nil when there is none or it was deleted.
func (a *Account) find(name, id string) object {
	if o, ok := a.objects[id]; ok && o.name() == name && !o.bool("deleted") {
		return o
	}
	return nil
}

// lookup is find with Stripe's error; param names the parameter that held the id, empty for the URL.
func (a *Account) lookup(name, id, param string) (object, error) {
	if o := a.find(name, id); o != nil {
		return o, nil
	}
	return nil, missingObject(name, id, param)
}

func malformedKey(key string) string {
	return fmt.Sprintf("stripetest: %q is not a Stripe secret key: it must begin with sk_test_, sk_live_, rk_test_ or rk_live_", redact(key))
}
