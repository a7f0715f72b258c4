-- The keys that content is sealed with: one for each aggregate and epoch, made in the transaction of the first
-- event that needs it. Destroying a row destroys what it sealed: in the log, and in every copy of the log alone.
--
-- A backup of this database (a dump, a base backup, an archive of its write-ahead log, a standby that lags) holds the
-- keys with the log, so what was erased later is readable in it until the backup expires; with a server_key set the
-- keys are wrapped, and are worth nothing without it.

CREATE TABLE content_keys (
    subject_kind text     COLLATE "C" NOT NULL, -- the sort of aggregate
    subject      text     COLLATE "C" NOT NULL, -- which one
    epoch        bigint   NOT NULL CHECK (epoch >= 0), -- how often it had been erased
    key          bytea    NOT NULL,
    wrapping     smallint NOT NULL CHECK (wrapping IN (0, 1)), -- 1: by the server's key
    PRIMARY KEY (subject_kind, subject, epoch)
);

-- They know nothing of epochs; new ones are written as they are needed.
DELETE FROM snapshots;
