package storetest

import (
	"context"

	"github.com/manytenants/payments"
)

var brokenCustomers = []brokenStore{
	{"overwrites a claim", "customer/the first claim stays", func(m *model) payments.Store { return overwritesClaim{m} }},
	{"answers each claimer with its own claim", "customer/one of 16 claims is stored", func(m *model) payments.Store { return answersOwnClaim{m} }},
	{"repeats an attempt", "customer/AttemptCustomer of any other attempt changes nothing", func(m *model) payments.Store { return repeatsAttempt{m} }},
	{"answers each attempt with what it was given", "customer/one of 16 attempts is stored", func(m *model) payments.Store { return answersOwnAttempt{m} }},
	{"keeps the e-mail of the first attempt", "customer/AttemptCustomer begins the next attempt", func(m *model) payments.Store { return keepsEmail{m} }},
	{"completes another claim", "customer/SetCustomerID of another claim changes nothing", func(m *model) payments.Store { return completesAny{m} }},
	{"replaces a customer's ID", "customer/SetCustomerID never replaces an ID", func(m *model) payments.Store { return replacesID{m} }},
	{"answers with what it was given", "customer/SetCustomerID completes a claim", func(m *model) payments.Store { return answersGiven{m} }},
	{"inserts where there is no claim", "customer/what is not there is ErrNotFound", func(m *model) payments.Store { return insertsOnSet{m} }},
	{"finds claims by no ID", "customer/claims without an ID are many and not found by none", func(m *model) payments.Store { return findsByNone{m} }},
	{"ignores the mode when it reads a customer", "store/no method reads another place", func(m *model) payments.Store { return ignoresMode{m} }},
}

type overwritesClaim struct{ *model }

func (b overwritesClaim) ClaimCustomer(_ context.Context, c payments.Customer) (payments.Customer, error) {
	b.locked(func() { b.customers[customerKey(c)] = inUTC(c) })
	return c, nil
}

type answersOwnClaim struct{ *model }

func (b answersOwnClaim) ClaimCustomer(ctx context.Context, c payments.Customer) (payments.Customer, error) {
	_, err := b.model.ClaimCustomer(ctx, c)
	return c, err
}

type repeatsAttempt struct{ *model }

func (b repeatsAttempt) AttemptCustomer(ctx context.Context, c payments.Customer) (payments.Customer, error) {
	b.locked(func() {
		if stored, ok := b.customers[customerKey(c)]; ok && stored.Attempt == c.Attempt {
			stored.Attempt--
			b.customers[customerKey(c)] = stored
		}
	})
	return b.model.AttemptCustomer(ctx, c)
}

type answersOwnAttempt struct{ *model }

func (b answersOwnAttempt) AttemptCustomer(ctx context.Context, c payments.Customer) (payments.Customer, error) {
	stored, err := b.model.AttemptCustomer(ctx, c)
	if stored.Attempt == c.Attempt {
		stored.AttemptedAt = c.AttemptedAt
	}
	return stored, err
}

type keepsEmail struct{ *model }

func (b keepsEmail) AttemptCustomer(ctx context.Context, c payments.Customer) (payments.Customer, error) {
	if stored, err := b.Customer(ctx, c.Project, c.Mode, c.User); err == nil {
		c.Email = stored.Email
	}
	return b.model.AttemptCustomer(ctx, c)
}

type completesAny struct{ *model }

func (b completesAny) SetCustomerID(ctx context.Context, c payments.Customer) (payments.Customer, error) {
	if stored, err := b.Customer(ctx, c.Project, c.Mode, c.User); err == nil {
		c.Claim = stored.Claim
	}
	return b.model.SetCustomerID(ctx, c)
}

type replacesID struct{ *model }

func (b replacesID) SetCustomerID(ctx context.Context, c payments.Customer) (payments.Customer, error) {
	b.locked(func() {
		if stored, ok := b.customers[customerKey(c)]; ok {
			stored.CustomerID = ""
			b.customers[customerKey(c)] = stored
		}
	})
	return b.model.SetCustomerID(ctx, c)
}

type answersGiven struct{ *model }

func (b answersGiven) SetCustomerID(ctx context.Context, c payments.Customer) (payments.Customer, error) {
	_, err := b.model.SetCustomerID(ctx, c)
	return c, err
}

type insertsOnSet struct{ *model }

func (b insertsOnSet) SetCustomerID(ctx context.Context, c payments.Customer) (payments.Customer, error) {
	if _, err := b.ClaimCustomer(ctx, c); err != nil {
		return c, err
	}
	return b.model.SetCustomerID(ctx, c)
}

type findsByNone struct{ *model }

func (b findsByNone) CustomerByStripeID(ctx context.Context, project payments.ProjectID, mode payments.Mode, id string) (payments.Customer, error) {
	for _, c := range b.customers {
		if c.CustomerID == id {
			return c, nil
		}
	}
	return b.model.CustomerByStripeID(ctx, project, mode, id)
}

type ignoresMode struct{ *model }

func (b ignoresMode) CustomerByStripeID(ctx context.Context, project payments.ProjectID, _ payments.Mode, id string) (payments.Customer, error) {
	return b.model.CustomerByStripeID(ctx, project, payments.Test, id)
}
