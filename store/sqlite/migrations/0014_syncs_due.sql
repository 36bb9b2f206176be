CREATE INDEX payments_syncs_due
    ON payments_syncs (project_id, mode, due_at, kind, id)
    WHERE number > applied AND due_at IS NOT NULL;
