-- Web push: the key that a subscription was made with, and "never twice" across the channels of a step.
-- The new index is built before the old one goes; both are small next to the table and take its lock briefly.

ALTER TABLE bindings ADD COLUMN vapid_public text;
ALTER TABLE attempts ADD COLUMN vapid_public text;

-- A push that nobody knows the end of may be repeated, for it replaces itself: it alone does not count as standing.
CREATE UNIQUE INDEX attempts_stand_alone ON attempts (site_id, kind, cause)
    WHERE state <> 'not_sent' AND NOT (channel = 'push' AND state = 'unresolved');
DROP INDEX attempts_once;
ALTER INDEX attempts_stand_alone RENAME TO attempts_once;
