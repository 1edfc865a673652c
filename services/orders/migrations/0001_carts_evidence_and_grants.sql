-- Carts, evidence and grants. Every key leads with site_id; account_id leads where several sites share.

CREATE TABLE sites (
    site_id uuid NOT NULL,
    account_id uuid NOT NULL,
    revision bigint NOT NULL,
    settings text NOT NULL,
    CONSTRAINT sites_pkey PRIMARY KEY (site_id)
);

CREATE TABLE visitors (
    site_id uuid NOT NULL,
    visitor_id text NOT NULL,
    last_active_at timestamptz NOT NULL,
    back_office boolean NOT NULL,
    CONSTRAINT visitors_pkey PRIMARY KEY (site_id, visitor_id)
) WITH (fillfactor = 70);

CREATE TABLE sightings (
    site_id uuid NOT NULL,
    visitor_id text NOT NULL,
    key text NOT NULL,
    seen_at timestamptz NOT NULL,
    CONSTRAINT sightings_pkey PRIMARY KEY (site_id, visitor_id, key)
);
CREATE INDEX sightings_by_key ON sightings (site_id, key, visitor_id);

CREATE TABLE fences (
    site_id uuid NOT NULL,
    key text NOT NULL,
    report_id uuid NOT NULL,
    effective_at timestamptz NOT NULL,
    stands_until timestamptz NOT NULL,
    CONSTRAINT fences_pkey PRIMARY KEY (site_id, key, report_id)
);

CREATE TABLE carts (
    site_id uuid NOT NULL,
    cart_id uuid NOT NULL,
    visitor_id text NOT NULL,
    cart_version bigint NOT NULL,
    items text NOT NULL,
    total_minor bigint,
    total_currency text,
    return_path text,
    state text NOT NULL,
    opened_at timestamptz NOT NULL,
    last_active_at timestamptz NOT NULL,
    abandoned_at timestamptz,
    abandonment integer NOT NULL DEFAULT 0,
    CONSTRAINT carts_pkey PRIMARY KEY (site_id, cart_id),
    CONSTRAINT carts_state CHECK (
        state IN ('open', 'abandoned', 'bought', 'bought_uncertain', 'emptied', 'expired', 'erased')
    )
) WITH (fillfactor = 70);
CREATE INDEX carts_living ON carts (site_id, visitor_id) WHERE state IN ('open', 'abandoned');

CREATE TABLE reports (
    site_id uuid NOT NULL,
    report_id uuid NOT NULL,
    order_key uuid NOT NULL,
    report text NOT NULL,
    effective_at timestamptz NOT NULL,
    CONSTRAINT reports_pkey PRIMARY KEY (site_id, report_id)
);
CREATE INDEX reports_of_order ON reports (site_id, order_key);

CREATE TABLE followed_links (
    site_id uuid NOT NULL,
    link_id text NOT NULL,
    visitor_id text NOT NULL,
    followed_at timestamptz NOT NULL,
    CONSTRAINT followed_links_pkey PRIMARY KEY (site_id, link_id, visitor_id)
);
CREATE INDEX followed_by_visitor ON followed_links (site_id, visitor_id);

CREATE TABLE accepted_messages (
    site_id uuid NOT NULL,
    attempt_id text NOT NULL,
    nudge_id uuid NOT NULL,
    cart_id uuid NOT NULL,
    link_id text,
    accepted_at timestamptz NOT NULL,
    CONSTRAINT accepted_messages_pkey PRIMARY KEY (site_id, attempt_id)
);
CREATE INDEX accepted_by_link ON accepted_messages (site_id, link_id);
CREATE INDEX accepted_by_cart ON accepted_messages (site_id, cart_id);

CREATE TABLE withdrawals (
    site_id uuid NOT NULL,
    channel text NOT NULL,
    recipient_index text NOT NULL,
    event_id uuid NOT NULL,
    withdrawn_at timestamptz NOT NULL,
    CONSTRAINT withdrawals_pkey PRIMARY KEY (site_id, channel, recipient_index, event_id)
);

CREATE TABLE confirmations (
    site_id uuid NOT NULL,
    channel text NOT NULL,
    recipient_index text NOT NULL,
    visitor_id text NOT NULL,
    event_id uuid NOT NULL,
    confirmed_at timestamptz NOT NULL,
    CONSTRAINT confirmations_pkey PRIMARY KEY (site_id, channel, recipient_index, visitor_id, event_id)
);

CREATE TABLE suppressions (
    account_id uuid NOT NULL,
    recipient_index text NOT NULL,
    CONSTRAINT suppressions_pkey PRIMARY KEY (account_id, recipient_index)
);

CREATE TABLE pauses (
    site_id uuid NOT NULL,  -- the nil UUID: every site
    paused boolean NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT pauses_pkey PRIMARY KEY (site_id)
);

CREATE TABLE source_syncs (
    site_id uuid NOT NULL,
    source text NOT NULL,
    synced_through timestamptz NOT NULL,
    CONSTRAINT source_syncs_pkey PRIMARY KEY (site_id, source)
);

CREATE TABLE control_arms (
    account_id uuid NOT NULL,
    recipient_index text NOT NULL,
    drawn_at timestamptz NOT NULL,
    control boolean NOT NULL,
    CONSTRAINT control_arms_pkey PRIMARY KEY (account_id, recipient_index, drawn_at)
);

CREATE TABLE nudges (
    site_id uuid NOT NULL,
    nudge_id uuid NOT NULL,
    cart_id uuid NOT NULL,
    visitor_id text NOT NULL,
    abandonment integer NOT NULL,
    campaign_id text NOT NULL,
    step integer NOT NULL,
    channels text[] NOT NULL,
    due_at timestamptz NOT NULL,
    not_after timestamptz NOT NULL,
    state text NOT NULL,
    newest_try integer NOT NULL DEFAULT 0,
    granted_attempt text,
    final_reason text,
    last_reason text,
    CONSTRAINT nudges_pkey PRIMARY KEY (site_id, nudge_id),
    CONSTRAINT nudges_state CHECK (state IN ('planned', 'due', 'granted', 'withheld', 'cancelled', 'lapsed', 'ended'))
) WITH (fillfactor = 70);
CREATE INDEX nudges_of_cart ON nudges (site_id, cart_id);

CREATE TABLE asks (
    site_id uuid NOT NULL,
    attempt_id text NOT NULL,
    nudge_id uuid NOT NULL,
    cart_id uuid NOT NULL,
    visitor_id text NOT NULL,
    channel text NOT NULL,
    recipient_index text NOT NULL,
    try_number integer NOT NULL,
    asked_at timestamptz NOT NULL,
    arrived_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    partition integer NOT NULL,  -- of storefront-events, where the site's unread orders are
    marker_site_id uuid,
    marker_id text,
    claimed_at timestamptz,
    answered_at timestamptz,
    CONSTRAINT asks_pkey PRIMARY KEY (site_id, attempt_id)
);
CREATE INDEX asks_open ON asks (partition, arrived_at) WHERE answered_at IS NULL;
CREATE INDEX asks_of_nudge ON asks (site_id, nudge_id);

CREATE TABLE markers (
    site_id uuid NOT NULL,
    marker_id text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT markers_pkey PRIMARY KEY (site_id, marker_id)
);

CREATE TABLE timers (
    site_id uuid NOT NULL,
    kind text NOT NULL,
    subject uuid NOT NULL,
    due_at timestamptz NOT NULL,
    CONSTRAINT timers_pkey PRIMARY KEY (site_id, kind, subject),
    CONSTRAINT timers_kind CHECK (kind IN ('abandon', 'nudge_due', 'nudge_end', 'expire'))
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
CREATE INDEX timers_due ON timers (due_at);
