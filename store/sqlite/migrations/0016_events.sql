-- number is the one that the event's request was given: the event is processed once it is applied.
CREATE TABLE payments_events (
    project_id   TEXT    NOT NULL,
    mode         TEXT    NOT NULL CHECK (mode IN ('test', 'live')),
    id           TEXT    NOT NULL,
    type         TEXT    NOT NULL,
    object_kind  TEXT    NOT NULL,
    object_id    TEXT    NOT NULL,
    number       INTEGER NOT NULL,
    status       TEXT    NOT NULL,
    reason       TEXT    NOT NULL,
    received_at  INTEGER NOT NULL,
    processed_at INTEGER NOT NULL,
    PRIMARY KEY (project_id, mode, id)
) STRICT, WITHOUT ROWID;
