-- The opt-in question asks orders for a grant, as a reminder does: who has bought since, orders alone knows.
-- Small tables only, and constant defaults: each change takes its lock briefly.

SET LOCAL lock_timeout = '5s';

-- The partition of nudge-events by which the answer comes. -1: from before this column, any process may look at it.
ALTER TABLE bindings ADD COLUMN partition integer NOT NULL DEFAULT -1;

DROP TABLE ordered;
