-- The tables that consuming, publishing and holding need; every service with a database has its own.
-- Runs with search_path set to the service's schema, under the lock of the migration.

CREATE TABLE IF NOT EXISTS log_identity (
    topic text NOT NULL,
    cluster_id text NOT NULL,
    partitions integer NOT NULL,
    CONSTRAINT log_identity_pkey PRIMARY KEY (topic)
);

CREATE TABLE IF NOT EXISTS offsets (
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL,
    CONSTRAINT offsets_pkey PRIMARY KEY (topic, partition)
);
-- Unreadable records right before next_offset: a crash loop must not pass twenty more at each turn.
ALTER TABLE offsets ADD COLUMN IF NOT EXISTS unreadable_in_row integer NOT NULL DEFAULT 0;

CREATE TABLE IF NOT EXISTS outbox (
    id bigint GENERATED ALWAYS AS IDENTITY,
    topic text NOT NULL,
    partition integer,  -- null: where the key belongs
    key bytea NOT NULL,
    value bytea NOT NULL,
    headers text NOT NULL,
    CONSTRAINT outbox_pkey PRIMARY KEY (id)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
ALTER TABLE outbox ADD COLUMN IF NOT EXISTS put_at timestamptz NOT NULL DEFAULT clock_timestamp();

CREATE TABLE IF NOT EXISTS relay_lease (
    only_one boolean NOT NULL DEFAULT true,
    holder text NOT NULL DEFAULT '',
    expires_at timestamptz NOT NULL DEFAULT '-infinity',
    CONSTRAINT relay_lease_pkey PRIMARY KEY (only_one),
    CONSTRAINT relay_lease_only_one CHECK (only_one)
);
INSERT INTO relay_lease DEFAULT VALUES ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS holds (
    site_id uuid NOT NULL,  -- the nil UUID: every site
    topic text NOT NULL,
    partition integer NOT NULL,
    kafka_offset bigint NOT NULL,
    reason text NOT NULL,
    placed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    released_at timestamptz,
    CONSTRAINT holds_pkey PRIMARY KEY (site_id, topic, partition, kafka_offset)
);
CREATE INDEX IF NOT EXISTS holds_standing ON holds (site_id) WHERE released_at IS NULL;
