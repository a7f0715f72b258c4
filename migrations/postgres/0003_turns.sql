-- Who is running what.

-- One row per node: the boot that runs now, and when it was last seen, on the database's clock (microseconds).
CREATE TABLE nodes (
    id   uuid   NOT NULL PRIMARY KEY,
    boot uuid   NOT NULL UNIQUE,
    beat bigint NOT NULL
);

-- Replies that were started and not closed, written with the commits that start and close them.
CREATE TABLE open_turns (
    turn   uuid   NOT NULL PRIMARY KEY,
    thread text   NOT NULL,
    owner  uuid   NOT NULL, -- the boot that runs it
    epoch  bigint NOT NULL  -- raised by whoever closes it for its owner
);

-- The text of running replies, written before it is shown; removed when the reply is closed.
CREATE TABLE draft_chunks (
    turn        uuid     NOT NULL,
    channel     smallint NOT NULL, -- 0 text, 1 reasoning
    byte_offset bigint   NOT NULL,
    text        text     NOT NULL,
    PRIMARY KEY (turn, channel, byte_offset)
);
