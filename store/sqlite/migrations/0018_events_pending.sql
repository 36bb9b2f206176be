CREATE INDEX payments_events_pending
    ON payments_events (project_id, mode, object_kind, object_id, number)
    WHERE status = 'pending';
