-- Legal holds. Each is a name of the kind 'hold', taken by who is held in the append that says so, and given up in the
-- one that releases it: so whoever destroys something knows for certain whether it is held.

CREATE INDEX holds ON reservations (aggregate_id) WHERE kind = 'hold';

-- Erasures that wait until nothing is held any more. The subscriber's position is behind them.
CREATE TABLE held_erasures (
    aggregate_type text    NOT NULL,
    aggregate_id   text    NOT NULL,
    position       integer NOT NULL, -- of the request, in the log
    sequence       integer NOT NULL, -- and in its stream
    requested_at   integer NOT NULL,
    owner          text,             -- whose it was
    PRIMARY KEY (aggregate_type, aggregate_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX held_erasures_by_owner ON held_erasures (owner);

-- The end of a hold is looked for with the erasures.
DROP INDEX erasures;
CREATE INDEX erasures ON events (global_position)
 WHERE event_type IN ('erasure.requested', 'erasure.confirmed', 'thread.released', 'user.released');

-- Snapshots of before do not know whose a thread was that is being erased. They are made again.
DELETE FROM snapshots WHERE aggregate_type = 'thread';
