CREATE INDEX payments_events_by_time
    ON payments_events (project_id, mode, received_at, id);
