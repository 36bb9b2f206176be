CREATE INDEX payments_payments_by_user
    ON payments_payments (project_id, mode, user_id, created_at, id);
