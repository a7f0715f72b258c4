-- What an append decides with, and what it writes beside the events.

-- Every commit of the last days, by its command id: a repeated command finds its first result.
CREATE TABLE commands (
    command_id     uuid   NOT NULL PRIMARY KEY,
    submission     uuid   NOT NULL, -- the one try that made the row; tells our own repeat from somebody else's command
    fingerprint    bytea,            -- of the request that caused it, when it had an idempotency key
    aggregate_type text   NOT NULL,
    aggregate_id   text   NOT NULL,
    first_position bigint NOT NULL,
    last_position  bigint NOT NULL,
    first_sequence bigint NOT NULL,
    recorded_at    bigint NOT NULL
);

CREATE INDEX commands_by_time ON commands USING brin (recorded_at);

-- Names that one aggregate owns.
CREATE TABLE reservations (
    kind         text COLLATE "C" NOT NULL,
    key          text COLLATE "C" NOT NULL,
    aggregate_id text NOT NULL,
    PRIMARY KEY (kind, key)
);

-- Password hashes; events carry only their ids.
CREATE TABLE credentials (
    id   uuid NOT NULL PRIMARY KEY,
    hash text NOT NULL
);
