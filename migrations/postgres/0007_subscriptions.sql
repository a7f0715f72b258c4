-- How far each subscriber is: everything up to there is done, for ever. Never goes back. Who holds it works for it; a
-- holder that has gone away loses it when its time (seconds since 1970, on the database's clock) is over.
CREATE TABLE subscriptions (
    name       text COLLATE "C" NOT NULL PRIMARY KEY,
    position   bigint NOT NULL,
    holder     uuid   NOT NULL,
    held_until bigint NOT NULL
);
