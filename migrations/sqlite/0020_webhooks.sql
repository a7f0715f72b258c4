-- What webhooks are told. Rows name events by their positions and say nothing of them: there is nothing here that an
-- erasure would have to destroy.

-- How far each webhook is: every event up to there that it wants has its row. Never goes back; what is told once more has
-- a place of its own, and an end.
CREATE TABLE webhook_feeds (
    webhook       text    NOT NULL PRIMARY KEY,
    position      integer NOT NULL,
    replay_after  integer, -- up to there it has its row once more
    replay_until  integer,
    replayed      integer NOT NULL DEFAULT 0, -- where in the log the last replay was asked for that was begun
    failing_since integer, -- microseconds since 1970: the first failure after the last success, or after it was enabled
    failed_at     integer, -- the last of them
    failures      integer NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE webhook_deliveries (
    webhook    text    NOT NULL,
    position   integer NOT NULL, -- the event's
    id         text    NOT NULL, -- the message's, always the same for this event
    event_type text    NOT NULL,
    state      text    NOT NULL, -- waiting, delivered, failed
    attempts   integer NOT NULL,
    due_at     integer NOT NULL, -- microseconds since 1970
    tried_at   integer,
    status     integer, -- of the last answer
    error      text,    -- a sentence of ours, nothing of the answer
    PRIMARY KEY (webhook, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook, due_at, position) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_done ON webhook_deliveries (tried_at) WHERE state <> 'waiting';
CREATE INDEX webhook_deliveries_by_state ON webhook_deliveries (webhook, state, position);
