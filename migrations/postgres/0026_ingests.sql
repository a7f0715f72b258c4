-- Snapshots of before do not know whose vectors a document's passages have, and it would get all of them once more. They go:
-- its events know.

DELETE FROM snapshots WHERE aggregate_type = 'ingest' AND (payload ->> 'embedded')::bigint > 0;
