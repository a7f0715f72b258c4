-- Who is running what.

-- One row per node: the boot that runs now, and when it was last seen, on the database's clock (microseconds).
CREATE TABLE nodes (
    id   text    NOT NULL PRIMARY KEY,
    boot text    NOT NULL UNIQUE,
    beat integer NOT NULL
) STRICT, WITHOUT ROWID;

-- Replies that were started and not closed, written with the commits that start and close them.
CREATE TABLE open_turns (
    turn   text    NOT NULL PRIMARY KEY,
    thread text    NOT NULL,
    owner  text    NOT NULL, -- the boot that runs it
    epoch  integer NOT NULL  -- raised by whoever closes it for its owner
) STRICT, WITHOUT ROWID;

-- The drafts have a file of their own here, drafts.db, because they need no fsync (src/store/sqlite/drafts.rs).
