CREATE INDEX payments_syncs_due
    ON payments_syncs (due_at)
    WHERE number > applied;
