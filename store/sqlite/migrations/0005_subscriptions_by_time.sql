CREATE INDEX payments_subscriptions_by_time
    ON payments_subscriptions (project_id, mode, created_at, id);
