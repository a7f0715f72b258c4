-- The log: what happened, in one gapless global order. Rows are added, never changed.

CREATE TABLE events (
    -- The seven columns and the primary key of cqrs-es' own schema, unchanged: its stores read this table.
    -- (Names are compared byte by byte; a language's order would only cost time.)
    aggregate_type  text   COLLATE "C" NOT NULL,
    aggregate_id    text   COLLATE "C" NOT NULL,
    sequence        bigint NOT NULL CHECK (sequence >= 1),
    event_type      text   NOT NULL,
    event_version   text   NOT NULL,
    payload         json   NOT NULL, -- JSON as it was serialised, byte for byte (so not jsonb)
    metadata        json   NOT NULL,
    -- Ours. No defaults: an insert that bypasses the append is refused.
    global_position bigint NOT NULL UNIQUE CHECK (global_position >= 1),
    recorded_at     bigint NOT NULL, -- microseconds since 1970, never less than the one before
    PRIMARY KEY (aggregate_type, aggregate_id, sequence)
);

CREATE FUNCTION events_are_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the log is append-only: % on events is refused', lower(TG_OP);
END
$$;

CREATE TRIGGER events_are_never_updated BEFORE UPDATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION events_are_append_only();
CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION events_are_append_only();
CREATE TRIGGER events_are_never_truncated BEFORE TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION events_are_append_only();

-- One row: where the log ends. Whoever appends locks it first, so positions are given in the order of commits.
CREATE TABLE log_head (
    id          smallint PRIMARY KEY CHECK (id = 1),
    log_id      uuid     NOT NULL,
    position    bigint   NOT NULL,
    recorded_at bigint   NOT NULL
) WITH (fillfactor = 10); -- it is updated all the time: room for many versions in its one page

INSERT INTO log_head (id, log_id, position, recorded_at) VALUES (1, gen_random_uuid(), 0, 0);

-- cqrs-es' columns and key; one row per aggregate, because its stores read any one.
CREATE TABLE snapshots (
    aggregate_type   text   COLLATE "C" NOT NULL,
    aggregate_id     text   COLLATE "C" NOT NULL,
    last_sequence    bigint NOT NULL CHECK (last_sequence >= 0),
    current_snapshot bigint NOT NULL CHECK (current_snapshot >= 0),
    payload          json   NOT NULL,
    PRIMARY KEY (aggregate_type, aggregate_id, last_sequence),
    UNIQUE (aggregate_type, aggregate_id)
);
