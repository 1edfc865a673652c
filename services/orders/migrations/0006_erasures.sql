-- What an erasure leaves: indexes that silence, and which of its events were applied. Both tables are new and small.
SET LOCAL lock_timeout = '5s';

CREATE TABLE tombstones (
    site_id uuid NOT NULL,
    key text NOT NULL,
    erasure_id uuid NOT NULL,
    erased_at timestamptz NOT NULL,
    silences_until timestamptz NOT NULL,
    deleted boolean NOT NULL,  -- false: it only shared a key with what was erased
    marked boolean NOT NULL,  -- false: events that are older may still be unread
    CONSTRAINT tombstones_pkey PRIMARY KEY (site_id, key)
);
CREATE INDEX tombstones_by_age ON tombstones (silences_until);
CREATE INDEX tombstones_of_erasure ON tombstones (site_id, erasure_id) WHERE NOT marked;

CREATE TABLE erasures (
    site_id uuid NOT NULL,
    event_id uuid NOT NULL,
    applied_at timestamptz NOT NULL,
    CONSTRAINT erasures_pkey PRIMARY KEY (site_id, event_id)
);
CREATE INDEX erasures_by_age ON erasures (applied_at);
