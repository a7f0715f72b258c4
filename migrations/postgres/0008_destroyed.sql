-- What was destroyed for erasures that are not confirmed yet: counted in the transaction that destroys it, so that the
-- receipt says all of it, whoever confirms and whatever was broken off. Goes with the confirmation.
CREATE TABLE destroyed (
    aggregate_type text   COLLATE "C" NOT NULL,
    aggregate_id   text   COLLATE "C" NOT NULL,
    erasure        bigint NOT NULL, -- the how manieth of the aggregate
    store          text   COLLATE "C" NOT NULL,
    items          bigint NOT NULL,
    PRIMARY KEY (aggregate_type, aggregate_id, erasure, store)
);
