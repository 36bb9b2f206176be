CREATE INDEX payments_syncs_pending
    ON payments_syncs (project_id, mode, since)
    WHERE number > applied;
