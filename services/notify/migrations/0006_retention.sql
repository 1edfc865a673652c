-- What the sweeps of old rows look for. On a large table the building holds up writers for a while: migrate in a quiet hour.
SET LOCAL lock_timeout = '5s';

CREATE INDEX attempts_by_age ON attempts (opened_at);
CREATE INDEX nudges_by_age ON nudges (not_after) WHERE state = 'ended';
