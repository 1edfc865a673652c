-- A field may be read as several contacts. All of them link, and only the first counts as one that this browser named.
-- A constant default: no row is rewritten.

SET LOCAL lock_timeout = '5s';

ALTER TABLE sightings ADD COLUMN is_other_reading boolean NOT NULL DEFAULT false;
