-- What the sweeps of old rows look for. On a large table the building holds up writers for a while: migrate in a quiet hour.
SET LOCAL lock_timeout = '5s';

CREATE INDEX timeline_by_age ON timeline (happened_at);
CREATE INDEX carts_by_age ON carts (changed_at);
