-- Who was shown what others wrote is found without reading the log: it belongs to the trail of each conversation.

CREATE INDEX readings ON events (global_position) WHERE event_type = 'content.read';
