-- Who was to hear of an event when it was published: who subscribes later is owed none of those before.
-- Null: published before this was written down.

ALTER TABLE outbox ADD COLUMN owed text[];
