-- The timers of one site, the longest due first: while more are due than fire, one shop's flood must not delay the others. Writers
-- of timers wait while the index is built, seconds for millions of rows; readers do not.

SET LOCAL lock_timeout = '5s';

CREATE INDEX timers_of_site ON timers (site_id, due_at);
