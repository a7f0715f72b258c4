-- The notary's: a Merkle tree over the events in their order (RFC 6962), and what it has signed of it.

-- Hashes of the tree, 256 to a tile (c2sp.org/tlog-tiles): those of tile `idx` at `level` stand at height 8 * level. The
-- last tile of a level grows.
CREATE TABLE notary_tiles (
    level  integer NOT NULL CHECK (level >= 0),
    idx    integer NOT NULL CHECK (idx >= 0),
    hashes blob    NOT NULL, -- 32 bytes each
    PRIMARY KEY (level, idx)
) STRICT, WITHOUT ROWID;

CREATE TABLE notary_checkpoints (
    size      integer NOT NULL PRIMARY KEY CHECK (size >= 1), -- the events up to this position
    signed_at integer NOT NULL,                               -- microseconds since 1970
    note      text    NOT NULL                                -- c2sp.org/tlog-checkpoint
) STRICT;
