-- What grows too old is sealed with another key each day, so that the keys of old days can be destroyed and the others
-- stay. A key of before keeps period 0, and is as old as the last event of its subject.
CREATE TABLE content_keys_by_period (
    subject_kind text    NOT NULL, -- the sort of aggregate
    subject      text    NOT NULL, -- which one
    epoch        integer NOT NULL CHECK (epoch >= 0), -- how often it had been erased
    period       integer NOT NULL CHECK (period >= 0), -- the day (UTC, from 1970) it seals on; 0: on any
    key          blob    NOT NULL,
    wrapping     integer NOT NULL CHECK (wrapping IN (0, 1)), -- 1: by the server's key
    day          integer, -- the day of what it seals, which goes when that is too old; null: age is no matter
    PRIMARY KEY (subject_kind, subject, epoch, period),
    -- A key without a day would never be found too old.
    CHECK (day IS NOT NULL OR subject_kind NOT IN ('thread', 'completion', 'embedding', 'ingest'))
) STRICT, WITHOUT ROWID;

INSERT INTO content_keys_by_period (subject_kind, subject, epoch, period, key, wrapping, day)
SELECT subject_kind, subject, epoch, 0, key, wrapping,
       CASE WHEN subject_kind IN ('thread', 'completion', 'embedding', 'ingest') THEN coalesce((
           SELECT recorded_at / 86400000000 FROM events
            WHERE aggregate_type = subject_kind AND aggregate_id = subject ORDER BY sequence DESC LIMIT 1), 0) END
  FROM content_keys;

DROP TABLE content_keys;
ALTER TABLE content_keys_by_period RENAME TO content_keys;

CREATE INDEX content_keys_by_day ON content_keys (day, subject_kind, subject) WHERE day IS NOT NULL;
