-- The append: a whole batch of commits in one statement, so in one round trip and one flush.

-- Parameters c_* have one element per commit, s_* one per stream (with the sequence that its first
-- commit expects), e_* one per event, n_* one per name and t_* one per turn, all in the batch's
-- order; n_commit and t_commit say to which commit (from 1) it belongs. A name with n_take is
-- reserved for its commit's aggregate, without it is given up. A turn with an owner is opened,
-- without one closed. `consistent` says that the batch is at one with itself: no command and no name
-- twice, and the commits of each stream follow each other.
--
-- When all are committed, one row comes back, `all`, with the first position. Otherwise one row per
-- commit. Nothing that a single commit does wrong raises; what raises takes the whole batch back,
-- and the caller searches it by halves.
CREATE FUNCTION es_append(
    consistent boolean,
    c_command uuid[], c_submission uuid[], c_fingerprint bytea[], c_type text[], c_id text[],
    c_expected bigint[], c_events bigint[], c_before bigint[],
    s_type text[], s_id text[], s_expected bigint[],
    e_type text[], e_id text[], e_sequence bigint[], e_event text[], e_version text[],
    e_payload text[], e_metadata text[],
    n_commit bigint[], n_take boolean[], n_kind text[], n_key text[],
    t_commit bigint[], t_turn uuid[], t_thread text[], t_owner uuid[]
) RETURNS TABLE (
    nth bigint,
    outcome text, -- all; or committed, duplicate, predecessor, conflict, reserved
    first_position bigint,
    last_position bigint,
    first_sequence bigint,
    recorded_at bigint,
    head bigint,                                                     -- of a conflict
    kind text, key text,                                             -- of what is reserved
    fingerprint bytea, aggregate_type text, aggregate_id text        -- of a duplicate
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    began    bigint;
    log_time bigint;
BEGIN
    -- Whoever holds this row is the only one that appends, until its commit. Every statement after
    -- this one sees what the holder before has committed.
    SELECT log_head.position, log_head.recorded_at INTO STRICT began, log_time FROM log_head FOR UPDATE;
    log_time := greatest(log_time, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint);

    -- In their order, because draft writers hold several of them.
    IF cardinality(t_turn) > 0 THEN
        PERFORM 1 FROM open_turns WHERE open_turns.turn = ANY (t_turn) ORDER BY open_turns.turn FOR UPDATE;
    END IF;

    -- Usually nothing is wrong with any of them, and all go in together.
    IF NOT consistent
        OR EXISTS (SELECT 1 FROM commands WHERE commands.command_id = ANY (c_command))
        OR EXISTS (
            SELECT 1 FROM unnest(s_type, s_id, s_expected) AS s (type, id, expected)
             WHERE s.expected <> coalesce((
                SELECT events.sequence FROM events
                 WHERE events.aggregate_type = s.type AND events.aggregate_id = s.id
                 ORDER BY events.sequence DESC LIMIT 1), 0))
        OR (cardinality(n_key) > 0 AND EXISTS (
            SELECT 1 FROM unnest(n_commit, n_take, n_kind, n_key) AS n (nth, take, kind, key)
              JOIN reservations ON reservations.kind = n.kind AND reservations.key = n.key
             WHERE n.take AND reservations.aggregate_id <> c_id[n.nth]))
    THEN
        RETURN QUERY SELECT * FROM es_append_each(
            began, log_time, c_command, c_submission, c_fingerprint, c_type, c_id, c_expected, c_events,
            e_sequence, e_event, e_version, e_payload, e_metadata,
            n_commit, n_take, n_kind, n_key, t_commit, t_turn, t_thread, t_owner);
        RETURN;
    END IF;

    INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata,
                        global_position, recorded_at)
    SELECT e.type, e.id, e.sequence, e.event, e.version, e.payload::json, e.metadata::json,
           began + e.nth, log_time
      FROM unnest(e_type, e_id, e_sequence, e_event, e_version, e_payload, e_metadata) WITH ORDINALITY
           AS e (type, id, sequence, event, version, payload, metadata, nth);

    INSERT INTO commands (command_id, submission, fingerprint, aggregate_type, aggregate_id,
                          first_position, last_position, first_sequence, recorded_at)
    SELECT c.command, c.submission, c.fingerprint, c.type, c.id,
           began + c.before + 1, began + c.before + c.events, c.expected + 1, log_time
      FROM unnest(c_command, c_submission, c_fingerprint, c_type, c_id, c_expected, c_events, c_before)
           AS c (command, submission, fingerprint, type, id, expected, events, before);

    IF cardinality(n_key) > 0 THEN
        DELETE FROM reservations USING unnest(n_commit, n_take, n_kind, n_key) AS n (nth, take, kind, key)
         WHERE NOT n.take AND reservations.kind = n.kind AND reservations.key = n.key
           AND reservations.aggregate_id = c_id[n.nth];
        INSERT INTO reservations (kind, key, aggregate_id)
        SELECT n.kind, n.key, c_id[n.nth] FROM unnest(n_commit, n_take, n_kind, n_key) AS n (nth, take, kind, key)
         WHERE n.take ON CONFLICT DO NOTHING;
    END IF;
    IF cardinality(t_turn) > 0 THEN
        INSERT INTO open_turns (turn, thread, owner, epoch)
        SELECT t.turn, t.thread, t.owner, 1 FROM unnest(t_turn, t_thread, t_owner) AS t (turn, thread, owner)
         WHERE t.owner IS NOT NULL;
        DELETE FROM open_turns USING unnest(t_turn, t_owner) AS t (turn, owner)
         WHERE open_turns.turn = t.turn AND t.owner IS NULL;
    END IF;

    UPDATE log_head SET position = began + cardinality(e_sequence), recorded_at = log_time;
    PERFORM pg_notify('colloquy_log', (began + cardinality(e_sequence))::text);
    RETURN QUERY SELECT 0::bigint, 'all', began + 1, NULL::bigint, NULL::bigint, log_time,
        NULL::bigint, NULL, NULL, NULL::bytea, NULL, NULL;
END
$$;

-- The same, one commit after the other: for a batch that has something wrong in it.
CREATE FUNCTION es_append_each(
    began bigint, log_time bigint,
    c_command uuid[], c_submission uuid[], c_fingerprint bytea[], c_type text[], c_id text[],
    c_expected bigint[], c_events bigint[],
    e_sequence bigint[], e_event text[], e_version text[], e_payload text[], e_metadata text[],
    n_commit bigint[], n_take boolean[], n_kind text[], n_key text[],
    t_commit bigint[], t_turn uuid[], t_thread text[], t_owner uuid[]
) RETURNS TABLE (
    nth bigint, outcome text, first_position bigint, last_position bigint, first_sequence bigint,
    recorded_at bigint, head bigint, kind text, key text,
    fingerprint bytea, aggregate_type text, aggregate_id text
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    log_position bigint := began;
    known   commands%ROWTYPE;
    taken   reservations%ROWTYPE;
    stream  text;
    failed  text[] := '{}';
    now_at  bigint;
    skipped bigint := 0; -- events of the commits before this one
BEGIN
    FOR i IN 1 .. cardinality(c_command) LOOP
        -- No type has a colon in it.
        stream := c_type[i] || ':' || c_id[i];
        SELECT * INTO known FROM commands WHERE commands.command_id = c_command[i];
        IF FOUND THEN
            -- Our own earlier try went through; or the command is somebody else's.
            IF known.submission <> c_submission[i] THEN
                failed := failed || stream;
            END IF;
            RETURN QUERY SELECT i::bigint,
                CASE WHEN known.submission = c_submission[i] THEN 'committed' ELSE 'duplicate' END,
                known.first_position, known.last_position, known.first_sequence, known.recorded_at,
                NULL::bigint, NULL, NULL, known.fingerprint, known.aggregate_type, known.aggregate_id;
            skipped := skipped + c_events[i];
            CONTINUE;
        END IF;
        IF stream = ANY (failed) THEN
            RETURN QUERY SELECT i::bigint, 'predecessor', NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint,
                NULL::bigint, NULL, NULL, NULL::bytea, NULL, NULL;
            skipped := skipped + c_events[i];
            CONTINUE;
        END IF;
        SELECT coalesce(max(events.sequence), 0) INTO now_at FROM events
         WHERE events.aggregate_type = c_type[i] AND events.aggregate_id = c_id[i];
        IF now_at <> c_expected[i] THEN
            failed := failed || stream;
            RETURN QUERY SELECT i::bigint, 'conflict', NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint,
                now_at, NULL, NULL, NULL::bytea, NULL, NULL;
            skipped := skipped + c_events[i];
            CONTINUE;
        END IF;
        SELECT reservations.* INTO taken
          FROM unnest(n_commit, n_take, n_kind, n_key) WITH ORDINALITY AS n (nth, take, kind, key, place)
          JOIN reservations ON reservations.kind = n.kind AND reservations.key = n.key
         WHERE n.nth = i AND n.take AND reservations.aggregate_id <> c_id[i]
         ORDER BY n.place LIMIT 1;
        IF FOUND THEN
            failed := failed || stream;
            RETURN QUERY SELECT i::bigint, 'reserved', NULL::bigint, NULL::bigint, NULL::bigint, NULL::bigint,
                NULL::bigint, taken.kind, taken.key, NULL::bytea, NULL, NULL;
            skipped := skipped + c_events[i];
            CONTINUE;
        END IF;

        INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata,
                            global_position, recorded_at)
        SELECT c_type[i], c_id[i], e_sequence[e], e_event[e], e_version[e], e_payload[e]::json, e_metadata[e]::json,
               log_position + e - skipped, log_time
          FROM generate_series(skipped + 1, skipped + c_events[i]) AS e;
        DELETE FROM reservations USING unnest(n_commit, n_take, n_kind, n_key) AS n (nth, take, kind, key)
         WHERE n.nth = i AND NOT n.take AND reservations.kind = n.kind AND reservations.key = n.key
           AND reservations.aggregate_id = c_id[i];
        INSERT INTO reservations (kind, key, aggregate_id)
        SELECT n.kind, n.key, c_id[i] FROM unnest(n_commit, n_take, n_kind, n_key) AS n (nth, take, kind, key)
         WHERE n.nth = i AND n.take ON CONFLICT DO NOTHING;
        INSERT INTO open_turns (turn, thread, owner, epoch)
        SELECT t.turn, t.thread, t.owner, 1
          FROM unnest(t_commit, t_turn, t_thread, t_owner) AS t (nth, turn, thread, owner)
         WHERE t.nth = i AND t.owner IS NOT NULL;
        DELETE FROM open_turns USING unnest(t_commit, t_turn, t_owner) AS t (nth, turn, owner)
         WHERE t.nth = i AND open_turns.turn = t.turn AND t.owner IS NULL;
        INSERT INTO commands (command_id, submission, fingerprint, aggregate_type, aggregate_id,
                              first_position, last_position, first_sequence, recorded_at)
        VALUES (c_command[i], c_submission[i], c_fingerprint[i], c_type[i], c_id[i],
                log_position + 1, log_position + c_events[i], c_expected[i] + 1, log_time);
        RETURN QUERY SELECT i::bigint, 'committed', log_position + 1, log_position + c_events[i],
            c_expected[i] + 1, log_time, NULL::bigint, NULL, NULL, NULL::bytea, NULL, NULL;
        log_position := log_position + c_events[i];
        skipped := skipped + c_events[i];
    END LOOP;
    IF log_position > began THEN
        UPDATE log_head SET position = log_position, recorded_at = log_time;
        PERFORM pg_notify('colloquy_log', log_position::text);
    END IF;
END
$$;
