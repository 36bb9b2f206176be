-- Moved in the transaction that moves the rows they count. STRICT makes a sum that leaves 64 bits an error.
CREATE TABLE payments_counters (
    project_id TEXT    NOT NULL,
    mode       TEXT    NOT NULL CHECK (mode IN ('test', 'live')),
    metric     TEXT    NOT NULL,
    label      TEXT    NOT NULL,
    value      INTEGER NOT NULL,
    PRIMARY KEY (project_id, mode, metric, label)
) STRICT, WITHOUT ROWID;
