CREATE TABLE payments_customers (
    project_id   TEXT    NOT NULL,
    mode         TEXT    NOT NULL CHECK (mode IN ('test', 'live')),
    user_id      TEXT    NOT NULL,
    claim        TEXT    NOT NULL,
    email        TEXT    NOT NULL,
    customer_id  TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    attempt      INTEGER NOT NULL,
    attempted_at INTEGER NOT NULL,
    PRIMARY KEY (project_id, mode, user_id)
) STRICT, WITHOUT ROWID;
