-- What erasures need: to be found without reading the log, and to be carried out exactly as far as they were.

CREATE INDEX erasures ON events (global_position) WHERE event_type IN ('erasure.requested', 'erasure.confirmed');

-- How far each subscriber is: everything up to there is done, for ever. Never goes back.
CREATE TABLE subscribers (
    name     text    NOT NULL PRIMARY KEY,
    position integer NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO subscribers (name, position) VALUES ('erasure', 0);
