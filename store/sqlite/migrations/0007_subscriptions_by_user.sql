CREATE INDEX payments_subscriptions_by_user
    ON payments_subscriptions (project_id, mode, user_id, created_at, id);
