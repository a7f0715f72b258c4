-- What erasures need: to be found without reading the log, and to be carried out exactly as far as they were.

CREATE INDEX erasures ON events (global_position) WHERE event_type IN ('erasure.requested', 'erasure.confirmed');

-- How far each subscriber is: everything up to there is done, for ever. Never goes back. Who has locked a row is at
-- work for it.
CREATE TABLE subscribers (
    name     text   COLLATE "C" NOT NULL PRIMARY KEY,
    position bigint NOT NULL
);

INSERT INTO subscribers (name, position) VALUES ('erasure', 0);
