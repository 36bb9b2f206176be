package storetest

import (
	"context"
	"errors"
	"slices"

	"github.com/manytenants/payments"
)

// A method is one method of a store, called with keys that every place has. It returns what it read; nil for a write.
type method struct {
	name string
	call func(ctx context.Context, c *check, p place) (any, error)
}

// reads are the methods that change nothing.
var reads = []method{
	{"Config", func(ctx context.Context, c *check, p place) (any, error) { return c.Config(ctx, p.project) }},
	{"Configs", func(ctx context.Context, c *check, p place) (any, error) { return c.Configs(ctx, p.scope().Projects) }},
	{"Customer", readCustomers},
	{"CustomerByStripeID", func(ctx context.Context, c *check, p place) (any, error) {
		return c.CustomerByStripeID(ctx, p.project, p.mode, "cus_old")
	}},
	{"Events", func(ctx context.Context, c *check, p place) (any, error) {
		return c.Events(ctx, p.project, p.mode, payments.Window{Limit: 100})
	}},
	{"PendingSyncs", func(ctx context.Context, c *check, p place) (any, error) {
		return c.PendingSyncs(ctx, p.project, p.mode, 100)
	}},
	{"Subscription", func(ctx context.Context, c *check, p place) (any, error) {
		return c.Subscription(ctx, p.project, p.mode, "sub_1")
	}},
	{"CurrentSubscription", func(ctx context.Context, c *check, p place) (any, error) {
		return c.CurrentSubscription(ctx, p.project, p.mode, "u1")
	}},
	{"Subscriptions", func(ctx context.Context, c *check, p place) (any, error) {
		return c.Subscriptions(ctx, p.scope(), payments.Filter{}, payments.Window{Limit: 100})
	}},
	{"CountSubscriptions", func(ctx context.Context, c *check, p place) (any, error) {
		return c.CountSubscriptions(ctx, p.scope(), payments.Filter{})
	}},
	{"Payment", func(ctx context.Context, c *check, p place) (any, error) {
		return c.Payment(ctx, p.project, p.mode, "in_1")
	}},
	{"Payments", func(ctx context.Context, c *check, p place) (any, error) {
		return c.Payments(ctx, p.scope(), payments.Filter{}, payments.Window{Limit: 100})
	}},
	{"CountPayments", func(ctx context.Context, c *check, p place) (any, error) {
		return c.CountPayments(ctx, p.scope(), payments.Filter{})
	}},
	{"Totals", func(ctx context.Context, c *check, p place) (any, error) {
		return c.Totals(ctx, p.scope().Projects, p.mode)
	}},
}

// rowReads are those that show the rows of subscriptions and payments, with their counts and sums.
var rowReads = slices.DeleteFunc(slices.Clone(reads), func(m method) bool {
	return !slices.Contains([]string{"Subscriptions", "CountSubscriptions", "Payments", "CountPayments", "Totals"}, m.name)
})

// readCustomers reads each user that checks know of.
func readCustomers(ctx context.Context, c *check, p place) (any, error) {
	var found []payments.Customer
	for _, user := range []payments.UserID{"u1", "u2", "u3", "u9", "new1", "new2", "new4", "new7", "new50"} {
		customer, err := c.Customer(ctx, p.project, p.mode, user)
		switch {
		case err == nil:
			found = append(found, customer)
		case !errors.Is(err, payments.ErrNotFound):
			return nil, err
		}
	}
	return found, nil
}

// writesOf are the methods that change a place that was seeded, of which t is the subscription's ticket. The two claims of due
// work are among them, although they take what is due in every place.
func writesOf(t payments.Ticket) []method {
	return []method{
		{"PutConfig", func(ctx context.Context, c *check, p place) (any, error) {
			return nil, c.PutConfig(ctx, payments.Config{ID: uuid(9), Project: p.project, CreatedAt: at(0), Version: 2})
		}},
		{"ClaimCustomer", func(ctx context.Context, c *check, p place) (any, error) {
			_, err := c.ClaimCustomer(ctx, newCustomer(p, "u9"))
			return nil, err
		}},
		{"AttemptCustomer", func(ctx context.Context, c *check, p place) (any, error) {
			_, err := c.AttemptCustomer(ctx, attempt(newCustomer(p, "u2"), 1))
			return nil, err
		}},
		{"SetCustomerID", func(ctx context.Context, c *check, p place) (any, error) {
			_, err := c.SetCustomerID(ctx, withID(newCustomer(p, "u2"), "cus_9"))
			return nil, err
		}},
		{"AddEvent", func(ctx context.Context, c *check, p place) (any, error) {
			_, err := c.AddEvent(ctx, newEvent(p.object(payments.KindInvoice, "in_9"), 9))
			return nil, err
		}},
		{"RequestSync", func(ctx context.Context, c *check, p place) (any, error) {
			return nil, c.RequestSync(ctx, at(1), p.object(payments.KindInvoice, "in_1"), p.object(payments.KindInvoice, "in_8"))
		}},
		{"ClaimObject", func(ctx context.Context, c *check, p place) (any, error) {
			_, err := c.ClaimObject(ctx, p.object(payments.KindInvoice, "in_1"), at(1), at(60))
			return nil, err
		}},
		{"ClaimDue", func(ctx context.Context, c *check, _ place) (any, error) {
			_, err := c.ClaimDue(ctx, at(3), at(60), payments.ClaimLimits{Total: 100, PerTenant: 100})
			return nil, err
		}},
		{"RetrySync", func(ctx context.Context, c *check, _ place) (any, error) {
			return nil, c.RetrySync(ctx, t, at(70), "down")
		}},
		{"WakeSyncs", func(ctx context.Context, c *check, p place) (any, error) {
			return nil, c.WakeSyncs(ctx, p.project, p.mode, at(-1))
		}},
		{"ApplySync", func(ctx context.Context, c *check, _ place) (any, error) {
			_, err := c.ApplySync(ctx, everything(t, 50))
			return nil, err
		}},
		{"ClaimChanges", func(ctx context.Context, c *check, _ place) (any, error) {
			_, err := c.ClaimChanges(ctx, at(0), at(60), 100)
			return nil, err
		}},
		{"RetryChange", func(ctx context.Context, c *check, p place) (any, error) {
			return nil, c.RetryChange(ctx, changeOfSubscription(newSubscription(p, 1), uuid("seeded", p), 1, ""), at(70))
		}},
		{"AckChange", func(ctx context.Context, c *check, p place) (any, error) {
			return nil, c.AckChange(ctx, changeOfSubscription(newSubscription(p, 1), uuid("seeded", p), 1, ""))
		}},
	}
}
