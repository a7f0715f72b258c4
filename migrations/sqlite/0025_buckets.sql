-- A blob without any bytes here is in the bucket, under its id: sealed ones are never empty.
CREATE INDEX blobs_elsewhere ON blobs (id) WHERE length(bytes) = 0;

-- What has left the table and may still be in the bucket. Whoever takes a row out of the table puts it here in the same
-- transaction, and it leaves when the bucket has said that it is gone.
CREATE TABLE doomed_blobs (
    id             text NOT NULL PRIMARY KEY,
    aggregate_type text NOT NULL, -- whose erasure waits for it; empty: nobody's
    aggregate_id   text NOT NULL
) STRICT;

CREATE INDEX doomed_blobs_by_aggregate ON doomed_blobs (aggregate_type, aggregate_id);
