CREATE INDEX payments_changes_due
    ON payments_changes (due_at, at);
