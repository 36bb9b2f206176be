-- The outbox. One sync may change a subscription and a payment under one id, so the kind is part of the key.
CREATE TABLE payments_changes (
    project_id      TEXT    NOT NULL,
    mode            TEXT    NOT NULL CHECK (mode IN ('test', 'live')),
    id              TEXT    NOT NULL,
    kind            TEXT    NOT NULL,
    stripe_id       TEXT    NOT NULL,
    user_id         TEXT    NOT NULL,
    status          TEXT    NOT NULL,
    previous_status TEXT    NOT NULL,
    at              INTEGER NOT NULL,
    due_at          INTEGER NOT NULL,
    PRIMARY KEY (project_id, mode, id, kind, stripe_id)
) STRICT, WITHOUT ROWID;
