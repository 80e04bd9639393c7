-- Which request an event came of: the logs of whoever handles it name it too.

ALTER TABLE outbox ADD COLUMN request_id text NOT NULL DEFAULT '';
