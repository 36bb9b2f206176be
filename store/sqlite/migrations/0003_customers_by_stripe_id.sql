CREATE INDEX payments_customers_by_stripe_id
    ON payments_customers (project_id, mode, customer_id, created_at);
