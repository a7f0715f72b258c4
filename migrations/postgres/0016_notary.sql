-- The notary's: a Merkle tree over the events in their order (RFC 6962), and what it has signed of it.

-- Hashes of the tree, 256 to a tile (c2sp.org/tlog-tiles): those of tile `idx` at `level` stand at height 8 * level. The
-- last tile of a level grows.
CREATE TABLE notary_tiles (
    level  smallint NOT NULL CHECK (level >= 0),
    idx    bigint   NOT NULL CHECK (idx >= 0),
    hashes bytea    NOT NULL, -- 32 bytes each
    PRIMARY KEY (level, idx)
);
-- Hashes cannot be made smaller.
ALTER TABLE notary_tiles ALTER COLUMN hashes SET STORAGE EXTERNAL;

CREATE TABLE notary_checkpoints (
    size      bigint NOT NULL PRIMARY KEY CHECK (size >= 1), -- the events up to this position
    signed_at bigint NOT NULL,                               -- microseconds since 1970
    note      text   NOT NULL                                -- c2sp.org/tlog-checkpoint
);
