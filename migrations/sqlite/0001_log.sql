-- The log: what happened, in one gapless global order. Rows are added, never changed.

CREATE TABLE events (
    -- The seven columns and the primary key of cqrs-es' own schema, unchanged: its stores read this table.
    aggregate_type  text    NOT NULL,
    aggregate_id    text    NOT NULL,
    sequence        integer NOT NULL CHECK (sequence >= 1),
    event_type      text    NOT NULL,
    event_version   text    NOT NULL,
    payload         text    NOT NULL, -- JSON as it was serialised, byte for byte
    metadata        text    NOT NULL,
    -- Ours. No defaults: an insert that bypasses the append is refused.
    global_position integer NOT NULL UNIQUE CHECK (global_position >= 1),
    recorded_at     integer NOT NULL, -- microseconds since 1970, never less than the one before
    PRIMARY KEY (aggregate_type, aggregate_id, sequence)
) STRICT;

CREATE TRIGGER events_are_never_updated BEFORE UPDATE ON events
BEGIN
    SELECT RAISE(ABORT, 'the log is append-only: events are never updated');
END;

-- REPLACE deletes too, but fires this only where recursive_triggers is on: every connection of ours sets it.
CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
BEGIN
    SELECT RAISE(ABORT, 'the log is append-only: events are never deleted');
END;

-- One row: where the log ends. Whoever appends reads and moves it in the same transaction.
CREATE TABLE log_head (
    id          integer PRIMARY KEY CHECK (id = 1),
    log_id      text    NOT NULL,
    position    integer NOT NULL,
    recorded_at integer NOT NULL
) STRICT;

INSERT INTO log_head (id, log_id, position, recorded_at) VALUES (1, lower(hex(randomblob(16))), 0, 0);

-- cqrs-es' columns and key; one row per aggregate, because its stores read any one.
CREATE TABLE snapshots (
    aggregate_type   text    NOT NULL,
    aggregate_id     text    NOT NULL,
    last_sequence    integer NOT NULL CHECK (last_sequence >= 0),
    current_snapshot integer NOT NULL CHECK (current_snapshot >= 0),
    payload          text    NOT NULL,
    PRIMARY KEY (aggregate_type, aggregate_id, last_sequence),
    UNIQUE (aggregate_type, aggregate_id)
) STRICT;
