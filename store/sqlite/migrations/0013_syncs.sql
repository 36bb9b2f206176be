-- number is the last one given out, claimed the last one given to a claim, applied the last one written. No due_at is a parked object.
CREATE TABLE payments_syncs (
    project_id TEXT    NOT NULL,
    mode       TEXT    NOT NULL CHECK (mode IN ('test', 'live')),
    kind       TEXT    NOT NULL,
    id         TEXT    NOT NULL,
    number     INTEGER NOT NULL,
    claimed    INTEGER NOT NULL,
    applied    INTEGER NOT NULL,
    due_at     INTEGER,
    since      INTEGER NOT NULL,
    attempts   INTEGER NOT NULL,
    last_error TEXT    NOT NULL,
    PRIMARY KEY (project_id, mode, kind, id)
) STRICT, WITHOUT ROWID;
