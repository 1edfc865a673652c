-- The latest fences on a key, found without reading the others: anybody may put as many on one as they like. Writers of fences
-- wait while the index is built, seconds for millions of rows; readers do not.

SET LOCAL lock_timeout = '5s';

CREATE INDEX fences_latest ON fences (site_id, key, stands_until DESC);
