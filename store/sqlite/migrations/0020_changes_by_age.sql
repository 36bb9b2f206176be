CREATE INDEX payments_changes_by_age
    ON payments_changes (at);
