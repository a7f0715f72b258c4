-- What is too large for an event: the images of messages, each sealed with a key of its own that is content of the
-- event which names it. Written before that event. The commit of the event reserves the name ('blob', id) for its
-- aggregate; who sweeps out what no event names reserves it for nobody first, so that never both happens.
CREATE TABLE blobs (
    id         uuid   NOT NULL PRIMARY KEY,
    written_at bigint NOT NULL, -- microseconds since 1970, on the database's clock
    bytes      bytea  NOT NULL  -- nonce, ciphertext and tag
);

-- What is sealed cannot be compressed.
ALTER TABLE blobs ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE INDEX blobs_by_time ON blobs (written_at, id);
