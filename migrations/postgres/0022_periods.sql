-- What grows too old is sealed with another key each day, so that the keys of old days can be destroyed and the others
-- stay. A key of before keeps period 0, and is as old as the last event of its subject.
ALTER TABLE content_keys
    ADD COLUMN period bigint NOT NULL DEFAULT 0 CHECK (period >= 0), -- the day (UTC, from 1970) it seals on; 0: on any
    ADD COLUMN day    bigint; -- the day of what it seals, which goes when that is too old; null: age is no matter

ALTER TABLE content_keys
    DROP CONSTRAINT content_keys_pkey,
    ADD PRIMARY KEY (subject_kind, subject, epoch, period);

UPDATE content_keys SET day = coalesce((
    SELECT recorded_at / 86400000000 FROM events
     WHERE aggregate_type = subject_kind AND aggregate_id = subject ORDER BY sequence DESC LIMIT 1), 0)
 WHERE subject_kind IN ('thread', 'completion', 'embedding', 'ingest');

-- A key without a day would never be found too old.
ALTER TABLE content_keys
    ADD CHECK (day IS NOT NULL OR subject_kind NOT IN ('thread', 'completion', 'embedding', 'ingest'));

CREATE INDEX content_keys_by_day ON content_keys (day, subject_kind, subject) WHERE day IS NOT NULL;
