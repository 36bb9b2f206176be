CREATE INDEX payments_subscriptions_by_status
    ON payments_subscriptions (project_id, mode, status, created_at, id);
