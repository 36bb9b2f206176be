package stripetest

// storeDescribed stores a price or product that a request describes. Its event waits until the request does
// something else or succeeds: of a request that is refused, or that only asks, nothing stays.
func (a *Account) storeDescribed(o object) object {
	o = a.add(o)
	a.described = append(a.described, o)
	return o
}

// tellDescribed keeps what the request described, and emits its events.
func (a *Account) tellDescribed() {
	told := a.described
	a.described = nil
	for _, o := range told {
		a.emit(o.name()+".created", o, nil)
	}
}

// forgetDescribed takes back what the request described, if that wasn't told of.
func (a *Account) forgetDescribed() {
	for _, o := range a.described {
		a.remove(o)
	}
	a.described = nil
}
