-- The outbox. number is a change's place among those of its object (kind and stripe_id) that are not delivered.
CREATE TABLE payments_changes (
    project_id      TEXT    NOT NULL,
    mode            TEXT    NOT NULL CHECK (mode IN ('test', 'live')),
    kind            TEXT    NOT NULL,
    stripe_id       TEXT    NOT NULL,
    number          INTEGER NOT NULL,
    id              TEXT    NOT NULL,
    user_id         TEXT    NOT NULL,
    status          TEXT    NOT NULL,
    previous_status TEXT    NOT NULL,
    at              INTEGER NOT NULL,
    due_at          INTEGER NOT NULL,
    attempts        INTEGER NOT NULL,
    PRIMARY KEY (project_id, mode, kind, stripe_id, number)
) STRICT, WITHOUT ROWID;
