-- Claims that Stripe has not answered yet have no customer, and are not looked for by one.
CREATE INDEX payments_customers_by_stripe_id
    ON payments_customers (project_id, mode, customer_id)
    WHERE customer_id <> '';
