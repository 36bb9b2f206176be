CREATE INDEX payments_payments_by_time
    ON payments_payments (project_id, mode, created_at, id);
