-- What of a conversation has grown too old is looked for with the erasures, without reading the log.
CREATE INDEX expiries ON events (global_position) WHERE event_type IN ('content.expired', 'expiry.confirmed');
