package sqlite

import (
	"context"

	"github.com/manytenants/payments"
)

const customerColumns = `
	project_id,
	mode,
	user_id,
	claim,
	email,
	customer_id,
	created_at,
	attempt,
	attempted_at`

func scanCustomer(row scanner) (c payments.Customer, err error) {
	err = row.Scan(
		&c.Project,
		&c.Mode,
		&c.User,
		&c.Claim,
		&c.Email,
		&c.CustomerID,
		micros{&c.CreatedAt},
		&c.Attempt,
		micros{&c.AttemptedAt},
	)
	return c, err
}

// ClaimCustomer implements [payments.CustomerStore].
func (s *Store) ClaimCustomer(ctx context.Context, c payments.Customer) (_ payments.Customer, err error) {
	defer wrap(&err, "claim customer")
	tx, err := s.write.begin(ctx)
	if err != nil {
		return payments.Customer{}, err
	}
	defer tx.rollback()
	if err := tx.addCustomer(c); err != nil {
		return payments.Customer{}, err
	}
	stored, err := customerOf(tx, c.Project, c.Mode, c.User)
	if err != nil {
		return payments.Customer{}, err
	}
	return stored, tx.commit()
}

// AttemptCustomer implements [payments.CustomerStore].
func (s *Store) AttemptCustomer(ctx context.Context, c payments.Customer) (_ payments.Customer, err error) {
	defer wrap(&err, "attempt customer")
	return s.changeCustomer(ctx, c, `
		UPDATE payments_customers
		SET attempt = ?, attempted_at = ?, email = ?
		WHERE project_id = ? AND mode = ? AND user_id = ? AND claim = ? AND customer_id = '' AND attempt = ?`,
		c.Attempt, c.AttemptedAt.UnixMicro(), c.Email, c.Project, c.Mode, c.User, c.Claim, c.Attempt-1)
}

// SetCustomerID implements [payments.CustomerStore].
func (s *Store) SetCustomerID(ctx context.Context, c payments.Customer) (_ payments.Customer, err error) {
	defer wrap(&err, "set customer id")
	return s.changeCustomer(ctx, c, `
		UPDATE payments_customers
		SET customer_id = ?
		WHERE project_id = ? AND mode = ? AND user_id = ? AND claim = ? AND customer_id = ''`,
		c.CustomerID, c.Project, c.Mode, c.User, c.Claim)
}

// changeCustomer runs a statement and returns what is stored of the user then.
func (s *Store) changeCustomer(ctx context.Context, c payments.Customer, statement string, args ...any) (payments.Customer, error) {
	tx, err := s.write.begin(ctx)
	if err != nil {
		return payments.Customer{}, err
	}
	defer tx.rollback()
	if _, err := tx.exec(statement, args...); err != nil {
		return payments.Customer{}, err
	}
	stored, err := customerOf(tx, c.Project, c.Mode, c.User)
	if err != nil {
		return payments.Customer{}, err
	}
	return stored, tx.commit()
}

// Customer implements [payments.CustomerStore].
func (s *Store) Customer(ctx context.Context, project payments.ProjectID, mode payments.Mode, user payments.UserID) (_ payments.Customer, err error) {
	defer wrap(&err, "customer")
	return customerOf(s.read.latest(ctx), project, mode, user)
}

// CustomerByStripeID implements [payments.CustomerStore]. Where several users have one Stripe customer, the one who had
// it first is returned.
func (s *Store) CustomerByStripeID(ctx context.Context, project payments.ProjectID, mode payments.Mode, customerID string) (_ payments.Customer, err error) {
	defer wrap(&err, "customer by stripe id")
	return one(s.read.latest(ctx), scanCustomer, `
		SELECT `+customerColumns+`
		FROM payments_customers
		WHERE project_id = ? AND mode = ? AND customer_id = ? AND customer_id <> ''
		ORDER BY created_at, user_id
		LIMIT 1`,
		project, mode, customerID)
}

func customerOf(q querier, project payments.ProjectID, mode payments.Mode, user payments.UserID) (payments.Customer, error) {
	return one(q, scanCustomer, `
		SELECT `+customerColumns+`
		FROM payments_customers
		WHERE project_id = ? AND mode = ? AND user_id = ?`,
		project, mode, user)
}

func (t *tx) addCustomer(c payments.Customer) error {
	_, err := t.exec(`
		INSERT INTO payments_customers (`+customerColumns+`)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT DO NOTHING`,
		c.Project, c.Mode, c.User, c.Claim, c.Email, c.CustomerID, c.CreatedAt.UnixMicro(), c.Attempt, c.AttemptedAt.UnixMicro())
	return err
}

func (t *tx) forgetCustomer(project payments.ProjectID, mode payments.Mode, customerID string) error {
	_, err := t.exec(`
		DELETE FROM payments_customers
		WHERE project_id = ? AND mode = ? AND customer_id = ? AND customer_id <> ''`,
		project, mode, customerID)
	return err
}
