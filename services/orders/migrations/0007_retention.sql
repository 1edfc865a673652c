-- What the sweeps of old rows look for. On a large table the building holds up writers for a while: migrate in a quiet hour.
SET LOCAL lock_timeout = '5s';

CREATE INDEX carts_by_age ON carts (last_active_at) WHERE state NOT IN ('open', 'abandoned');
CREATE INDEX nudges_by_age ON nudges (not_after);
CREATE INDEX fences_by_age ON fences (stands_until);
CREATE INDEX reports_by_age ON reports (effective_at);
CREATE INDEX sightings_by_age ON sightings (seen_at);
CREATE INDEX visitors_by_age ON visitors (last_active_at) WHERE NOT back_office;
