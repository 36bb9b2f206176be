CREATE INDEX payments_payments_by_status
    ON payments_payments (project_id, mode, status, created_at, id);
